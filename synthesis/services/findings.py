"""Findings: sentences whose numbers are counted, with evidence cited on both sides, signed by a second person."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid, now
from accounts.permissions import Refused, refusal, require
from accounts.roles import Permission
from interviews.models import ClearedTranscript
from research.models import Claim, Incident, KeyQuestion, Programme
from synthesis.models import Answer, Citation, Finding, Summary, Tag
from synthesis.report import figures
from synthesis.services import facts
from synthesis.services.access import require_place
from synthesis.states import FINDING, DraftState, Side, Stance, Verdict

OWN_WORK = "Your own work is in this, so another person has to approve it."
OPPOSITE = {Stance.BEAR: Stance.BULL, Stance.BULL: Stance.BEAR}
LONGEST = 600


@transaction.atomic
def write_finding(
    *,
    programme: Programme,
    question: KeyQuestion,
    sentence: str,
    by: User,
    claims: Iterable[Claim] = (),
    incidents: Iterable[Incident] = (),
) -> Finding:
    """Write a finding in draft. Figures are placeholders such as {Q1.customers.bear}; typed ones need a source.

    Raises Invalid for an unknown placeholder, for a typed figure that no linked register item says, and for a question
    or item of another programme.
    """
    _enter(programme, by, Permission.WRITE_FINDINGS)
    if question.programme_id != programme.pk:
        raise Invalid("That question belongs to another programme. Choose one of this programme.")
    last = programme.findings.filter(question=question).aggregate(last=Max("order"))["last"]
    fields = {"sentence": tidy(sentence), "order": (last or 0) + 1, "author": by, "hands": [str(by.pk)]}
    finding = Finding.objects.create(programme=programme, question=question, **fields)
    _link(finding, claims, incidents)
    _check_words(finding)
    audit.record(programme.chain, "finding-written", finding, by=by, question=question.code)
    return finding


@transaction.atomic
def edit_finding(
    *,
    finding: Finding,
    by: User,
    sentence: str | None = None,
    claims: Iterable[Claim] | None = None,
    incidents: Iterable[Incident] | None = None,
) -> Finding:
    """Change a finding's sentence or what it links to in the register; it returns to draft and loses its signature."""
    finding = _lock(finding, by)
    if sentence is not None:
        finding.sentence = tidy(sentence)
    _back_to_draft(finding, by, sentence=finding.sentence)
    _link(finding, claims, incidents)
    _check_words(finding)
    audit.record(finding.programme.chain, "finding-edited", finding, by=by)
    return finding


@transaction.atomic
def cite(*, finding: Finding, tag: Tag, side: str, by: User) -> Citation:
    """Put an accepted passage beside a finding, on the side that supports or the side that contradicts it.

    Citing the same passage again moves it to the side named. The finding returns to draft.
    """
    finding = _lock(finding, by)
    if side not in Side.values:
        raise Invalid("A passage either supports or contradicts a finding. Choose one of the two.")
    tag = Tag.objects.select_related("passage__cleared", "question").get(pk=tag.pk)
    if tag.passage.cleared.programme_id != finding.programme_id:
        raise Invalid("That passage belongs to another programme. Only passages of this programme can be cited.")
    if sentence := unusable(tag):
        raise Invalid(sentence)
    _back_to_draft(finding, by)
    last = finding.citations.filter(side=side).aggregate(last=Max("order"))["last"]
    citation, _ = Citation.objects.update_or_create(
        finding=finding, tag=tag, defaults={"side": side, "order": (last or 0) + 1}
    )
    audit.record(finding.programme.chain, "passage-cited", finding, by=by, tag=tag.pk, side=side)
    return citation


@transaction.atomic
def uncite(*, finding: Finding, tag: Tag, by: User) -> None:
    """Take a passage away from a finding, which returns to draft."""
    finding = _lock(finding, by)
    _back_to_draft(finding, by)
    if finding.citations.filter(tag=tag).delete()[0]:
        audit.record(finding.programme.chain, "passage-uncited", finding, by=by, tag=tag.pk)


@transaction.atomic
def approve_finding(*, finding: Finding, by: User) -> Finding:
    """Sign a finding as its second person. Raises Refused for its author, Invalid when evidence is missing."""
    finding = _lock(finding, by, Permission.APPROVE_FINDINGS)
    require_other_hands(by, finding)
    full = facts.with_evidence(Finding.objects.filter(pk=finding.pk)).get()
    missing = obstacles([full], facts.frame(finding.programme))[finding.pk]
    if missing:
        raise Invalid(" ".join(missing))
    FINDING.make(finding, DraftState.APPROVED, approved_by=by, approved_at=now())
    audit.record(finding.programme.chain, "finding-approved", finding, by=by)
    return finding


