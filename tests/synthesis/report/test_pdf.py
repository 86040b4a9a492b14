import hashlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from synthesis.report.pdf import clock, pdf
from synthesis.report.snapshot import InvalidSnapshot, quotes, sha256

ROOT = Path(__file__).parents[3]


def read(data):
    return PdfReader(io.BytesIO(data))


def words(reader):
    """The text of each page without any white space: line breaks fall where the page wants them."""
    return [re.sub(r"\s+", "", page.extract_text()) for page in reader.pages]


def positions(page):
    """(text, x, y) of every drawn run, in points from the lower left corner of the page."""
    found = []

    def visit(text, _cm, matrix, _font, _size):
        if text.strip():
            found.append((text, matrix[4] * _cm[0] + _cm[4], matrix[5] * _cm[3] + _cm[5]))

    page.extract_text(visitor_text=visit)
    return found


def squeezed(text):
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def example(example_snapshot):
    return read(pdf(example_snapshot))


def test_pdf_holds_every_quote_finding_and_hash(example, snapshot):
    text = "".join(words(example))
    said = [quote["text"] for _, _, quote in quotes(snapshot)]
    said += [row["text"] for interview in snapshot["interviews"] for row in interview["summary"]]
    said += [finding["rendered"] for finding in snapshot["findings"]] + snapshot["answer"]
    said += [interview["transcript_sha256"] for interview in snapshot["interviews"]] + [sha256(snapshot)]
    said += [interview["descriptor"] for interview in snapshot["interviews"]]
    said += [claim["title"] for claim in snapshot["claims"]] + [item["title"] for item in snapshot["disagreements"]]
    assert [part for part in said if squeezed(part) not in text] == []


def test_pdf_says_on_every_page_that_the_sample_is_synthetic(example, snapshot):
    banner = squeezed("Synthetic sample data: no real person is quoted")
    assert [banner in page for page in words(example)] == [True] * len(example.pages)
    snapshot["programme"]["synthetic"] = False
    assert [page for page in words(read(pdf(snapshot))) if "ynthetic" in page] == []


def test_pdf_is_tagged_titled_numbered_and_outlined(example, snapshot):
    catalog = example.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert str(catalog["/Lang"]) == "en-GB"
    assert "pdfuaid" in catalog["/Metadata"].get_data().decode()
    assert example.metadata.title == "CEDAR: AI coding tools and cloud reliability"
    assert example.metadata.author is None
    count = len(example.pages)
    assert [f"{number}/{count}" in page for number, page in enumerate(words(example), 1)] == [False] + [True] * (
        count - 1
    )
    titles = [entry["/Title"].partition(" ")[2] for entry in example.outline if not isinstance(entry, list)]
    assert titles == ["The answer", "Findings", "Who says what", "Public record", "Method", "Interviews", "Manifest"]


def test_pdf_shows_pictures_with_words_for_those_who_do_not_see_them(example):
    figures = []

    def walk(node):
        node = node.get_object()
        if isinstance(node, dict):
            figures.extend([str(node["/Alt"])] if node.get("/S") == "/Figure" and "/Alt" in node else [])
            children = node.get("/K", [])
            for child in children if isinstance(children, list) else [children]:
                if not isinstance(child, int):
                    walk(child)

    walk(example.trailer["/Root"]["/StructTreeRoot"])
    assert [alt.split(".")[0] for alt in figures] == [
        "Stance by question and segment",
        "Public incidents",
        "Interviews against quota",
    ]


def test_pdf_shows_sources_side_by_side_and_where_they_differ(example):
    text = "".join(words(example))
    assert squeezed("The sources differ on how long it lasted and the effect.") in text
    assert squeezed("The sources differ on the cause.") in text
    assert squeezed("saysnothing") in text


def test_pdf_marks_a_current_employee_of_the_subject_company(example, snapshot):
    mark = squeezed("(current employee of the subject company)")
    marked = sum(quote["current_employee"] for _, _, quote in quotes(snapshot))
    assert (marked, "".join(words(example)).count(mark)) == (2, 2)
    assert squeezed("1 person quoted here works at the subject company today") in "".join(words(example))


