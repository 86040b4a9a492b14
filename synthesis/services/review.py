"""What people decide about suggestions, and the tags that they add by selecting words.

One decision for a passage and a question: the first writer has it, the second gets a sentence that names the first.
"""

import re
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, Moved, now
from accounts.permissions import Refused
from interviews.models import ClearedTranscript
from research.models import KeyQuestion
from synthesis.models import Passage, Suggestion, Tag
from synthesis.permissions import change_refusal, review_refusal
from synthesis.services.access import require_place
from synthesis.states import Basis, Origin, Stance, Verdict

ACCEPTED, REJECTED = Verdict.ACCEPTED, Verdict.REJECTED
# A word may hold apostrophes and hyphens, and marks that combine with the letter before them.
_WORD = re.compile(r"[\w\u0300-\u036f]+(?:[-'’][\w\u0300-\u036f]+)*")


@transaction.atomic
def accept(*, suggestion: Suggestion, by: User, stance: str | None = None, basis: str | None = None) -> Tag:
    """Take a suggestion as evidence, with the stance and basis given or else the suggested ones."""
    suggestion = _open(suggestion, by)
    return _decide(suggestion, suggestion.question, ACCEPTED, by, stance, basis)


@transaction.atomic
def reject(*, suggestion: Suggestion, by: User) -> Tag:
    """Say that a suggestion is no evidence for its question."""
    suggestion = _open(suggestion, by)
    return _decide(suggestion, suggestion.question, REJECTED, by)


@transaction.atomic
def reassign(
    *, suggestion: Suggestion, question: KeyQuestion, by: User, stance: str | None = None, basis: str | None = None
) -> Tag:
    """Take a suggested passage as evidence for another question, and reject it for the one suggested."""
    suggestion = _open(suggestion, by)
    _same_programme(suggestion.passage.cleared, question)
    if question.pk == suggestion.question_id:
        return _decide(suggestion, question, ACCEPTED, by, stance, basis)
    moment = now()
    _decide(suggestion, suggestion.question, REJECTED, by, at=moment)
    return _decide(suggestion, question, ACCEPTED, by, stance, basis, at=moment)


@transaction.atomic
def add(
    *, cleared: ClearedTranscript, start: int, end: int, question: KeyQuestion, stance: str, basis: str, by: User
) -> Tag:
    """Tag words that a person selected: text[start:end] in code points, widened to whole words.

    Raises Invalid when the words are not within one expert turn, Moved when much the same words are tagged already.
    """
    cleared = _enter(cleared.pk, by)
    _same_programme(cleared, question)
    start, end = snap(cleared.text, start, end)
    turn = cleared.turns.filter(start__lte=start, end__gte=end).first()
    if turn is None:
        raise Invalid("These words run over more than one turn. Select words of one expert turn.")
    if turn.role != "expert":
        raise Invalid(f"These are words of the {turn.role}. Only an expert's words are evidence; select some of those.")
    passage, _ = Passage.objects.get_or_create(
        cleared=cleared, start=start, end=end, defaults={"turn_index": turn.index}
    )
    if taken := _overlapping(passage, question, ACCEPTED):
        raise Moved(f"{taken.decided_by.name} already tagged these words for {question.code}. Change that tag instead.")
    return _write(passage, question, ACCEPTED, by, stance, basis, origin=Origin.PERSON, verb="tag-added")


@transaction.atomic
def change(
    *,
    tag: Tag,
    by: User,
    stance: str | None = None,
    basis: str | None = None,
    verdict: str | None = None,
    question: KeyQuestion | None = None,
) -> Tag:
    """Change one's own decision; what is not given stays. Another question moves the passage there.

    Raises IllegalMove when a finding cites the tag in a way that the change would break.
    """
    tag = _own(tag, by)
    wanted = {
        "stance": _known(Stance, stance or tag.stance),
        "basis": _known(Basis, basis or tag.basis),
        "verdict": _known(Verdict, verdict or tag.verdict),
    }
    _not_cited(tag, for_good=wanted["verdict"] == REJECTED or question is not None)
    if question is not None and question.pk != tag.question_id:
        return _move(tag, question, by, wanted)
    Tag.objects.filter(pk=tag.pk).update(**wanted, decided_by=by, decided_at=now())
    tag.refresh_from_db()
    _record("tag-changed", tag, by, **wanted)
    return tag