@transaction.atomic
def move_finding(*, finding: Finding, by: User, down: bool) -> None:
    """Change places with the finding above or below it under its question. The signature stays: no word changed."""
    finding = _lock(finding, by)
    rows = list(Finding.objects.filter(programme=finding.programme_id, question=finding.question_id))
    at = next(i for i, row in enumerate(rows) if row.pk == finding.pk)
    to = at + 1 if down else at - 1
    if not 0 <= to < len(rows):
        raise Invalid(f"This finding is already the {'last' if down else 'first'} of its question.")
    rows.insert(to, rows.pop(at))
    for order, row in enumerate(rows, 1):
        Finding.objects.filter(pk=row.pk).update(order=order)
    audit.record(finding.programme.chain, "finding-moved", finding, by=by, order=to + 1)


@transaction.atomic
def discard_finding(*, finding: Finding, by: User) -> None:
    """Throw a draft away. An approved finding is edited first, so that nobody's signature vanishes in passing."""
    finding = _lock(finding, by)
    if finding.state != DraftState.DRAFT:
        raise Invalid("This finding is approved. Edit it first, which takes the signature away; then it can go.")
    audit.record(finding.programme.chain, "finding-discarded", finding, by=by, question=finding.question.code)
    finding.delete()


@transaction.atomic
def write_answer(*, programme: Programme, text: str, by: User) -> Answer:
    """Write or change the report's opening: a few sentences whose numbers are placeholders. It returns to draft."""
    programme = _enter(programme, by, Permission.WRITE_FINDINGS)
    answer = Answer.objects.filter(programme=programme).first() or Answer(programme=programme, author=by)
    answer.text = "\n".join(tidy(line) for line in text.splitlines() if line.strip())
    if not answer.text:
        raise Invalid("The answer has no words. Write two or three sentences.")
    answer.state, answer.written_at, answer.hands = DraftState.DRAFT, now(), with_hand(answer, by)
    answer.approved_by = answer.approved_at = None
    if wrong := answer_problems(answer, facts.frame(programme)):
        raise Invalid(" ".join(wrong))
    answer.save()
    audit.record(programme.chain, "answer-written", answer, by=by)
    return answer


@transaction.atomic
def approve_answer(*, programme: Programme, by: User) -> Answer:
    """Sign the report's opening as its second person."""
    programme = _enter(programme, by, Permission.APPROVE_FINDINGS)
    answer = Answer.objects.select_for_update().filter(programme=programme).first()
    if answer is None:
        raise Invalid("There is no answer to approve yet. Write it first.")
    require_other_hands(by, answer)
    if wrong := answer_problems(answer, facts.frame(programme)):
        raise Invalid(" ".join(wrong))
    FINDING.make(answer, DraftState.APPROVED, approved_by=by, approved_at=now())
    audit.record(programme.chain, "answer-approved", answer, by=by)
    return answer


def unusable(tag: Tag) -> str | None:
    """None when a tag may be cited, else the sentence that says why not."""
    if tag.verdict != Verdict.ACCEPTED:
        return "Only accepted passages can be cited. Accept this passage in review first."
    if tag.passage.cleared.recalled_at is not None:
        return "The clearance of that transcript was recalled, so nothing in it can be cited."
    return None


def obstacles(findings: Iterable[Finding], frame: dict[str, Any]) -> dict[Any, list[str]]:
    """For each finding, the sentences that stand between it and an approval; an empty list means that it can be signed.

    `findings` come from `facts.with_evidence`, `frame` from `facts.frame`.
    """
    rows = list(findings)
    said = Tag.objects.accepted().filter(question__in={row.question_id for row in rows})
    poles = set(said.values_list("question", "stance").order_by().distinct())
    return {row.pk: _missing(row, frame, poles) for row in rows}


def approval_refusal(item: Finding | Answer | Summary, by: User) -> str | None:
    """Why this person may not sign this item, or None."""
    own = item.author_id == by.pk or str(by.pk) in item.hands
    return refusal(by, Permission.APPROVE_FINDINGS) or (OWN_WORK if own else None)


def with_hand(item: Finding | Answer | Summary, by: User) -> list[str]:
    """Everybody whose work is in an item, once this person has changed it too."""
    return list(dict.fromkeys([*item.hands, str(by.pk)]))


def require_other_hands(by: User, item: Finding | Answer | Summary) -> None:
    """Raise Refused when this person wrote or changed the item: nobody signs their own work, not even a part of it."""
    if sentence := approval_refusal(item, by):
        raise Refused(sentence)


def answer_problems(answer: Answer, frame: dict[str, Any]) -> list[str]:
    """Sentences about figures of the answer that can't be counted or were typed by hand."""
    pseudo = {"id": "answer", "sentence": answer.text, "supporting": [], "contradicting": [], "register": []}
    return word_problems(pseudo, frame)


