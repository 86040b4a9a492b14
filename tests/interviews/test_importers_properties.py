"""What must hold for every file: no word lost unless it is named, and nothing but Parsed or Unreadable ever."""

import json
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interviews.importers import Parsed, Unreadable, parse
from tests.data.importers.build import docx, paragraph, sample, samples, table, teams_docx

SPOKEN_LOSSES = ("words outside the speaker segments", "words that went missing while joining")
NAMES = ["Ann Lee", "Ben", "Interviewer", "Zoë Q.", "Speaker 2", "李明"]

# speech: any characters that a recorder may write, but no line ends, markup or time stamps, which have tests of their own
MARKUP = "<>[]()&\\*_#{}:：|`\ufffd"
LETTER = st.characters(categories=["L"])
INNER = st.characters(categories=["L", "M", "N", "P", "S"], exclude_characters=MARKUP)
WORD = st.builds(str.__add__, LETTER, st.text(INNER, max_size=7))
SPEECH = st.lists(WORD, min_size=1, max_size=12).map(" ".join)
TURNS = st.lists(st.tuples(st.sampled_from(NAMES), SPEECH), min_size=2, max_size=12)
FAST = settings(max_examples=60, deadline=None)


def clock(seconds: int, comma: str = ".") -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{comma}250"


def spoken(parsed: Parsed) -> list[tuple[str, str]]:
    """(speaker, word) in order, whatever the turns."""
    return [(turn.speaker, word) for turn in parsed.turns for word in turn.text.split()]


def expected(turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, word) for name, said in turns for word in said.split()]


def check(parsed: Parsed, turns: list[tuple[str, str]]) -> None:
    assert spoken(parsed) == expected(turns)
    assert parsed.loss.words_in == parsed.loss.words_out == len(expected(turns))


@FAST
@given(TURNS)
def test_vtt_with_voices_keeps_every_word_with_its_speaker(turns):
    cues = (f"{clock(n)} --> {clock(n + 1)}\n<v {name}>{said}</v>\n" for n, (name, said) in enumerate(turns))
    check(parse(("WEBVTT\n\n" + "\n".join(cues)).encode()), turns)


@FAST
@given(TURNS)
def test_vtt_with_labels_keeps_every_word_with_its_speaker(turns):
    cues = (f"{n}\n{clock(n)} --> {clock(n + 1)}\n{name}: {said}\n" for n, (name, said) in enumerate(turns))
    check(parse(("WEBVTT\n\n" + "\n".join(cues)).encode()), turns)


@FAST
@given(st.lists(SPEECH, min_size=1, max_size=12))
@example(["NOTE nothing", "STYLE", "REGION 5"])
def test_srt_without_speakers_keeps_every_word(lines):
    cues = (f"{n}\n{clock(n, ',')} --> {clock(n + 1, ',')}\n{said}\n" for n, said in enumerate(lines, 1))
    parsed = parse("\n".join(cues).encode())
    assert [word for _, word in spoken(parsed)] == " ".join(lines).split()
    assert not parsed.speakers_known


@FAST
@given(TURNS)
def test_txt_with_headings_keeps_every_word_with_its_speaker(turns):
    text = "\n".join(f"{name}  {n // 60}:{n % 60:02}\n{said}\n" for n, (name, said) in enumerate(turns))
    check(parse(text.encode()), turns)


@FAST
@given(TURNS)
def test_markdown_blocks_keep_every_word_and_every_turn(turns):
    text = "\n\n".join(f"**{name}:** {said}" for name, said in turns)
    parsed = parse(text.encode())
    check(parsed, turns)
    assert [(turn.speaker, turn.text) for turn in parsed.turns] == [
        (name, " ".join(said.split())) for name, said in turns
    ]


@FAST
@given(TURNS, st.booleans())
def test_json_of_whisper_keeps_every_word(turns, ascii_only):
    segments = [{"start": n, "end": n + 0.5, "text": f" {said}"} for n, (_, said) in enumerate(turns)]
    value = {"text": " ".join(said for _, said in turns), "segments": segments, "language": "en"}
    check(parse(json.dumps(value, ensure_ascii=ascii_only).encode()), [("", said) for _, said in turns])


@FAST
@given(TURNS)
def test_docx_paragraphs_keep_every_word_with_its_speaker(turns):
    check(parse(docx(*(paragraph("", f"{name}   0:{n:02}", said) for n, (name, said) in enumerate(turns)))), turns)


KEYS = (
    *("text", "segments", "start", "end", "speaker", "words", "word", "utterances", "results", "channels", "status"),
    *("alternatives", "transcript", "paragraphs", "sentences", "speech", "transcripts", "speakers", "id", "chunks"),
    *("speaker_name", "start_offset", "end_offset", "duration", "monologues", "elements", "value", "ts", "end_ts"),
    *("timestamp", "offsets", "from", "to", "transcription"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_json_of_any_shape_is_parsed_or_refused(value):
    sound(json.dumps(value).encode())


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(list("AnnBen Lee0123456789:.,->[]()<>v*_#\\/&;\"'\n\t?"))))
def test_text_of_any_shape_is_parsed_or_refused_with_its_words_accounted_for(text):
    sound(text.encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_parsed_or_refused(data):
    sound(data)


def sound(data: bytes) -> Parsed | None:
    """The parsed file, checked for all that must hold of any; None if it was refused."""
    try:
        parsed = parse(data)
    except Unreadable as refused:
        assert refused.sentence.endswith(".")
        return None
    assert [turn.index for turn in parsed.turns] == list(range(parsed.loss.turns_out))
    lost = sum(item.count for item in parsed.loss.dropped if item.what in SPOKEN_LOSSES)
    assert parsed.loss.words_in - lost == parsed.loss.words_out == sum(len(turn.text.split()) for turn in parsed.turns)
    assert "words that went missing while joining" not in [item.what for item in parsed.loss.dropped]
    for turn in parsed.turns:
        assert turn.text and turn.text == turn.text.strip()
        assert not set("\r\0") & set(turn.text + turn.speaker) and "\n" not in turn.speaker
        assert turn.start_ms is None or turn.start_ms >= 0
        assert turn.start_ms is None or turn.end_ms is None or turn.end_ms >= turn.start_ms
        (turn.text + turn.speaker).encode("utf-8")
    assert {guess.speaker for guess in parsed.speakers} == {turn.speaker for turn in parsed.turns}
    assert Parsed.from_json(parsed.to_json()) == parsed
    return parsed


FILES = {name: sample(name) for name in samples()} | {
    "teams.docx": teams_docx(),
    "table.docx": docx(table(("0:01", "Ann Lee", "Who?"), ("0:02", "Ben", "Me."))),
}


@pytest.mark.parametrize("name", FILES)
def test_file_cut_anywhere_is_parsed_or_refused(name):
    data = FILES[name]
    for end in range(0, len(data), max(len(data) // 150, 1)):
        sound(data[:end])


@pytest.mark.parametrize("name", FILES)
def test_file_with_flipped_bits_is_parsed_or_refused(name):
    chance = random.Random(name)
    for _ in range(150):
        data = bytearray(FILES[name])
        for _ in range(chance.choice((1, 1, 2, 8))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        sound(bytes(data))
