"""The raw data of a report: quotes, counts, interviews and the public record as CSV and JSON, and their manifest.

JSON holds every word as it was said. CSV is for spreadsheets: a cell that a spreadsheet would take for a formula gets an
apostrophe in front.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256 as _sha256
from typing import Any

from accounts.sheet import csv_bytes
from synthesis.report.snapshot import Snapshot, canonical, quotes, sha256

Row = Mapping[str, Any]

QUOTE_COLUMNS = (
    "finding",
    "question",
    "side",
    "text",
    "descriptor",
    "segment",
    "interview",
    "turn",
    "time_ms",
    "stance",
    "basis",
    "current_employee",
    "transcript",
    "start",
    "end",
)
MATRIX_COLUMNS = ("question", "segment", "total", "bear", "bull", "mixed", "neutral", "silent")
INTERVIEW_COLUMNS = ("id", "descriptor", "segment", "held_on", "minutes", "words", "transcript_sha256")
RECORD_COLUMNS = ("kind", "title", "when", "source", "lasted", "effect", "attribution", "figure", "text", "status")


def quote_rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Every quote with its finding, its question and its side (supporting or contradicting)."""
    return [
        {"finding": finding["id"], "question": finding["question"], "side": side, **quote}
        for finding, side, quote in quotes(snapshot)
    ]


def record_rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    """One row for what one source says about one incident, claim or disagreement."""
    parts = [("incident", "incidents", "reports"), ("claim", "claims", "reports")]
    parts.append(("disagreement", "disagreements", "statements"))
    return [
        {"kind": kind, "title": item["title"], "when": item.get("when"), **statement}
        for kind, part, key in parts
        for item in snapshot[part]
        for statement in item[key]
    ]


def quotes_csv(snapshot: Snapshot) -> bytes:
    """All quotes, one a row, columns as in QUOTE_COLUMNS."""
    return csv_bytes(QUOTE_COLUMNS, quote_rows(snapshot))


def quotes_json(snapshot: Snapshot) -> bytes:
    """All quotes as a list of objects, word for word."""
    return _json(quote_rows(snapshot))


def matrix_csv(snapshot: Snapshot) -> bytes:
    """People by question, segment ("" is everybody) and stance."""
    return csv_bytes(MATRIX_COLUMNS, snapshot["matrix"])


def matrix_json(snapshot: Snapshot) -> bytes:
    """The same as a list of objects."""
    return _json(snapshot["matrix"])


def interviews_csv(snapshot: Snapshot) -> bytes:
    """The interviews by descriptor, with the hash of each cleared transcript."""
    return csv_bytes(INTERVIEW_COLUMNS, snapshot["interviews"])


def public_record_csv(snapshot: Snapshot) -> bytes:
    """Incidents, claims and disagreements, one row a source."""
    return csv_bytes(RECORD_COLUMNS, record_rows(snapshot))


FILES: dict[str, Callable[[Snapshot], bytes]] = {
    "quotes.csv": quotes_csv,
    "quotes.json": quotes_json,
    "matrix.csv": matrix_csv,
    "matrix.json": matrix_json,
    "interviews.csv": interviews_csv,
    "public-record.csv": public_record_csv,
    "snapshot.json": canonical,
}
MANIFEST = "manifest.json"


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """Every file of the raw data by name, the manifest last; the same bytes on every run."""
    contents = {name: build(snapshot) for name, build in FILES.items()}
    return {**contents, MANIFEST: manifest(contents, snapshot)}


def manifest(contents: Mapping[str, bytes], snapshot: Snapshot) -> bytes:
    """Name, SHA-256 and size in bytes of each file, with the version and hash of the snapshot they were made from."""
    listed = [
        {"name": name, "sha256": _sha256(data).hexdigest(), "bytes": len(data)} for name, data in contents.items()
    ]
    return _json({"snapshot": sha256(snapshot), "version": snapshot["version"], "files": listed})


def verify(contents: Mapping[str, bytes]) -> list[str]:
    """What is wrong with a set of files that came with a manifest; an empty list means that nothing was changed."""
    listed = {row["name"]: row for row in json.loads(contents[MANIFEST])["files"]}
    wrong = [f"{name} is missing." for name in listed if name not in contents]
    wrong += [f"{name} is not in the manifest." for name in contents if name not in listed and name != MANIFEST]
    return wrong + [
        f"{name} is not the file that the manifest names."
        for name, row in listed.items()
        if name in contents and _sha256(contents[name]).hexdigest() != row["sha256"]
    ]


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
