"""The edition of a version for a fund whose own policy withholds some of its interviews.

Pure: the frozen facts of all interviews and the tally of what each one adds, in; the facts without some of them, out. Every
number is counted anew; quotes, summaries and transcripts of the withheld ones are gone. A finding goes with them when it loses
its support, a figure that it needs, or everybody of whom it tells; so does a line of the answer. An edition is made from what
was frozen and signed, whenever it is made.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from synthesis.report import figures
from synthesis.report.snapshot import Snapshot
from synthesis.statistics import Voice, matrix

Tally = Mapping[str, Any]
"""What a snapshot was counted from, inside the house only:

{"answer": its lines with their placeholders, "held": calls held by segment, "interviews": {code: {"person": a number that
is one person's in one segment, "segment", "held": whether the call counts as held, "voices": [[question, stance]],
"suggested", "accepted", "rejected", "added": counts, "reviewers": numbers of people, "runs": [[tagger, encoder, codebook]]}}}
"""

COUNTED = ("suggested", "accepted", "rejected", "added")


def withhold(snapshot: Snapshot, tally: Tally, withheld: Collection[str]) -> dict[str, Any]:
    """The facts without the interviews of these codes. Without any code they are the facts as they were."""
    left = {code: row for code, row in tally["interviews"].items() if code not in withheld}
    facts = {
        **snapshot,
        "withheld": len(tally["interviews"]) - len(left),
        "interviews": [row for row in snapshot["interviews"] if row["id"] in left],
        "segments": [_segment(row, tally, left) for row in snapshot["segments"]],
        "matrix": _matrix(snapshot, left),
        "method": _method(left),
    }
    facts["findings"] = _findings(snapshot, facts, left)
    lines = [_rendered(line, facts, snapshot) for line in tally["answer"]]
    facts["answer"] = [line for line in lines if line is not None]
    return facts


def _segment(row: Mapping[str, Any], tally: Tally, left: Mapping[str, Any]) -> dict[str, Any]:
    here = {code: one for code, one in tally["interviews"].items() if one["segment"] == row["code"]}
    gone = sum(one["held"] for code, one in here.items() if code not in left)
    cleared = sum(code in left for code in here)
    return {**row, "held": max(tally["held"][row["code"]] - gone, cleared), "cleared": cleared}


def _matrix(snapshot: Snapshot, left: Mapping[str, Any]) -> list[dict[str, Any]]:
    voices = [
        Voice(str(row["person"]), row["segment"], question, stance)
        for row in left.values()
        for question, stance in row["voices"]
    ]
    people = {
        segment["code"]: len({row["person"] for row in left.values() if row["segment"] == segment["code"]})
        for segment in snapshot["segments"]
    }
    return [asdict(cell) for cell in matrix(voices, people, [question["code"] for question in snapshot["questions"]])]


def _method(left: Mapping[str, Any]) -> dict[str, Any]:
    runs = {tuple(run) for row in left.values() for run in row["runs"]}
    taggers, encoders, codebooks = (sorted({run[at] for run in runs}) for at in range(3))
    return {
        "tagger": ", ".join(taggers),
        "encoder": ", ".join(encoders),
        "codebook": ", ".join(f"version {number}" for number in codebooks),
        **{name: sum(row[name] for row in left.values()) for name in COUNTED},
        "reviewers": len({person for row in left.values() for person in row["reviewers"]}),
    }


def _findings(snapshot: Snapshot, facts: dict[str, Any], left: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The findings that still stand on something, with the quotes that are left, numbered anew."""
    kept: list[dict[str, Any]] = []
    for row in snapshot["findings"]:
        sides = {
            side: [said for said in row[side] if said["interview"] in left] for side in ("supporting", "contradicting")
        }
        finding = {**row, **sides, "rendered": _rendered(row["sentence"], facts, snapshot)}
        if not sides["supporting"] or finding["rendered"] is None:
            continue
        if figures.check_figures({**facts, "findings": [finding]}):
            continue
        kept.append({**finding, "id": f"F{len(kept) + 1}"})
    return kept


def _rendered(sentence: str, facts: Snapshot, whole: Snapshot) -> str | None:
    """A sentence with its figures; None when one can't be told of so few people, or counted somebody and now nobody."""
    try:
        names = figures.PLACEHOLDER.findall(sentence)
        if any(_nobody(figures.figure(name, facts)) and not _nobody(figures.figure(name, whole)) for name in names):
            return None
        return figures.render(sentence, facts)
    except figures.UnknownFigure:
        return None


def _nobody(figure: str) -> bool:
    return re.match(r"0\b", figure) is not None
