"""Interview summaries: an expert's own sentences, picked from accepted passages, signed by a second person."""

import re
from collections import defaultdict
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid, now
from accounts.permissions import require
from accounts.roles import Permission
from interviews.models import ClearedTranscript
from synthesis.models import Summary, Tag
from synthesis.services.access import require_place
from synthesis.services.findings import require_other_hands, with_hand
from synthesis.states import SUMMARY, Basis, DraftState, Stance

MOST = 6
LONG_SENTENCE = 320
Point = dict[str, int]

# An end of a sentence: its mark, closing quotes, then white space before something that can begin one.
_END = re.compile(r"""[.!?…]+["'”’)\]]*(?=\s+["'“‘(\[]?[A-Z0-9])""")
_FIRST = {Basis.FIRST_HAND: 0, Basis.SECOND_HAND: 1, Basis.OPINION: 2, Basis.HYPOTHETICAL: 3}
_POLES = {Stance.BEAR: 0, Stance.BULL: 0, Stance.MIXED: 1, Stance.NEUTRAL: 2}


@transaction.atomic
def draft_summary(*, cleared: ClearedTranscript, by: User) -> Summary:
    """Draft a summary, or draft it anew: at most six sentences of accepted passages, spread over the questions."""
    cleared = _enter(cleared, by, Permission.WRITE_FINDINGS)
    points = pick(cleared)
    if not points:
        raise Invalid("No passage of this interview has been accepted yet. Review its tags first.")
    summary = Summary.objects.select_for_update().filter(cleared=cleared).first()
    if summary is None:
        summary = Summary.objects.create(cleared=cleared, points=points, author=by, hands=[str(by.pk)])
    else:
        _change(summary, points, by)
    audit.record(cleared.programme.chain, "summary-drafted", summary, by=by, sentences=len(points))
    return summary


@transaction.atomic
def add_point(*, summary: Summary, tag: Tag, by: User) -> Summary:
    """Add the first sentence of an accepted passage to a summary, which returns to draft."""
    summary, cleared = _lock(summary, by, Permission.WRITE_FINDINGS)
    found = Tag.objects.accepted().select_related("passage").filter(pk=tag.pk, passage__cleared=cleared).first()
    if found is None:
        raise Invalid("Only an accepted passage of this interview can go into its summary.")
    point = _point(found, cleared.text)
    if point in summary.points:
        raise Invalid("That sentence is in the summary already.")
    if len(summary.points) >= MOST:
        raise Invalid(f"A summary has at most {MOST} sentences. Take one away first.")
    _change(summary, sorted([*summary.points, point], key=lambda p: p["start"]), by)
    audit.record(cleared.programme.chain, "summary-edited", summary, by=by, sentences=len(summary.points))
    return summary


@transaction.atomic
def drop_point(*, summary: Summary, start: int, by: User) -> Summary:
    """Take the sentence that begins at a code point away from a summary, which returns to draft."""
    summary, cleared = _lock(summary, by, Permission.WRITE_FINDINGS)
    left = [point for point in summary.points if point["start"] != start]
    if len(left) == len(summary.points):
        raise Invalid("That sentence is not in the summary any more. Reload the page and look again.")
    if not left:
        raise Invalid("This is the last sentence of the summary. Add another one before you take it away.")
    _change(summary, left, by)
    audit.record(cleared.programme.chain, "summary-edited", summary, by=by, sentences=len(left))
    return summary


@transaction.atomic
def approve_summary(*, summary: Summary, by: User) -> Summary:
    """Sign a summary as its second person."""
    summary, cleared = _lock(summary, by, Permission.APPROVE_FINDINGS)
    require_other_hands(by, summary)
    SUMMARY.make(summary, DraftState.APPROVED, approved_by=by, approved_at=now())
    audit.record(cleared.programme.chain, "summary-approved", summary, by=by)
    return summary


def pick(cleared: ClearedTranscript) -> list[Point]:
    """Places of at most six sentences, in the order of the call: each question in turn gives its best passage left.

    First-hand comes before hearsay and opinion, bear or bull before mixed and neutral, early before late.
    """
    tags = Tag.objects.accepted().filter(passage__cleared=cleared).select_related("passage", "question")
    queues: dict[Any, list[Tag]] = defaultdict(list)
    for tag in sorted(tags, key=_rank):
        queues[tag.question.order, tag.question.code].append(tag)
    chosen: dict[int, Point] = {}
    while any(queues.values()) and len(chosen) < MOST:
        for key in sorted(queues):
            if queues[key] and len(chosen) < MOST:
                point = _point(queues[key].pop(0), cleared.text)
                if not any(p["start"] < point["end"] and point["start"] < p["end"] for p in chosen.values()):
                    chosen[point["start"]] = point
    return [chosen[start] for start in sorted(chosen)]


def first_sentences(text: str, longest: int = LONG_SENTENCE) -> int:
    """The length in code points of the whole sentences from the beginning that fit, at least one; then of the words."""
    ends = [match.end() for match in _END.finditer(text)] + [len(text)]
    fitting = [end for end in ends if end <= longest]
    return fitting[-1] if fitting else ends[0]


def _rank(tag: Tag) -> tuple[int, int, int]:
    return _FIRST[Basis(tag.basis)], _POLES[Stance(tag.stance)], tag.passage.start


def _point(tag: Tag, text: str) -> Point:
    passage = tag.passage
    length = first_sentences(text[passage.start : passage.end])
    return {"turn": passage.turn_index, "start": passage.start, "end": passage.start + length}


def _enter(cleared: ClearedTranscript, by: User, permission: Permission) -> ClearedTranscript:
    require(by, permission)
    cleared = ClearedTranscript.objects.select_related("programme").get(pk=cleared.pk)
    require_place(by, cleared.programme)
    if cleared.recalled_at is not None:
        raise Invalid("The clearance of this transcript was recalled, so its words can't be used.")
    return cleared


def _lock(summary: Summary, by: User, permission: Permission) -> tuple[Summary, ClearedTranscript]:
    summary = Summary.objects.select_for_update().select_related("cleared", "author").get(pk=summary.pk)
    return summary, _enter(summary.cleared, by, permission)


def _change(summary: Summary, points: list[Point], by: User) -> None:
    fields = {"points": points, "hands": with_hand(summary, by), "written_at": now()}
    SUMMARY.make(summary, DraftState.DRAFT, approved_by=None, approved_at=None, **fields)
