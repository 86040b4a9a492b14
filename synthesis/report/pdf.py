"""The synthesis report on paper: a frozen snapshot, set by Typst from data.

The template is a file of this package and the facts are JSON beside it, so no word of a transcript is ever read as
markup. Fonts ship with the product, and neither the clock nor the network is asked: equal snapshots give equal bytes.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from synthesis.report.charts import DRAWN, incident_time_line, quota_bars, stance_matrix, status_words, svg
from synthesis.report.drawing import FONTS, Chart
from synthesis.report.snapshot import Snapshot, quotes, sha256, validate
from synthesis.statistics import n_of_n, percent

TEMPLATE = Path(__file__).with_name("report.typ")
STANDARD: Literal["ua-1"] = "ua-1"
ASPECTS = {
    "lasted": "how long it lasted",
    "effect": "the effect",
    "attribution": "the cause",
    "figure": "the figure",
    "status": "how sure it is",
}
"""How the aspects of a public statement are called where two sources differ."""

Row = Mapping[str, Any]


def pdf(snapshot: Snapshot) -> bytes:
    """The report as a tagged PDF (PDF/UA-1), byte-identical for equal snapshots.

    Raises InvalidSnapshot for a value that is not a snapshot.
    """
    validate(snapshot)
    return compile_pdf(printed(snapshot))


def compile_pdf(report: Row) -> bytes:
    """Typeset the printed form of a snapshot.

    A character that the accessibility standard forbids or that no shipped font can draw (an emoji in a quote) breaks
    the standard. Quotes are never changed, so such a report is tagged all the same, but does not claim the standard.
    """
    import typst

    facts = json.dumps(report, ensure_ascii=False)

    def compiled(standard: Literal["ua-1"] | None) -> bytes:
        return typst.compile(
            TEMPLATE,
            root=TEMPLATE.parent,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=standard,
            sys_inputs={"report": facts},
        )

    try:
        return compiled(STANDARD)
    except typst.TypstError as error:
        if "PDF/UA-1 error: the text" not in str(error):
            raise
        return compiled(None)


def printed(snapshot: Snapshot) -> dict[str, Any]:
    """Everything that the template sets, with dates, times and counts already in words."""
    built = datetime.fromisoformat(snapshot["built_at"])
    titles = {segment["code"]: segment["title"] for segment in snapshot["segments"]}
    rows = _rows(snapshot, titles)
    return {
        **snapshot,
        "sha256": sha256(snapshot),
        "built": {key: getattr(built, key) for key in ("year", "month", "day", "hour", "minute", "second")},
        "dates": _dates(snapshot, built),
        "stats": _stats(snapshot),
        "charts": {
            "stance": _picture(stance_matrix(snapshot["matrix"], snapshot["questions"], snapshot["segments"])),
            "incidents": _picture(incident_time_line(snapshot["incidents"])),
            "quota": _picture(quota_bars(snapshot["segments"])),
        },
        "rows": rows,
        "totals": [row for row in rows if not row["segment"]],
        "findings": [_finding(finding, titles) for finding in snapshot["findings"]],
        "interviews": [_interview(interview, titles) for interview in snapshot["interviews"]],
        "source_codes": [source["code"] for source in snapshot["sources"]],
        "incidents": [_item(incident, ("lasted", "effect", "attribution")) for incident in snapshot["incidents"]],
        "claims": [_item(claim, ("figure",)) for claim in snapshot["claims"]],
        "segment_total": ["All segments", *(str(total) for total in _segment_totals(snapshot))],
        "method_words": _method_words(snapshot),
    }


def long_date(day: date) -> str:
    """A date as it is written in a report: 5 March 2026."""
    return f"{day.day} {day:%B %Y}"


def clock(time_ms: int | None) -> str:
    """A place in a recording: "12:31" or "1:02:07"; "" when the transcript has no times."""
    if time_ms is None:
        return ""
    minutes, seconds = divmod(time_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def _dates(snapshot: Snapshot, built: datetime) -> dict[str, str]:
    programme = snapshot["programme"]
    first, last = (date.fromisoformat(programme[key]) for key in ("launch_on", "delivery_on"))
    held = sorted(date.fromisoformat(interview["held_on"]) for interview in snapshot["interviews"])
    field = f"{long_date(held[0])} to {long_date(held[-1])}" if held else f"from {long_date(first)}"
    return {"field": field, "delivery": long_date(last), "built": f"{long_date(built)}, {built:%H:%M} UTC"}


def _stats(snapshot: Snapshot) -> list[dict[str, Any]]:
    checked = sum(1 for _ in quotes(snapshot)) + sum(len(row["summary"]) for row in snapshot["interviews"])
    return [
        {"number": len(snapshot["interviews"]), "words": "people interviewed and cleared"},
        {"number": len(snapshot["questions"]), "words": "key questions"},
        {"number": len(snapshot["findings"]), "words": "findings"},
        {"number": checked, "words": "quotes, each compared word for word"},
    ]


def _picture(chart: Chart) -> dict[str, str]:
    return {"title": chart.title, "description": chart.description, "svg": svg(chart, plain=True)}


def _rows(snapshot: Snapshot, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """The matrix with everybody before the segments, each row with a sentence that says what its bar shows."""
    questions = {question["code"]: question["title"] for question in snapshot["questions"]}
    cells = {(row["question"], row["segment"]): row for row in snapshot["matrix"]}
    return [
        {
            **cells[question, segment],
            "title": titles.get(segment, "Everybody"),
            "question_title": questions[question],
            "words": _count_words(cells[question, segment]),
        }
        for question in questions
        for segment in ("", *titles)
    ]


def _count_words(row: Row) -> str:
    said = [f"{row[stance]} {stance}" for stance in DRAWN if stance != "silent" and row[stance]]
    spoke = n_of_n(row["total"] - row["silent"], row["total"])
    return f"{spoke} spoke to it" + (f": {', '.join(said)}" if said else "")


def _finding(finding: Row, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        **finding,
        **{side: [_quote(quote, titles) for quote in finding[side]] for side in ("supporting", "contradicting")},
        "supporting_words": _side_words("Supporting", finding["supporting"]),
        "contradicting_words": _side_words("Contradicting", finding["contradicting"]),
        "register": [{**item, "status": status_words(item["status"])} for item in finding["register"]],
    }


def _side_words(title: str, side: Sequence[Row]) -> str:
    people = len({quote["interview"] for quote in side})
    if not people:
        return title
    return f"{title}: {_number(len(side), 'quote')} from {_number(people, 'person', 'people')}"


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _quote(quote: Row, titles: Mapping[str, str]) -> dict[str, Any]:
    return {**quote, "segment_title": titles[quote["segment"]], "time": clock(quote["time_ms"])}


def _interview(interview: Row, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        **interview,
        "segment_title": titles[interview["segment"]],
        "held": long_date(date.fromisoformat(interview["held_on"])),
        "words_text": f"{interview['words']:,}",
        "summary": [
            {**row, "place": ", ".join(filter(None, [f"turn {row['turn']}", clock(row["time_ms"])]))}
            for row in interview["summary"]
        ],
    }


def _item(item: Row, aspects: Sequence[str]) -> dict[str, Any]:
    """An incident or a claim with one account a source, and the aspects on which the accounts differ."""
    accounts = {
        report["source"]: {
            "lines": [["" if aspect == "figure" else aspect, report[aspect]] for aspect in aspects if report[aspect]],
            "status": status_words(report["status"]),
        }
        for report in item["reports"]
    }
    told = {aspect: {row[aspect] for row in item["reports"] if row[aspect]} for aspect in (*aspects, "status")}
    differ = [ASPECTS[aspect] for aspect, versions in told.items() if len(versions) > 1]
    return {**item, "accounts": accounts, "differ": " and ".join(filter(None, [", ".join(differ[:-1]), *differ[-1:]]))}


def _segment_totals(snapshot: Snapshot) -> list[int]:
    return [sum(row[key] for row in snapshot["segments"]) for key in ("quota", "held", "cleared")]


def _method_words(snapshot: Snapshot) -> dict[str, str]:
    """Sentences of the method page that hold figures."""
    method = snapshot["method"]
    quota, held, cleared = _segment_totals(snapshot)
    decided = method["accepted"] + method["rejected"]
    share = percent(method["accepted"], decided)
    own = (
        f"Your fund's own policy withheld {_number(snapshot['withheld'], 'interview')}; everything is counted without. "
    )
    current = len({quote["interview"] for _, _, quote in quotes(snapshot) if quote["current_employee"]})
    return {
        "sample": f"{own if snapshot['withheld'] else ''}{n_of_n(held, max(held, quota))} planned interviews were held and "
        f"{cleared} cleared by the day of the freeze, in {_number(len(snapshot['segments']), 'segment')}.",
        "machine": f"The tagger suggested {_number(method['suggested'], 'passage')}; {decided} were decided: "
        f"{method['accepted']} accepted{f' ({share})' if share else ''}, {method['rejected']} rejected.",
        "people": f"{_number(method['reviewers'], 'reviewer')} decided every suggestion that counts and added "
        f"{_number(method['added'], 'passage')} by hand that the tagger had missed.",
        "current": (
            f"{_number(current, 'person quoted here works', 'people quoted here work')} at the subject company today "
            "and spoke under the programme's exception, with a named compliance approval and a chaperone. These quotes "
            "are marked."
            if current
            else "Nobody quoted here works at the subject company today."
        ),
    }
