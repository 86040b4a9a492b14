"""Pictures of field work under way: quotas, and interviews against the calendar."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from synthesis.report.drawing import ACCENT, INK_2, INK_3, STRONG_LINE, WARN, Chart

Row = Mapping[str, Any]
Spec = dict[str, Any]


def quota_bars(segments: Sequence[Row]) -> Chart:
    """Interviews held and cleared against the quota of each segment."""
    values = [
        {
            "segment": segment["title"],
            **{key: segment[key] for key in ("quota", "held", "cleared")},
            "end": max(segment["quota"], segment["held"]),
            "note": f"{segment['held']} of {segment['quota']} held · {segment['cleared']} cleared",
        }
        for segment in segments
    ]
    axis = {"title": None, "ticks": False, "domain": False, "labelPadding": 12, "labelLimit": 200, "labelFontSize": 12}
    y = {"field": "segment", "type": "nominal", "sort": None, "axis": axis}
    x = {"type": "quantitative", "axis": {"title": None, "tickMinStep": 1, "tickCount": 6, "grid": False}}

    def bar(field: str, **mark: Any) -> Spec:
        return {"mark": {"type": "bar", "cornerRadius": 1.5, **mark}, "encoding": {"y": y, "x": {"field": field, **x}}}

    return Chart(
        name="quota-bars",
        title="Interviews against quota",
        description="Interviews held (light) and cleared (solid) in each segment, against its quota (outline).",
        spec={
            "data": {"values": values},
            "width": 400,
            "height": {"step": 40},
            "layer": [
                bar("quota", height=18, color="transparent", stroke=STRONG_LINE, strokeWidth=1),
                bar("held", height=18, color=ACCENT, opacity=0.35),
                bar("cleared", height=18, color=ACCENT),
                {
                    "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11, "color": INK_2},
                    "encoding": {"y": y, "x": {"field": "end", **x}, "text": {"field": "note"}},
                },
            ],
        },
        columns=("Segment", "Quota", "Held", "Cleared"),
        rows=tuple((row["title"], row["quota"], row["held"], row["cleared"]) for row in segments),
    )


def burn_up(held_on: Iterable[str], *, target: int, start: str, end: str, today: str) -> Chart:
    """Interviews held so far against an even plan over the working days from `start` to `end` (ISO dates, inclusive).

    `held_on` is the date of each interview held, in any order. The description says how many a working day are needed.
    Raises ValueError if the plan ends before it starts.
    """
    if end < start:
        raise ValueError("The plan ends before it starts.")
    dates = list(held_on)
    days = _days(date.fromisoformat(start), date.fromisoformat(end))
    working = [day for day in days if date.fromisoformat(day).weekday() < 5]
    now = min(today, end)
    rows = [
        (
            day,
            round(target * sum(other <= day for other in working) / max(1, len(working)), 1),
            sum(other <= day for other in dates) if day <= now else "",
        )
        for day in days
    ]
    done = sum(day <= now for day in dates)
    left = [day for day in working if day > now]
    need = _need(target - done, len(left))
    return Chart(
        name="burn-up",
        title="Interviews held against the plan",
        description=f"{done} of {target} interviews held by {now}; {need}. The dotted line is an even plan, the dashed "
        "one what is needed from here.",
        spec=_burn_up_spec(rows, done=done, target=target, left=left, need=need),
        columns=("Day", "Planned", "Held"),
        rows=tuple(rows),
    )


def _need(missing: int, left: int) -> str:
    if missing <= 0:
        return "the plan is reached"
    if not left:
        return f"{missing} missing and no working day left"
    return f"{missing / left:.1f} a working day needed"


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]


def _day_end(day: str) -> str:
    """A count stands at the end of its day, so that the first day has a slope and a day off is flat."""
    return f"{date.fromisoformat(day) + timedelta(days=1)}T00:00:00Z"


def _burn_up_spec(rows: Sequence[tuple], *, done: int, target: int, left: Sequence[str], need: str) -> Spec:
    origin = {"day": f"{rows[0][0]}T00:00:00Z", "n": 0}
    planned = [origin, *({"day": _day_end(day), "n": plan} for day, plan, _ in rows)]
    held = [origin, *({"day": _day_end(day), "n": count} for day, _, count in rows if count != "")]
    last = held[-1]
    needed = [last, *(
        {"day": _day_end(day), "n": round(done + (target - done) * sum(other <= day for other in left) / len(left), 2)}
        for day, _, count in rows
        if count == "" and left and done < target
    )]  # fmt: skip
    x: Spec = {"field": "day", "type": "temporal", "scale": {"type": "utc"}}
    days = [f"{day}T00:00:00Z" for day, _, _ in rows]
    x["axis"] = {"title": None, "format": "%-d %b", "values": days, "grid": False, "labelOverlap": True}
    x["axis"] |= {"labelAlign": "left", "labelFlush": False}
    y: Spec = {"field": "n", "type": "quantitative", "scale": {"domain": [0, max(target, done, 1)]}}
    y["axis"] = {"title": None, "tickMinStep": 1, "tickCount": 5}

    def layer(values: Sequence[Row], **mark: Any) -> Spec:
        text = {"text": {"field": "note"}} if mark["type"] == "text" else {}
        return {"data": {"values": list(values)}, "mark": mark, "encoding": {"x": x, "y": y, **text}}

    # Right of the last point and below it nothing is ever drawn: the counts only grow.
    beside = {"align": "left", "dx": 8, "fontSize": 12}
    return {
        "width": 560,
        "height": 220,
        "layer": [
            layer(planned, type="line", color=INK_3, strokeDash=[2, 3], strokeWidth=1.4),
            layer(needed, type="line", color=WARN, strokeDash=[6, 4], strokeWidth=1.6),
            layer(held, type="line", color=ACCENT, strokeWidth=2.4),
            layer([last], type="point", filled=True, size=60, color=ACCENT, opacity=1),
            layer([last | {"note": f"{done} held"}], type="text", **beside, dy=14, fontWeight=600, color=ACCENT),
            layer([last | {"note": need}], type="text", **beside, dy=29, color=INK_2),
            layer([planned[-1] | {"note": f"plan {target}"}], type="text", align="right", dy=-9, color=INK_2),
        ],
    }


# The field page ---------------------------------------------------------------------------------------------------


def field_burn_up(
    days: Sequence[Row], *, target: int, today: str, last_call: str, expected: tuple[int, int, int]
) -> Chart:
    """People planned, on the calendar, heard and cleared by the end of each day, and where the cleared are likely to end.

    A day is a mapping of `day` (ISO), planned, booked, held and cleared, the last two None for days to come. `expected` is the
    lowest, the middle and the highest number cleared that the forecast's interval holds.
    """
    low, _, high = expected
    counted = [row for row in days if row["held"] is not None]
    held, cleared = (counted[-1][name] if counted else 0 for name in ("held", "cleared"))
    return Chart(
        name="field",
        title="Cleared against the plan",
        description=f"{held} of {target} people heard and {cleared} cleared by {min(today, days[-1]['day'])}; {low} to {high} "
        f"are likely to be cleared in time. The dotted line is an even plan up to {last_call}, the last day for calls; the "
        "thin line counts the calls on the calendar.",
        spec=_field_spec(days, counted, target=target, expected=expected),
        columns=("Day", "Planned", "On the calendar", "Heard", "Cleared"),
        rows=tuple(
            (
                row["day"],
                row["planned"],
                row["booked"],
                *("" if row[n] is None else row[n] for n in ("held", "cleared")),
            )
            for row in days
        ),
    )


def _field_spec(days: Sequence[Row], counted: Sequence[Row], *, target: int, expected: tuple[int, int, int]) -> Spec:
    low, middle, high = expected
    origin, end = f"{days[0]['day']}T00:00:00Z", _day_end(days[-1]["day"])
    x: Spec = {"field": "day", "type": "temporal", "scale": {"type": "utc"}}
    ticks = [f"{row['day']}T00:00:00Z" for row in days]
    x["axis"] = {"title": None, "format": "%-d %b", "values": ticks, "grid": False, "labelOverlap": True}
    x["axis"] |= {"labelAlign": "left", "labelFlush": False}
    top = max(target, high, days[-1]["booked"], 1)
    y: Spec = {"field": "n", "type": "quantitative", "scale": {"domain": [0, top]}}
    y["axis"] = {"title": None, "tickMinStep": 1, "tickCount": 5}

    def layer(values: Sequence[Row], encoding: Spec | None = None, **mark: Any) -> Spec:
        text = {"text": {"field": "note"}} if mark["type"] == "text" else {}
        return {
            "data": {"values": list(values)},
            "mark": mark,
            "encoding": {"x": x, "y": y, **text, **(encoding or {})},
        }

    def line(rows: Sequence[Row], name: str, **mark: Any) -> Spec:
        points = [{"day": origin, "n": 0}, *({"day": _day_end(row["day"]), "n": row[name]} for row in rows)]
        return layer(points, type="line", **mark)

    layers = [
        line(days, "planned", color=INK_3, strokeDash=[2, 3], strokeWidth=1.4),
        line(days, "booked", color=INK_3, strokeWidth=1.2),
        line(counted, "held", color=ACCENT, strokeWidth=1.6, strokeDash=[6, 3]),
        line(counted, "cleared", color=ACCENT, strokeWidth=2.6),
        layer(
            [{"day": end, "n": low, "to": high}],
            {"y2": {"field": "to"}},
            type="rule",
            color=WARN,
            strokeWidth=5,
            opacity=0.55,
        ),
        layer([{"day": end, "n": middle}], type="point", filled=True, size=70, color=WARN, opacity=1),
        layer([{"day": end, "n": high, "note": _between(low, high)}], type="text", align="right", dx=-9, color=WARN),
        layer([{"day": end, "n": target, "note": f"plan {target}"}], type="text", align="right", dy=-9, color=INK_2),
    ]
    if counted:
        last = {"day": _day_end(counted[-1]["day"])}
        notes = [("held", "heard", 0), ("cleared", "cleared", 14)]
        layers += [
            layer(
                [{**last, "n": counted[-1][name], "note": f"{counted[-1][name]} {word}"}],
                type="text", align="left", dx=8, dy=dy, fontWeight=600, color=ACCENT,
            )
            for name, word, dy in notes
        ]  # fmt: skip
    return {"width": 560, "height": 240, "layer": layers}


def _between(low: int, high: int) -> str:
    return f"{low} likely" if low == high else f"{low} to {high} likely"