def word_problems(row: dict[str, Any], frame: dict[str, Any]) -> list[str]:
    """Sentences about a finding's figures: placeholders that name nothing, and numbers that nothing it cites says."""
    snapshot = {**frame, "findings": [row]}
    try:
        figures.render(row["sentence"], snapshot)
    except figures.UnknownFigure as unknown:
        return [str(unknown)]
    typed = figures.typed_numbers(row["sentence"], figures.allowed_texts(row, snapshot))
    return [
        f"“{number}” was typed by hand and nothing cited here says it. Write a placeholder such as "
        "{Q1.bear}, or first cite the passage or register item that says it."
        for number in dict.fromkeys(typed)
    ]


def tidy(sentence: str) -> str:
    """A sentence on one line, without spaces at its ends. Raises Invalid when nothing is left, or far too much."""
    text = " ".join(sentence.split())
    if not text:
        raise Invalid("The sentence has no words. Write what the evidence shows.")
    if len(text) > LONGEST:
        raise Invalid(f"A finding is one sentence; this has {len(text)} characters. Keep it under {LONGEST}.")
    return text


def _missing(finding: Finding, frame: dict[str, Any], poles: set[tuple[Any, str]]) -> list[str]:
    citations = list(finding.citations.all())
    supporting = [c.tag for c in citations if c.side == Side.SUPPORTS]
    found = [] if supporting else ["Cite at least one passage that supports this finding."]
    if any(unusable(c.tag) for c in citations):
        found.append("A cited passage is no longer accepted evidence. Take it away or accept it again.")
    try:
        row = facts.finding_row(finding, "this", frame)
    except figures.UnknownFigure as unknown:
        return [*found, str(unknown)]
    found += word_problems(row, frame)
    if len(supporting) == len(citations) and (other := _other_side(finding, supporting, poles)):
        found.append(other)
    return found


def _other_side(finding: Finding, supporting: list[Tag], said: set[tuple[Any, str]]) -> str | None:
    """The sentence that asks for a contradicting passage, when accepted passages on the question point the other way."""
    poles = {tag.stance for tag in supporting} & set(OPPOSITE)
    if len(poles) != 1:
        return None
    other = OPPOSITE[Stance(poles.pop())]
    if (finding.question_id, other) not in said:
        return None
    return (
        f"Accepted passages on {finding.question.code} point the other way ({other.label.lower()}). "
        "Cite at least one as contradicting."
    )


def _enter(programme: Programme, by: User, permission: Permission) -> Programme:
    """Lock and re-read the programme, and ask whether this person may do this in it."""
    require(by, permission)
    require_place(by, programme)
    return Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)


def _lock(finding: Finding, by: User, permission: Permission = Permission.WRITE_FINDINGS) -> Finding:
    finding = Finding.objects.select_for_update().select_related("programme", "question", "author").get(pk=finding.pk)
    _enter(finding.programme, by, permission)
    return finding


def _back_to_draft(finding: Finding, by: User, **fields: Any) -> None:
    hands = with_hand(finding, by)
    FINDING.make(finding, DraftState.DRAFT, approved_by=None, approved_at=None, hands=hands, written_at=now(), **fields)


def _link(finding: Finding, claims: Iterable[Claim] | None, incidents: Iterable[Incident] | None) -> None:
    given: dict[str, Iterable[Claim | Incident] | None] = {"claims": claims, "incidents": incidents}
    for field, items in given.items():
        if items is None:
            continue
        chosen = list(items)
        if any(item.programme_id != finding.programme_id for item in chosen):
            raise Invalid("That item belongs to another programme's register. Choose from this programme's register.")
        getattr(finding, field).set(chosen)


def _check_words(finding: Finding) -> None:
    frame = facts.frame(finding.programme)
    fresh = facts.with_evidence(Finding.objects.filter(pk=finding.pk)).get()
    try:
        wrong = word_problems(facts.finding_row(fresh, "this", frame), frame)
    except figures.UnknownFigure as unknown:
        wrong = [str(unknown)]
    if wrong:
        raise Invalid(" ".join(wrong))


@transaction.atomic
def suspend_built_on(cleared: ClearedTranscript) -> int:
    """Return every approved finding that cites a text to draft, as its clearance was recalled; the number returned."""
    cited = Finding.objects.select_for_update().select_related("programme")
    rows = list(cited.filter(pk__in=Citation.objects.filter(tag__passage__cleared=cleared).values("finding")))
    approved = [row for row in rows if row.state == DraftState.APPROVED]
    for finding in approved:
        FINDING.make(finding, DraftState.DRAFT, approved_by=None, approved_at=None)
        audit.record(finding.programme.chain, "finding-suspended", finding, by=None, cleared=cleared.pk)
    return len(approved)
