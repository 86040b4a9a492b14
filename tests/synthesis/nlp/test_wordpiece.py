import pytest

from synthesis.nlp.wordpiece import WordPiece, words

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##able", "##s", "able", "cafe", ",", ".", "中", "fast", "##er"]
VOCABULARY += ["don", "'", "t", "!"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop!", ["don", "'", "t", "stop", "!"]),
        ("Café e\u0301tude", ["cafe", "etude"]),
        ("a\u200bb\x00c\td\u00a0e", ["abc", "d", "e"]),
        ("中文 ok", ["中", "文", "ok"]),
        ("$5.00 – “x”", ["$", "5", ".", "00", "–", "“", "x", "”"]),
        ("İstanbul STRASSE ß", ["istanbul", "strasse", "ß"]),
        ("😀😀 x", ["😀😀", "x"]),
        ("", []),
    ],
)
def test_words_of_a_text_are_plain_and_lower_case(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unable", ["un", "##able"]),
        ("Unables, faster.", ["un", "##able", "##s", ",", "fast", "##er", "."]),
        ("cafés", ["cafe", "##s"]),
        ("don't", ["don", "'", "t"]),
        ("xyz able", ["[UNK]", "able"]),
        ("unx", ["[UNK]"]),
        ("a" * 101, ["[UNK]"]),
        ("", []),
    ],
)
def test_wordpiece_takes_the_longest_known_piece(text, expected):
    pieces = WordPiece(VOCABULARY)

    assert [VOCABULARY[i] for i in pieces.encode(text, 32)] == ["[CLS]", *expected, "[SEP]"]


def test_wordpiece_cuts_at_the_limit_and_keeps_both_marks():
    ids = WordPiece(VOCABULARY).encode("able " * 50, 10)

    assert len(ids) == 10
    assert [VOCABULARY[i] for i in (ids[0], ids[-1])] == ["[CLS]", "[SEP]"]


def test_wordpiece_of_the_real_vocabulary_gives_the_published_ids(onnx):
    # the ids that the reference tokeniser of this model gives
    assert onnx.pieces.encode("Hello, world! Unaffordable outages…", 64) == [
        101, 7592, 1010, 2088, 999, 14477, 4246, 8551, 3085, 2041, 13923, 1529, 102,
    ]  # fmt: skip
