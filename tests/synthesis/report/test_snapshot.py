import json

import pytest

from synthesis.report.snapshot import InvalidSnapshot, canonical, check_quotes, problems, sha256, text_sha256, validate


def _set(path):
    """A change that puts a value at a path of keys and indexes."""

    def change(snapshot, value):
        *way, last = path
        for step in way:
            snapshot = snapshot[step]
        snapshot[last] = value

    return change


def test_problems_of_the_example_are_none(snapshot):
    assert problems(snapshot) == []
    validate(snapshot)


QUOTE = ("findings", 0, "supporting", 0)


@pytest.mark.parametrize(
    ("path", "value", "sentences"),
    [
        (("version",), "1", ["version must be a whole number, 0 or more."]),
        (("version",), True, ["version must be a whole number, 0 or more."]),
        (("programme", "synthetic"), 1, ["programme.synthetic must be true or false."]),
        (("programme", "launch_on"), "17 March 2026", ["programme.launch_on must be a date such as 2026-03-31."]),
        (("programme", "launch_on"), "20260317", ["programme.launch_on must be a date such as 2026-03-31."]),
        (("programme", "launch_on"), "2026-04-17", ["programme: the delivery is before the launch."]),
        (("programme", "sponsor"), "a fund", ["programme has an unknown key “sponsor”."]),
        (("built_at",), "2026-03-30T16:20:00", ["built_at must be a UTC time such as 2026-03-31T14:00:00Z."]),
        (("built_at",), "2026-03-30T16:20:00+02:00", ["built_at must be a UTC time such as 2026-03-31T14:00:00Z."]),
        (("incidents", 0, "hours"), float("nan"), ["incidents[0].hours must be a number."]),
        (("incidents", 0, "title"), "half \ud83d", ["incidents[0].title must be text."]),
        (("answer",), "one text", ["answer must be a list."]),
        (("method",), None, ["method must be an object."]),
        ((*QUOTE, "stance"), "no", ["findings[0].supporting[0].stance must be one of bear, bull, mixed, neutral."]),
        ((*QUOTE, "time_ms"), -1, ["findings[0].supporting[0].time_ms must be a whole number, 0 or more."]),
        ((*QUOTE, "interview"), "OTHER", ["quotes: there is no interview “OTHER”."]),
        (("findings", 0, "question"), "Q9", ["findings: there is no question “Q9”."]),
        (("findings", 1, "id"), "F1", ["findings: “F1” occurs more than once."]),
        (("interviews", 0, "transcript_sha256"), "A" * 64, [
            "interviews[0].transcript_sha256 must be a SHA-256 in lower-case hex."
        ]),
        (("incidents", 0, "date_to"), None, [
            "incidents: “AWS outage: Alexa, Snapchat, Fortnite and Venmo disrupted” needs both a first and a last "
            "date, in order, or neither."
        ]),
    ],
)  # fmt: skip
def test_problems_of_one_wrong_value_name_it(snapshot, path, value, sentences):
    _set(path)(snapshot, value)
    assert problems(snapshot) == sentences


def test_problems_of_a_missing_key_name_it(snapshot):
    del snapshot["interviews"][2]["words"]
    assert problems(snapshot) == ["interviews[2] lacks “words”."]
    with pytest.raises(InvalidSnapshot, match="interviews\\[2\\] lacks “words”"):
        validate(snapshot)


def test_problems_of_a_matrix_that_does_not_add_up(snapshot):
    cell = next(row for row in snapshot["matrix"] if (row["question"], row["segment"]) == ("Q1", "customers"))
    cell["bear"] += 1
    assert problems(snapshot) == [
        "matrix: the segments of Q1 do not add up to its bear over all segments.",
        "matrix: Q1 in “customers” does not add up to its 6 people.",
    ]


def test_problems_of_a_matrix_that_lacks_a_row(snapshot):
    snapshot["matrix"] = [row for row in snapshot["matrix"] if (row["question"], row["segment"]) != ("Q2", "")]
    assert problems(snapshot) == ["matrix: Q2 has no row for all segments."]


