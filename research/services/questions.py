"""Key questions: written and edited before the lock, amended with a date and a reason after it."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.roles import Permission
from research.models import Amendment, KeyQuestion, Programme, Segment
from research.permissions import lock_obstacle
from research.services.checks import lock, require_open, word_list, words
from research.signals import questions_amended

TEXTS = {
    "title": ("The question's title", 120, True),
    "text": ("The key question", 20_000, True),
    "definition": ("The definition", 20_000, False),
    "bear_signpost": ("The bear signpost", 20_000, False),
    "bull_signpost": ("The bull signpost", 20_000, False),
    "respondents": ("Who can answer", 20_000, False),
}
FIELDS = [*TEXTS, "terms", "segments"]
# Addresses of pages that stand beside those of questions.
RESERVED = {"new", "lock"}
LOCKED = "The key questions are locked. Amend the question instead, with a reason."


@transaction.atomic
def add_question(
    *,
    programme: Programme,
    by: User,
    title: str,
    text: str,
    code: str = "",
    definition: str = "",
    bear_signpost: str = "",
    bull_signpost: str = "",
    respondents: str = "",
    terms: list[str] | str = "",
    segments: list[Segment] | None = None,
) -> KeyQuestion:
    """A numbered key question; the code is the next free "Q" number when empty. Only before the lock."""
    row = _unlocked(programme, by)
    code = words(code, "The code", longest=8) or _next_code(row)
    if not code.isalnum() or code.lower() in RESERVED:
        raise Invalid("The code is made of letters and digits, such as Q1, and is not a word of the pages' addresses.")
    given: dict[str, Any] = {"title": title, "text": text, "definition": definition, "bear_signpost": bear_signpost}
    given |= {"bull_signpost": bull_signpost, "respondents": respondents, "terms": terms, "segments": segments or []}
    fields = _checked(row, given)
    named = fields.pop("segments")
    taken = f"This programme has a question {code} already. Choose another code."
    if row.questions.filter(code=code).exists():
        raise Invalid(taken)
    order = (row.questions.aggregate(last=Max("order"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            question = KeyQuestion.objects.create(programme=row, code=code, order=order, **fields)
    except IntegrityError:
        raise Invalid(taken) from None
    question.segments.set(named)
    audit.record(row.chain, "question-added", question, by=by, code=code)
    return question


@transaction.atomic
def edit_question(*, question: KeyQuestion, by: User, **changes: Any) -> KeyQuestion:
    """Change the fields named in `changes`; only before the lock."""
    programme = _unlocked(question.programme, by)
    row = KeyQuestion.objects.select_for_update().get(pk=question.pk)
    if fields := _apply(row, programme, changes):
        audit.record(programme.chain, "question-edited", row, by=by, code=row.code, fields=sorted(fields))
    return row


@transaction.atomic
def remove_question(*, question: KeyQuestion, by: User) -> None:
    """Remove a question; only before the lock."""
    programme = _unlocked(question.programme, by)
    subject, code = f"keyquestion:{question.pk}", question.code
    try:
        with transaction.atomic():
            KeyQuestion.objects.filter(pk=question.pk, programme=programme).delete()
    except ProtectedError:
        raise IllegalMove("Tags or findings hang on this question, so it can't be removed.") from None
    audit.record(programme.chain, "question-removed", subject, by=by, code=code)


@transaction.atomic
def lock_questions(*, programme: Programme, by: User) -> Programme:
    """Lock the key questions; from now on they change only by dated amendment."""
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    if sentence := lock_obstacle(row):
        raise IllegalMove(sentence)
    row.questions_locked_at = now()
    row.save(update_fields=["questions_locked_at"])
    codes = list(row.questions.values_list("code", flat=True))
    audit.record(row.chain, "questions-locked", row, by=by, codes=codes)
    return row


@transaction.atomic
def amend_question(*, question: KeyQuestion, by: User, reason: str, **changes: Any) -> list[Amendment]:
    """Change a locked question, with a reason; one Amendment a changed field. Sends questions_amended after commit."""
    programme = lock(question.programme, by, Permission.EDIT_PROGRAMME)
    require_open(programme, "key questions")
    if programme.questions_locked_at is None:
        raise IllegalMove("The key questions are not locked yet. Edit the question; an amendment is for later changes.")
    reason = words(reason, "The reason of the amendment", required=True)
    row = KeyQuestion.objects.select_for_update().get(pk=question.pk)
    before = {name: shown(row, name) for name in FIELDS}
    fields = _apply(row, programme, changes)
    if not fields:
        raise Invalid("Nothing was changed, so there is nothing to amend.")
    stamp = now()
    amendments = Amendment.objects.bulk_create(
        Amendment(question=row, at=stamp, by=by, field=name, old=before[name], new=shown(row, name), reason=reason)
        for name in fields
    )
    audit.record(programme.chain, "question-amended", row, by=by, code=row.code, fields=sorted(fields))
    transaction.on_commit(lambda: questions_amended.send_robust(sender=Programme, programme_id=programme.pk))
    return amendments


def shown(question: KeyQuestion, name: str) -> str:
    """One field as the text that an amendment keeps."""
    if name == "segments":
        return ", ".join(question.segments.values_list("title", flat=True))
    value = getattr(question, name)
    return ", ".join(value) if isinstance(value, list) else value


def _unlocked(programme: Programme, by: User) -> Programme:
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    require_open(row, "key questions")
    if row.questions_locked_at:
        raise IllegalMove(LOCKED)
    return row


def _next_code(programme: Programme) -> str:
    taken = set(programme.questions.values_list("code", flat=True))
    return next(code for n in range(1, len(taken) + 2) if (code := f"Q{n}") not in taken)


def _apply(row: KeyQuestion, programme: Programme, changes: dict[str, Any]) -> list[str]:
    """Write what differs; the names of the fields that were written."""
    fields = _checked(programme, changes)
    named = fields.pop("segments", None)
    written = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in written:
        setattr(row, name, fields[name])
    if written:
        row.save(update_fields=written)
    if named is not None and {s.pk for s in named} != set(row.segments.values_list("pk", flat=True)):
        row.segments.set(named)
        written.append("segments")
    return written


def _checked(programme: Programme, given: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(given) - set(FIELDS):
        raise Invalid(f"A key question has no field {', '.join(sorted(unknown))} that can be changed.")
    checked: dict[str, Any] = {}
    for name, value in given.items():
        if name == "terms":
            checked[name] = word_list(value, "The terms", most=60, longest=80)
        elif name == "segments":
            if any(segment.programme_id != programme.pk for segment in value):
                raise Invalid("A key question can name only segments of its own programme.")
            checked[name] = list(value)
        else:
            label, longest, required = TEXTS[name]
            checked[name] = words(value, label, longest=longest, required=required)
    return checked
