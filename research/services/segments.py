"""The classes of respondents and how many interviews each is to give."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError
from django.utils.text import slugify

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.roles import Permission
from research.models import Programme, Segment
from research.services.checks import lock, require_open, whole, words

LARGEST_QUOTA = 1000


@transaction.atomic
def add_segment(
    *, programme: Programme, by: User, title: str, quota: int, code: str = "", description: str = ""
) -> Segment:
    """A class of respondents with its quota of interviews, 1 to 1,000. The code comes from the title when empty."""
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    require_open(row, "segments")
    title = words(title, "The segment's title", longest=80, required=True)
    short = slugify(code or title)[:30].strip("-")
    if not short or short == "new":
        raise Invalid("The segment's code needs letters or digits and can't be “new”. Choose another.")
    if row.segments.filter(code=short).exists():
        raise Invalid(f"This programme has a segment “{short}” already. Choose another code.")
    order = (row.segments.aggregate(last=Max("order"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            segment = Segment.objects.create(
                programme=row,
                code=short,
                title=title,
                quota=whole(quota, "The quota", 1, LARGEST_QUOTA),
                description=words(description, "The description"),
                order=order,
            )
    except IntegrityError:
        raise Invalid(f"This programme has a segment “{short}” already. Choose another code.") from None
    audit.record(row.chain, "segment-added", segment, by=by, code=short, quota=segment.quota)
    return segment


@transaction.atomic
def edit_segment(*, segment: Segment, by: User, **changes: Any) -> Segment:
    """Change the title, description or quota of a segment."""
    programme = lock(segment.programme, by, Permission.EDIT_PROGRAMME)
    require_open(programme, "segments")
    row = Segment.objects.select_for_update().get(pk=segment.pk)
    if unknown := set(changes) - {"title", "description", "quota"}:
        raise Invalid(f"A segment has no field {', '.join(sorted(unknown))} that can be changed.")
    if "title" in changes:
        row.title = words(changes["title"], "The segment's title", longest=80, required=True)
    if "description" in changes:
        row.description = words(changes["description"], "The description")
    old = row.quota
    if "quota" in changes:
        row.quota = whole(changes["quota"], "The quota", 1, LARGEST_QUOTA)
    row.save(update_fields=["title", "description", "quota"])
    audit.record(programme.chain, "segment-edited", row, by=by, code=row.code, old_quota=old, quota=row.quota)
    return row


@transaction.atomic
def remove_segment(*, segment: Segment, by: User) -> None:
    """Remove a segment that has no interviews and that no locked question names."""
    programme = lock(segment.programme, by, Permission.EDIT_PROGRAMME)
    require_open(programme, "segments")
    row = Segment.objects.select_for_update().get(pk=segment.pk)
    if programme.questions_locked_at and row.questions.exists():
        raise IllegalMove("Locked key questions name this segment. Amend the questions first.")
    subject, code = f"segment:{row.pk}", row.code
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:
        raise IllegalMove("This segment has interviews, so it can't be removed.") from None
    audit.record(programme.chain, "segment-removed", subject, by=by, code=code)