@transaction.atomic
def withdraw(*, tag: Tag, by: User) -> None:
    """Take back one's own decision, as if it had not been made; a suggestion behind it is open again."""
    _remove(_own(tag, by), by)


def snap(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of whole words that a selection touches. Raises Invalid when it touches none, or is not in the text."""
    if not 0 <= start < end <= len(text):
        raise Invalid("Those words are not in this text. Reload the page and select them again.")
    margin = max(0, text.rfind("\n", 0, start) + 1)
    words = [w.span() for w in _WORD.finditer(text, margin, _end_of_line(text, end))]
    touched = [(first, last) for first, last in words if last > start and first < end]
    if not touched:
        raise Invalid("Select at least one word.")
    # A bracket or quote that was selected before the words stays, and so does a full stop after them.
    kept = text[start:end]
    left = start + len(kept) - len(kept.lstrip(" \t\n,.;:!?…)]}–—-"))
    right = start + len(kept.rstrip(" \t\n,;:([{–—-"))
    return min(touched[0][0], left), max(touched[-1][1], right)


def locate(cleared: ClearedTranscript, words: str) -> tuple[int, int]:
    """Where these very words stand in the expert's turns; white space may differ. Raises Invalid unless it is one place."""
    parts = words.split()
    if not parts:
        raise Invalid("Write or paste the words to tag, as they stand in the text.")
    pattern = re.compile(r"\s+".join(map(re.escape, parts)))
    spans = [
        (start + found.start(), start + found.end())
        for start, end in cleared.turns.filter(role="expert").values_list("start", "end")
        for found in pattern.finditer(cleared.text[start:end])
    ]
    if not spans:
        raise Invalid("The expert did not say these words in this text. Copy them from it exactly.")
    if len(spans) > 1:
        raise Invalid(f"These words stand in {len(spans)} places. Add the words before or after them.")
    return spans[0]


# Steps --------------------------------------------------------------------------------------------------------------


def _enter(cleared_id: UUID, by: User) -> ClearedTranscript:
    """Lock the text; refuse a wrong person, a recalled text and a closed programme."""
    cleared = ClearedTranscript.objects.select_for_update(of=("self",)).select_related("programme").get(pk=cleared_id)
    if sentence := review_refusal(by):
        raise Refused(sentence)
    require_place(by, cleared.programme)
    if cleared.recalled_at is not None:
        raise IllegalMove("The clearance of this text was recalled, so nothing in it can be decided.")
    if cleared.programme.state == "closed":
        raise IllegalMove("This programme is closed, so its tags can't be changed.")
    return cleared


def _open(suggestion: Suggestion, by: User) -> Suggestion:
    cleared = _enter(suggestion.passage.cleared_id, by)
    suggestion = Suggestion.objects.select_related("passage", "question", "run").get(pk=suggestion.pk)
    suggestion.passage.cleared = cleared
    if taken := _overlapping(suggestion.passage, suggestion.question):
        raise Moved(_already(taken))
    return suggestion


def _own(tag: Tag, by: User) -> Tag:
    cleared = _enter(tag.passage.cleared_id, by)
    fresh = Tag.objects.select_related("passage", "question", "decided_by").filter(pk=tag.pk).first()
    if fresh is None:
        raise Moved("This decision was withdrawn a moment ago. Reload the page and look again.")
    fresh.passage.cleared = cleared
    if sentence := change_refusal(by, fresh):
        raise Refused(sentence)
    return fresh


def _same_programme(cleared: ClearedTranscript, question: KeyQuestion) -> None:
    if question.programme_id != cleared.programme_id:
        raise Invalid("That question belongs to another programme. Choose one of this programme.")


def _overlapping(passage: Passage, question: KeyQuestion, verdict: str | None = None) -> Tag | None:
    """A decision on the same question about much the same words: the rule of `SuggestionQuerySet.open`."""
    tags = Tag.objects.select_related("passage", "question", "decided_by").filter(
        question=question, passage__cleared=passage.cleared_id, passage__turn_index=passage.turn_index
    )
    for tag in tags.filter(verdict=verdict) if verdict else tags:
        shared = min(tag.passage.end, passage.end) - max(tag.passage.start, passage.start)
        shorter = min(tag.passage.end - tag.passage.start, passage.end - passage.start)
        if shared > 0 and 2 * shared >= shorter:
            return tag
    return None


def _decide(
    suggestion: Suggestion,
    question: KeyQuestion,
    verdict: str,
    by: User,
    stance: str | None = None,
    basis: str | None = None,
    at: Any = None,
) -> Tag:
    verb = "tag-accepted" if verdict == ACCEPTED else "tag-rejected"
    return _write(
        suggestion.passage,
        question,
        verdict,
        by,
        stance or suggestion.stance,
        basis or suggestion.basis,
        origin=Origin.MACHINE,
        suggestion=suggestion,
        model=suggestion.run.model,
        at=at,
        verb=verb,
    )


def _write(
    passage: Passage,
    question: KeyQuestion,
    verdict: str,
    by: User,
    stance: str,
    basis: str,
    *,
    verb: str,
    at: Any = None,
    **origin: Any,
) -> Tag:
    taken = Tag.objects.select_related("question", "decided_by").filter(passage=passage, question=question).first()
    if taken:
        raise Moved(_already(taken))
    try:
        with transaction.atomic():
            tag = Tag.objects.create(
                passage=passage,
                question=question,
                verdict=verdict,
                stance=_known(Stance, stance),
                basis=_known(Basis, basis),
                decided_by=by,
                decided_at=at or now(),
                **origin,
            )
    except IntegrityError as race:
        raise Moved("Somebody else decided this a moment ago. Reload the page and look again.") from race
    _record(verb, tag, by, stance=stance, basis=basis)
    return tag


def _move(tag: Tag, question: KeyQuestion, by: User, marks: dict[str, str]) -> Tag:
    """Set a decided passage against another question. One that a suggestion stands behind is decided anew."""
    _same_programme(tag.passage.cleared, question)
    if tag.suggestion is not None:
        _remove(tag, by)
        return reassign(
            suggestion=tag.suggestion, question=question, by=by, stance=marks["stance"], basis=marks["basis"]
        )
    if taken := _overlapping(tag.passage, question):
        raise Moved(_already(taken))
    Tag.objects.filter(pk=tag.pk).update(question=question, **marks, decided_by=by, decided_at=now())
    fresh = Tag.objects.select_related("passage", "question").get(pk=tag.pk)
    _record("tag-changed", fresh, by, **marks)
    return fresh


def _remove(tag: Tag, by: User) -> None:
    """Delete a decision, and with it the other half of a re-assignment. Raises IllegalMove when a finding cites one."""
    halves = Q(pk=tag.pk)
    if tag.suggestion_id:
        halves |= Q(suggestion=tag.suggestion_id, decided_at=tag.decided_at, decided_by=tag.decided_by_id)
    for half in Tag.objects.filter(halves).select_related("passage", "question"):
        half.passage.cleared = tag.passage.cleared
        _not_cited(half, for_good=True)
        _record("tag-withdrawn", half, by)
        half.delete()


def _not_cited(tag: Tag, *, for_good: bool) -> None:
    """A cited tag may not vanish, nor change its stance or basis under an approved finding."""
    finding = tag.citations.select_related("finding").order_by("-finding__state").first()
    if finding is None:
        return
    if for_good:
        raise IllegalMove("A finding cites this passage. Take it out of the finding first.")
    if tag.citations.filter(finding__state="approved").exists():
        raise IllegalMove("An approved finding cites this passage. Return the finding to draft first.")


def _known(choices: Any, value: str) -> str:
    if value not in choices.values:
        raise Invalid(f"“{value}” is not one of {', '.join(choices.values)}.")
    return value


def _already(tag: Tag) -> str:
    done = "accepted" if tag.verdict == ACCEPTED else "rejected"
    return f"{tag.decided_by.name} already {done} this passage for {tag.question.code}. Reload the page and look again."


def _record(verb: str, tag: Tag, by: User, **more: Any) -> None:
    passage = tag.passage
    audit.record(
        passage.cleared.programme.chain,
        verb,
        tag,
        by=by,
        cleared=passage.cleared_id,
        passage=passage.pk,
        question=tag.question.code,
        suggestion=tag.suggestion_id,
        **more,
    )


def _end_of_line(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found
