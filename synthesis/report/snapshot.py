"""The frozen facts behind one version of a report: their shape, their bytes, their hash, and the check of every quote.

Everything that leaves the house is a function of this one value, so two funds that read the same hash read the same
report. An unknown key is refused: what is not in the shape can't slip out to a fund.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256 as _sha256
from math import isfinite
from typing import Any

from synthesis.statistics import STANCES

BASES = ("first-hand", "second-hand", "opinion", "hypothetical")
COUNTS = ("bear", "bull", "mixed", "neutral", "silent")

Snapshot = Mapping[str, Any]
"""A value of `SHAPE`, as it comes out of JSON."""

Test = Callable[[object], str]
"""What is wrong with a value ("must be a date …"), or "" if nothing is."""


class InvalidSnapshot(ValueError):
    """The snapshot is not one that a report may be built from; the message holds one sentence a line."""


def _kind(name: str, *types: type) -> Test:
    # bool is an int in Python, but never a number of people.
    return lambda value: "" if type(value) in types else f"must be {name}"


def _matching(name: str, pattern: str) -> Test:
    return lambda value: "" if isinstance(value, str) and re.fullmatch(pattern, value) else f"must be {name}"


def _one_of(*words: str) -> Test:
    return lambda value: "" if value in words else f"must be one of {', '.join(words)}"


def _or_none(test: Test) -> Test:
    return lambda value: "" if value is None else test(value)


def _count(value: object) -> str:
    return "" if type(value) is int and value >= 0 else "must be a whole number, 0 or more"


def _number(value: object) -> str:
    return "" if type(value) in (int, float) and isfinite(value) else "must be a number"  # type: ignore[arg-type]


def _text(value: object) -> str:
    # Half of a surrogate pair has no UTF-8, so it could be neither hashed nor printed.
    return "" if isinstance(value, str) and not re.search("[\ud800-\udfff]", value) else "must be text"


def _date(value: object) -> str:
    try:
        return "" if date.fromisoformat(value).isoformat() == value else "must be a date such as 2026-03-31"  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "must be a date such as 2026-03-31"


def _instant(value: object) -> str:
    wrong = "must be a UTC time such as 2026-03-31T14:00:00Z"
    try:
        offset = datetime.fromisoformat(value).utcoffset()  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return wrong
    return "" if offset is not None and not offset else wrong


_flag = _kind("true or false", bool)
_hash = _matching("a SHA-256 in lower-case hex", r"[0-9a-f]{64}")

QUOTE = {
    "text": _text,
    "descriptor": _text,
    "segment": _text,
    "interview": _text,
    "turn": _count,
    "time_ms": _or_none(_count),
    "stance": _one_of(*STANCES),
    "basis": _one_of(*BASES),
    "transcript": _text,
    "start": _count,
    "end": _count,
    "current_employee": _flag,
}
SUMMARY = {"text": _text, "turn": _count, "time_ms": _or_none(_count), "start": _count, "end": _count}

SHAPE: dict[str, Any] = {
    "programme": {
        **dict.fromkeys(("code", "title", "question", "subject", "thesis", "bull_case", "bear_case"), _text),
        "launch_on": _date,
        "delivery_on": _date,
        "synthetic": _flag,
    },
    "built_at": _instant,
    "version": _count,
    "withheld": _count,
    "questions": [dict.fromkeys(("code", "title", "text", "bear_signpost", "bull_signpost"), _text)],
    "segments": [{"code": _text, "title": _text, "quota": _count, "held": _count, "cleared": _count}],
    "matrix": [{"question": _text, "segment": _text, "total": _count, **dict.fromkeys(COUNTS, _count)}],
    "answer": [_text],
    "findings": [
        {
            **dict.fromkeys(("id", "question", "sentence", "rendered"), _text),
            "supporting": [QUOTE],
            "contradicting": [QUOTE],
            "register": [{"kind": _text, "title": _text, "status": _text}],
        }
    ],
    "interviews": [
        {
            "id": _text,
            "descriptor": _text,
            "segment": _text,
            "held_on": _date,
            "minutes": _count,
            "words": _count,
            "transcript_sha256": _hash,
            "summary": [SUMMARY],
        }
    ],
    "incidents": [
        {
            "title": _text,
            "when": _text,
            "date_from": _or_none(_date),
            "date_to": _or_none(_date),
            "hours": _or_none(_number),
            "disputed": _flag,
            "reports": [dict.fromkeys(("source", "lasted", "effect", "attribution", "status"), _text)],
        }
    ],
    "claims": [{"title": _text, "reports": [dict.fromkeys(("source", "figure", "status"), _text)]}],
    "disagreements": [{"title": _text, "statements": [{"source": _text, "text": _text}]}],
    "sources": [dict.fromkeys(("code", "title", "publisher", "published"), _text)],
    "method": {
        **dict.fromkeys(("tagger", "encoder", "codebook"), _text),
        **dict.fromkeys(("suggested", "accepted", "rejected", "added", "reviewers"), _count),
    },
}


def problems(snapshot: object) -> list[str]:
    """Every way in which a value is not a snapshot, one sentence each; an empty list means that it is one."""
    wrong = list(_shape_problems(snapshot, SHAPE, ""))
    if wrong:
        return wrong
    assert isinstance(snapshot, Mapping)
    return [*_reference_problems(snapshot), *_count_problems(snapshot), *_order_problems(snapshot)]


def validate(snapshot: Snapshot) -> None:
    """Raise InvalidSnapshot with every problem unless the value is a snapshot."""
    if wrong := problems(snapshot):
        raise InvalidSnapshot("\n".join(wrong))


def canonical(snapshot: Snapshot) -> bytes:
    """The one way to write a snapshot as bytes: JSON in UTF-8, keys sorted, no spaces, no NaN."""
    text = json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def sha256(snapshot: Snapshot) -> str:
    """Hash of the canonical bytes, in lower-case hex."""
    return _sha256(canonical(snapshot)).hexdigest()


def quotes(snapshot: Snapshot) -> Iterator[tuple[Mapping[str, Any], str, Mapping[str, Any]]]:
    """(finding, "supporting" or "contradicting", quote) for every quote, in the order of the report."""
    for finding in snapshot["findings"]:
        for side in ("supporting", "contradicting"):
            for quote in finding[side]:
                yield finding, side, quote


def text_sha256(text: str) -> str:
    """The hash by which an interview names its cleared transcript: of the text with LF line ends, in UTF-8."""
    return _sha256(text.encode()).hexdigest()


def check_quotes(snapshot: Snapshot, texts: Mapping[str, str]) -> list[str]:
    """Sentences about every quote or summary sentence that is not, word for word, what the cleared text says.

    `texts` maps the id of a cleared transcript to its text (LF line ends); offsets are Unicode code points. A quote
    names its transcript by id. An interview names it by hash, so a text changed since the snapshot is found as well.
    """
    by_hash = {text_sha256(text): text for text in texts.values()}
    text_of = {row["id"]: by_hash.get(row["transcript_sha256"]) for row in snapshot["interviews"]}
    wrong = [
        f"The cleared transcript of interview {interview} has changed since the snapshot, or is missing."
        for interview, text in text_of.items()
        if text is None
    ]
    for finding, side, quote in quotes(snapshot):
        name = f"The {side} quote of finding {finding['id']} from {quote['descriptor']}, turn {quote['turn']},"
        text = texts.get(quote["transcript"])
        if text is None:
            wrong.append(f"{name} has no cleared transcript.")
        elif text != text_of.get(quote["interview"]):
            wrong.append(f"{name} is not from the cleared transcript of its interview.")
        elif not _is_verbatim(quote, text):
            wrong.append(f"{name} is not what the cleared transcript says: “{_short(quote['text'])}”.")
    for interview in snapshot["interviews"]:
        text = text_of[interview["id"]]
        wrong += [
            f"The summary sentence of interview {interview['id']}, turn {sentence['turn']}, is not what the cleared "
            f"transcript says: “{_short(sentence['text'])}”."
            for sentence in interview["summary"]
            if text is not None and not _is_verbatim(sentence, text)
        ]
    return wrong


def _is_verbatim(span: Mapping[str, Any], text: str) -> bool:
    return bool(span["text"]) and text[span["start"] : span["end"]] == span["text"]


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _shape_problems(value: object, shape: Any, where: str) -> Iterator[str]:
    name = where or "The snapshot"
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            yield f"{name} must be an object."
            return
        yield from (f"{name} lacks “{key}”." for key in shape if key not in value)
        yield from (f"{name} has an unknown key “{key}”." for key in value if key not in shape)
        for key in shape:
            if key in value:
                yield from _shape_problems(value[key], shape[key], f"{where}.{key}" if where else key)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{name} must be a list."
            return
        for number, item in enumerate(value):
            yield from _shape_problems(item, shape[0], f"{where}[{number}]")
    elif wrong := shape(value):
        yield f"{name} {wrong}."


def _reference_problems(snapshot: Snapshot) -> Iterator[str]:
    """Codes that occur twice, and names of questions, segments or interviews that are not in the snapshot."""
    for part, key in [("questions", "code"), ("segments", "code"), ("interviews", "id"), ("findings", "id")]:
        names = [row[key] for row in snapshot[part]]
        yield from (f"{part}: “{name}” occurs more than once." for name in sorted(set(names)) if names.count(name) > 1)
    questions = {row["code"] for row in snapshot["questions"]}
    segments = {row["code"] for row in snapshot["segments"]}
    interviews = {row["id"] for row in snapshot["interviews"]}
    uses = [
        ("matrix", "question", questions, snapshot["matrix"]),
        ("matrix", "segment", segments | {""}, snapshot["matrix"]),
        ("findings", "question", questions, snapshot["findings"]),
        ("interviews", "segment", segments, snapshot["interviews"]),
        ("quotes", "segment", segments, [quote for _, _, quote in quotes(snapshot)]),
        ("quotes", "interview", interviews, [quote for _, _, quote in quotes(snapshot)]),
    ]
    for part, key, known, rows in uses:
        yield from (
            f"{part}: there is no {key} “{name}”."
            for name in dict.fromkeys(row[key] for row in rows)
            if name not in known
        )


def _count_problems(snapshot: Snapshot) -> Iterator[str]:
    """Matrix rows that are missing, doubled or do not add up to the people behind them."""
    rows = {(row["question"], row["segment"]): row for row in snapshot["matrix"]}
    if len(rows) != len(snapshot["matrix"]):
        yield "matrix: a question and segment occur more than once."
    codes = [row["code"] for row in snapshot["segments"]]
    for question in snapshot["questions"]:
        code = question["code"]
        if missing := [segment or "all segments" for segment in [*codes, ""] if (code, segment) not in rows]:
            yield f"matrix: {code} has no row for {', '.join(missing)}."
            continue
        parts = [rows[code, segment] for segment in codes]
        for key in ("total", *COUNTS):
            if sum(row[key] for row in parts) != rows[code, ""][key]:
                yield f"matrix: the segments of {code} do not add up to its {key} over all segments."
    for row in snapshot["matrix"]:
        if sum(row[key] for key in COUNTS) != row["total"]:
            yield f"matrix: {row['question']} in “{row['segment']}” does not add up to its {row['total']} people."


def _order_problems(snapshot: Snapshot) -> Iterator[str]:
    """Things that end before they start."""
    if snapshot["programme"]["delivery_on"] < snapshot["programme"]["launch_on"]:
        yield "programme: the delivery is before the launch."
    spans = [quote for _, _, quote in quotes(snapshot)]
    spans += [sentence for interview in snapshot["interviews"] for sentence in interview["summary"]]
    for span in spans:
        if span["end"] - span["start"] != len(span["text"]):
            yield f"The passage “{_short(span['text'])}” is not as long as its offsets say."
    for incident in snapshot["incidents"]:
        first, last = incident["date_from"], incident["date_to"]
        if (first is None) != (last is None) or (first and last and last < first):
            yield f"incidents: “{incident['title']}” needs both a first and a last date, in order, or neither."
