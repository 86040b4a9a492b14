"""The pictures of the report and of the boards: Vega-Lite specs as data, each with its title, words and table.

A chart is a value. `svg` turns it into a picture without scripts; the same spec can be given to a browser's Vega-Lite.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from textwrap import wrap
from typing import Any

from synthesis.report.drawing import INK, INK_2, INK_3, STANCE_COLOURS, STRONG_LINE, WARN, Chart, svg
from synthesis.report.fieldwork import burn_up, field_burn_up, quota_bars

__all__ = [
    "Chart",
    "burn_up",
    "field_burn_up",
    "incident_time_line",
    "quota_bars",
    "stance_matrix",
    "status_words",
    "svg",
]

Row = Mapping[str, Any]
Spec = dict[str, Any]

DRAWN = ("bear", "mixed", "neutral", "bull", "silent")
"""Stances from left to right: the two poles never touch, and who said nothing comes last."""

STATUS_WORDS = {"company": "company claim, untested"}
"""How a status of the register is written, where its code is not a word of English."""

PERSON = 11
"""Width of one person in pixels, as long as the columns fit."""


def status_words(status: str) -> str:
    """A status as words for a reader."""
    return STATUS_WORDS.get(status, status.replace("_", " "))


# Question x segment x stance --------------------------------------------------------------------------------------


def stance_matrix(matrix: Sequence[Row], questions: Sequence[Row], segments: Sequence[Row]) -> Chart:
    """One mark a person: questions down, everybody and then the segments across, coloured by stance.

    Takes the parts of a snapshot of the same names. Under each run of marks stands its count, beside it N.
    """
    rows = {(row["question"], row["segment"]): row for row in matrix}
    columns = [("", "Everybody"), *((segment["code"], segment["title"]) for segment in segments)]
    grid = {
        (question["code"], code): rows.get((question["code"], code)) or {"total": 0, **dict.fromkeys(DRAWN, 0)}
        for question in questions
        for code, _ in columns
    }
    largest = [max((row["total"] for key, row in grid.items() if key[1] == code), default=0) for code, _ in columns]
    # The column of everybody has a scale of its own, or a large sample would leave the segments no room.
    everybody, person = min(PERSON, 200 / max(1, largest[0])), min(PERSON, 230 / max(1, sum(largest[1:])))
    panels = [
        _stance_panel(grid, questions, column, max(24, round(total * (person if number else everybody))), not number)
        for number, (column, total) in enumerate(zip(columns, largest, strict=True))
    ]
    table = tuple(
        (question["code"], title, row["total"], *(row[stance] for stance in DRAWN))
        for question in questions
        for code, title in columns
        for row in [grid[question["code"], code]]
    )
    return Chart(
        name="stance-matrix",
        title="Stance by question and segment",
        description="People, not passages: each mark is one person interviewed, coloured by that person's stance on "
        "the question. People who said nothing on it are left empty.",
        spec={"hconcat": panels, "spacing": 42},
        columns=("Question", "Segment", "People", "Bear", "Mixed", "Neutral", "Bull", "Silent"),
        rows=table,
    )


def _stance_panel(
    grid: Mapping[tuple[str, str], Row], questions: Sequence[Row], column: tuple[str, str], width: int, first: bool
) -> Spec:
    segment, title = column
    marks, counts, totals = [], [], []
    for question in questions:
        row = grid[question["code"], segment]
        label = "\n".join(wrap(f"{question['code']} {question['title']}", 26, max_lines=2, placeholder=" …"))
        marks += _person_marks(row, label, width)
        counts += _run_counts(row, label, width)
        totals.append({"question": label, "at": row["total"], "text": f"of {row['total']}"})
    y = {"field": "question", "type": "nominal", "sort": None, "axis": _question_axis(first)}
    scale = {"domain": [0, max([1, *(total["at"] for total in totals)])], "nice": False}
    x = {"type": "quantitative", "axis": None, "scale": scale}
    people = {
        "data": {"values": marks},
        "mark": {"type": "bar", "height": 16, "yOffset": -6, "strokeWidth": 0.8},
        "encoding": {
            "y": y,
            "x": {"field": "from", **x},
            "x2": {"field": "to"},
            "color": _stance_scale("color", first),
            "stroke": _stance_scale("stroke", False),
        },
    }
    grey = {"condition": {"test": "datum.stance == 'silent'", "value": INK_3}, "value": INK}
    return {
        "title": {"text": wrap(title, 14), "anchor": "start", "frame": "group", "offset": 8},
        "width": width,
        "height": {"step": 46},
        "layer": [
            people,
            {
                "data": {"values": counts},
                "mark": {"type": "text", "dy": 12, "baseline": "middle", "fontWeight": 500},
                "encoding": {"y": y, "x": {"field": "at", **x}, "text": {"field": "n"}, "color": grey},
            },
            {
                "data": {"values": totals},
                "mark": {"type": "text", "align": "left", "dx": 6, "dy": -5, "color": INK_2},
                "encoding": {"y": y, "x": {"field": "at", **x}, "text": {"field": "text"}},
            },
        ],
    }


def _question_axis(labels: bool) -> Spec:
    axis: Spec = {"title": None, "ticks": False, "domain": False, "labels": labels}
    if labels:
        axis |= {"labelExpr": "split(datum.label, '\\n')", "labelAlign": "left", "labelPadding": 164, "labelLimit": 160}
        axis |= {"labelLineHeight": 14, "labelOffset": -4}
    return axis


def _person_marks(row: Row, label: str, width: int) -> list[Row]:
    """One bar a person, with a little air between; where a person is too narrow for that, one bar a stance."""
    single = width >= 6 * row["total"]
    marks: list[Row] = []
    at = 0
    for stance in DRAWN:
        if single:
            runs = [(place + 0.09, place + 0.91) for place in range(at, at + row[stance])]
        else:
            runs = [(at, at + row[stance])] if row[stance] else []
        marks += [{"question": label, "stance": stance, "from": start, "to": end} for start, end in runs]
        at += row[stance]
    return marks


def _run_counts(row: Row, label: str, width: int) -> list[Row]:
    """The count of each run at its middle, pushed to the right where two numbers would touch."""
    counts: list[Row] = []
    at, free = 0, float("-inf")
    per_pixel = max(1, row["total"]) / max(1, width)
    for stance in DRAWN:
        if n := row[stance]:
            half = (3.8 * len(str(n)) + 2) * per_pixel
            middle = max(at + n / 2, free + half)
            free = middle + half
            counts.append({"question": label, "stance": stance, "at": round(middle, 4), "n": str(n)})
        at += n
    return counts


def _stance_scale(channel: str, legend: bool) -> Spec:
    colours = [STANCE_COLOURS.get(stance, "transparent" if channel == "color" else STRONG_LINE) for stance in DRAWN]
    encoding: Spec = {"field": "stance", "type": "nominal", "scale": {"domain": list(DRAWN), "range": colours}}
    encoding["legend"] = None
    if legend:
        encoding["legend"] = {
            "title": None,
            "orient": "none",
            "legendX": 0,
            "legendY": -66,
            "direction": "horizontal",
            "symbolType": "square",
            "symbolSize": 130,
            "columnPadding": 16,
            "labelFontSize": 12,
        }
    return encoding


# Incidents --------------------------------------------------------------------------------------------------------


def incident_time_line(incidents: Sequence[Row]) -> Chart:
    """Incidents by date. A bar is the span that the sources leave open, a disc grows with the hours that it lasted.

    A disputed incident is drawn as a diamond and says so in words; a ring is an incident of unknown length.
    """
    marks = [_incident_mark(number, incident) for number, incident in enumerate(incidents)]
    table = tuple(
        (
            incident["when"],
            incident["title"],
            "unknown" if incident["hours"] is None else incident["hours"],
            _statuses(incident),
            ", ".join(dict.fromkeys(report["source"] for report in incident["reports"])),
        )
        for incident in incidents
    )
    return Chart(
        name="incident-time-line",
        title="Public incidents",
        description="Each incident at the date that the sources give; a bar covers the days that they leave open. The "
        "disc grows with the hours reported; a ring means that no length was reported, a diamond that the "
        "attribution is disputed.",
        spec=_incident_spec(marks),
        columns=("When", "Incident", "Hours", "Status", "Sources"),
        rows=table,
    )


def _statuses(incident: Row) -> str:
    return ", ".join(dict.fromkeys(status_words(report["status"]) for report in incident["reports"])) or "reported"


def _incident_mark(number: int, incident: Row) -> dict[str, Any]:
    first, last = incident["date_from"], incident["date_to"]
    hours = incident["hours"]
    title = "\n".join(wrap(incident["title"], 40, max_lines=2, placeholder=" …"))
    length = "length unknown" if hours is None else f"{float(hours):g} h"
    mark: dict[str, Any] = {"row": f"{number:03} {title}", "hours": float(hours or 2)}
    mark["note"] = [incident["when"], f"{length} · {_statuses(incident)}"]
    mark["kind"] = "disputed" if incident["disputed"] else "known" if hours is not None else "unknown"
    if first is None:
        return mark
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    # Days are drawn at noon, so that a mark stands inside its day and not on the tick before it.
    middle = start + (end - start) / 2
    return mark | {"from": f"{start}T00:00:00Z", "to": f"{end}T23:59:59Z", "at": f"{middle}T12:00:00Z"}


def _incident_spec(marks: Sequence[Row]) -> Spec:
    months = "utcFormat(datum.value, datum.index == 0 || utcmonth(datum.value) == 0 ? '%b %Y' : '%b')"
    y = {
        "field": "row",
        "type": "nominal",
        "sort": None,
        "axis": {
            "title": None,
            "labelExpr": "split(slice(datum.label, 4), '\\n')",
            "labelLimit": 260,
            "labelLineHeight": 14,
            "labelPadding": 12,
            "ticks": False,
            "domain": False,
            "grid": True,
        },
    }
    dates = [date.fromisoformat(mark[end][:10]) for mark in marks if "at" in mark for end in ("from", "to")]
    first, last = (min(dates), max(dates)) if dates else (date(2000, 1, 1), date(2000, 2, 1))
    domain = [f"{first.replace(day=1)}T00:00:00Z", f"{last + timedelta(days=4)}T00:00:00Z"]
    scale = {"domain": domain, "type": "utc"}
    axis = {"title": None, "labelExpr": months, "tickCount": "month", "grid": False, "labelAlign": "left"}
    axis |= {"labelFlush": False, "labelOverlap": True}
    x = {"type": "temporal", "scale": scale, "axis": axis}
    kinds = {"domain": ["known", "unknown", "disputed"]}
    return {
        "data": {"values": list(marks)},
        "width": 290,
        "height": {"step": 40},
        "layer": [
            {
                "mark": {"type": "bar", "height": 6, "color": STRONG_LINE, "opacity": 0.45},
                "encoding": {"y": y, "x": {"field": "from", **x}, "x2": {"field": "to"}},
            },
            {
                "mark": {"type": "point", "strokeWidth": 1.6, "opacity": 1},
                "encoding": {
                    "y": y,
                    "x": {"field": "at", **x},
                    "size": {
                        "field": "hours",
                        "type": "quantitative",
                        "scale": {"domain": [0, 24], "range": [30, 520]},
                        "legend": None,
                    },
                    "shape": _by_kind(kinds, ["circle", "circle", "diamond"]),
                    "fill": _by_kind(kinds, [INK_2, "transparent", WARN]),
                    "stroke": _by_kind(kinds, [INK_2, INK_2, WARN]),
                },
            },
            {
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 14,
                    "dy": -6,
                    "color": INK_2,
                    "limit": 170,
                    "lineHeight": 14,
                },
                "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": "note"}},
            },
        ],
    }


def _by_kind(kinds: Spec, values: Sequence[str]) -> Spec:
    return {"field": "kind", "type": "nominal", "scale": {**kinds, "range": list(values)}, "legend": None}
