import csv
import io
import json

import pytest

from accounts.sheet import cell
from synthesis.report.rawdata import files, manifest, quote_rows, quotes_csv, verify
from synthesis.report.snapshot import quotes, sha256


def table(data):
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+44 20", "'+44 20"),
        ("-- so, uh", "'-- so, uh"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        ("\rx", "'\rx"),
        ("＝1", "'＝1"),
        ("4 of 6", "4 of 6"),
        ("a = b", "a = b"),
        ("", ""),
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (-5, "-5"),
        (13, "13"),
    ],
)
def test_cell_is_never_a_formula(value, written):
    assert cell(value) == written


def test_quotes_csv_has_every_quote_with_its_finding(snapshot):
    rows = table(quotes_csv(snapshot))
    assert len(rows) == len(list(quotes(snapshot)))
    assert rows[0] == {
        "finding": "F1",
        "question": "Q1",
        "side": "supporting",
        "text": "I would not call it a migration. It is a review with a budget line, which in our world is how migrations start.",
        "descriptor": "VP cloud infrastructure, Fortune 500 insurer",
        "segment": "customers",
        "interview": "T4KQ",
        "turn": "7",
        "time_ms": "196600",
        "stance": "bear",
        "basis": "first-hand",
        "current_employee": "no",
        "transcript": "ct-t4kq",
        "start": "287",
        "end": "398",
    }


def test_quotes_json_keeps_words_that_csv_has_to_guard(snapshot):
    said = '=HYPERLINK("http://x"), he said, "yes"\nand 💥'
    snapshot["findings"][0]["supporting"][0]["text"] = said
    made = files(snapshot)
    assert json.loads(made["quotes.json"])[0]["text"] == said
    assert table(made["quotes.csv"])[0]["text"] == "'" + said
    assert json.loads(made["quotes.json"]) == quote_rows(snapshot)


def test_files_hold_counts_interviews_and_the_public_record(snapshot):
    made = files(snapshot)
    assert list(made) == [
        "quotes.csv", "quotes.json", "matrix.csv", "matrix.json", "interviews.csv", "public-record.csv", "snapshot.json",
        "manifest.json",
    ]  # fmt: skip
    assert json.loads(made["matrix.json"]) == snapshot["matrix"]
    assert [dict(row, **{key: int(row[key]) for key in row if key not in ("question", "segment")}) for row in table(made["matrix.csv"])] == snapshot["matrix"]  # fmt: skip  # noqa: E501
    assert [row["transcript_sha256"] for row in table(made["interviews.csv"])] == [
        interview["transcript_sha256"] for interview in snapshot["interviews"]
    ]
    record = table(made["public-record.csv"])
    assert [sum(row["kind"] == kind for row in record) for kind in ("incident", "claim", "disagreement")] == [8, 18, 7]
    assert json.loads(made["snapshot.json"]) == snapshot


def test_files_of_equal_snapshots_are_equal(snapshot):
    assert files(snapshot) == files(json.loads(json.dumps(snapshot)))


def test_manifest_names_hash_and_size_of_each_file(snapshot):
    assert json.loads(manifest({"a.txt": b"abc"}, snapshot)) == {
        "snapshot": sha256(snapshot),
        "version": 1,
        "files": [
            {
                "name": "a.txt",
                "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "bytes": 3,
            }
        ],
    }


def test_verify_finds_what_was_changed_added_or_lost(snapshot):
    made = files(snapshot)
    assert verify(made) == []
    del made["quotes.csv"]
    made["matrix.csv"] = made["matrix.csv"].replace(b"18", b"19")
    made["extra.txt"] = b"x"
    assert verify(made) == [
        "quotes.csv is missing.",
        "extra.txt is not in the manifest.",
        "matrix.csv is not the file that the manifest names.",
    ]


def test_snapshot_json_hashes_to_the_hash_on_the_manifest(snapshot):
    import hashlib

    made = files(snapshot)
    assert json.loads(made["manifest.json"])["snapshot"] == hashlib.sha256(made["snapshot.json"]).hexdigest()