def test_pdf_of_equal_snapshots_is_equal_in_any_process_and_time_zone(snapshot):
    script = (
        "import sys, json, hashlib; from synthesis.report.pdf import pdf; "
        "print(hashlib.sha256(pdf(json.load(sys.stdin))).hexdigest())"
    )
    environment = {**os.environ, "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "LC_ALL": "C", "HOME": "/nonexistent"}
    other = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(snapshot), capture_output=True, text=True, cwd=ROOT, env=environment, check=True
    )  # fmt: skip
    assert other.stdout.strip() == hashlib.sha256(pdf(snapshot)).hexdigest()


HOSTILE = [
    '#read("/etc/passwd") and #include "x.typ"',
    "$x^2$ *bold* _it_ `raw` <label> @ref // no /* more */",
    "= heading\n- item\n+ step\n/ term: x",
    '#set page(width: 1pt) #{1 + 1} \\u{41} "quoted" -- --- ~',
    "#let q = sys.inputs #q ]]) }}",
    "<script>alert(1)</script> &amp; %s {0}",
]


@pytest.mark.parametrize("said", HOSTILE)
def test_pdf_markup_in_anything_that_was_said_comes_out_as_text(snapshot, said):
    quote = snapshot["findings"][0]["supporting"][0]
    quote |= {"text": said, "end": quote["start"] + len(said)}
    sentence = snapshot["interviews"][0]["summary"][0]
    sentence |= {"text": said, "end": sentence["start"] + len(said)}
    snapshot["interviews"][0]["descriptor"] = snapshot["incidents"][0]["title"] = snapshot["programme"]["title"] = said
    reader = read(pdf(snapshot))
    text = "".join(words(reader))
    assert text.count(squeezed(said)) >= 5
    assert "root:" not in text
    assert reader.pages[0].mediabox.width == pytest.approx(595.28, abs=0.1)


@pytest.mark.parametrize(
    "said", ["it broke 💥 twice", "byte order \ufeff mark", "null \x00 and escape \x1b", "עברית and 中文"]
)
def test_pdf_characters_outside_the_fonts_and_the_standard_do_not_stop_the_report(snapshot, said):
    quote = snapshot["findings"][0]["supporting"][0]
    quote |= {"text": said, "end": quote["start"] + len(said)}
    snapshot["incidents"][0]["title"] = said
    reader = read(pdf(snapshot))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert squeezed(snapshot["findings"][1]["rendered"]) in "".join(words(reader))


def test_pdf_of_a_quote_longer_than_a_page_runs_on(snapshot):
    said = " ".join(f"word{number}" for number in range(1500))
    quote = snapshot["findings"][0]["supporting"][0]
    quote |= {"text": said, "end": quote["start"] + len(said)}
    reader = read(pdf(snapshot))
    text = "".join(words(reader))
    assert [number for number in range(1500) if f"word{number}" not in text] == []
    heights = [[y for *_, y in positions(page)] for page in reader.pages]
    assert min(y for page in heights for y in page) > 0


def test_pdf_of_an_empty_programme_is_still_a_report(snapshot):
    snapshot |= {
        key: [] for key in ("answer", "findings", "interviews", "incidents", "claims", "disagreements", "sources")
    }
    snapshot["segments"] = [row | {"held": 0, "cleared": 0} for row in snapshot["segments"]]
    for row in snapshot["matrix"]:
        row |= dict.fromkeys(("total", "bear", "bull", "mixed", "neutral", "silent"), 0)
    text = "".join(words(read(pdf(snapshot))))
    assert text.count(squeezed("No finding has been approved on this question.")) == 5


def test_pdf_of_something_else_is_refused(snapshot):
    del snapshot["method"]
    with pytest.raises(InvalidSnapshot, match="The snapshot lacks “method”"):
        pdf(snapshot)


def test_importing_the_report_loads_no_heavy_library():
    script = (
        "import sys; import synthesis.report.pdf, synthesis.report.charts, synthesis.report.rawdata, "
        "synthesis.report.figures, synthesis.statistics; "
        "print(sorted({'typst', 'vl_convert', 'django', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("time_ms", "written"), [(None, ""), (0, "00:00"), (59_999, "00:59"), (751_000, "12:31"), (3_727_000, "1:02:07")]
)
def test_clock_writes_a_place_in_a_recording(time_ms, written):
    assert clock(time_ms) == written