def test_canonical_bytes_do_not_depend_on_the_order_of_keys(snapshot):
    turned = json.loads(json.dumps(snapshot), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert list(turned) != list(snapshot)
    assert canonical(turned) == canonical(snapshot)
    assert json.loads(canonical(snapshot)) == snapshot


def test_canonical_small_value_is_written_exactly():
    assert canonical({"b": [1, None, True], "a": "é😀"}) == '{"a":"é😀","b":[1,null,true]}'.encode()


def test_canonical_refuses_what_is_not_json():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"hours": float("inf")})


def test_sha256_changes_with_any_word(snapshot):
    before = sha256(snapshot)
    snapshot["answer"][0] += " "
    assert (len(before), sha256(snapshot) == before) == (64, False)


def test_check_quotes_of_the_example_finds_nothing(snapshot, texts):
    assert check_quotes(snapshot, texts) == []


def test_check_quotes_changed_word_names_the_quote(snapshot, texts):
    quote = snapshot["findings"][0]["contradicting"][0]
    quote["text"] = quote["text"].replace("blink", "stop!")
    assert check_quotes(snapshot, texts) == [
        "The contradicting quote of finding F1 from Director of DevOps, Fortune 500 retailer, turn 8, is not what the "
        "cleared transcript says: “Our estate did not stop!. My CFO asked, I showed him our own uptime and that wa…”."
    ]


def test_check_quotes_shifted_offsets_and_changed_case_are_found(snapshot, texts):
    first, second = snapshot["findings"][0]["supporting"][:2]
    first["start"] += 1
    first["end"] += 1
    second["text"] = second["text"].lower()
    assert [sentence.split(", is ")[0] for sentence in check_quotes(snapshot, texts)] == [
        "The supporting quote of finding F1 from VP cloud infrastructure, Fortune 500 insurer, turn 7",
        "The supporting quote of finding F1 from VP engineering, Fortune 500 media company, turn 8",
    ]


def test_check_quotes_summary_sentence_is_checked_too(snapshot, texts):
    snapshot["interviews"][0]["summary"][1]["text"] = "New tier-one work has to show no second cloud at all."
    assert check_quotes(snapshot, texts) == [
        "The summary sentence of interview T4KQ, turn 15, is not what the cleared transcript says: “New tier-one work "
        "has to show no second cloud at all.”."
    ]


def test_check_quotes_text_changed_after_the_snapshot_is_found_even_outside_the_quotes(snapshot, texts):
    texts["ct-9mbd"] += "One more word.\n"
    assert check_quotes(snapshot, texts) == [
        "The cleared transcript of interview 9MBD has changed since the snapshot, or is missing.",
        "The contradicting quote of finding F1 from Director of DevOps, Fortune 500 retailer, turn 8, is not from the "
        "cleared transcript of its interview.",
    ]


def test_check_quotes_missing_transcript_is_found(snapshot, texts):
    del texts["ct-y7bs"]
    assert check_quotes(snapshot, texts) == [
        "The cleared transcript of interview Y7BS has changed since the snapshot, or is missing.",
        "The contradicting quote of finding F7 from Former enterprise account executive, competing cloud, left 2025, "
        "turn 9, has no cleared transcript.",
    ]


def test_check_quotes_from_another_persons_transcript_is_found(snapshot, texts):
    quote = snapshot["findings"][0]["supporting"][0]
    quote["interview"] = "9MBD"
    assert [sentence.rpartition(", ")[2] for sentence in check_quotes(snapshot, texts)] == [
        "is not from the cleared transcript of its interview."
    ]


def test_check_quotes_counts_code_points(snapshot, texts):
    text = "Expert: 👩🏽‍💻 é — it broke 💥 twice.\n"
    quote = snapshot["findings"][0]["supporting"][0]
    start = text.index("it broke")
    quote |= {"text": "it broke 💥 twice.", "start": start, "end": start + 17}
    snapshot["findings"] = [snapshot["findings"][0] | {"supporting": [quote], "contradicting": []}]
    snapshot["interviews"] = [snapshot["interviews"][0] | {"transcript_sha256": text_sha256(text), "summary": []}]
    assert check_quotes(snapshot, {quote["transcript"]: text}) == []
