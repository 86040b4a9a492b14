"""Setting up a programme, its team, and its way from draft to closed."""

import secrets
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import require
from accounts.roles import Permission
from research.models import Assignment, Programme
from research.permissions import HAND_MOVES, obstacle
from research.services.checks import day, lock, one_of, require_open, whole, words
from research.services.outward import neutral_of, require_neutral
from research.services.seats import offer
from research.states import PROGRAMME, ProgrammeState

# Addresses of pages that stand beside those of programmes.
RESERVED = {"new"}
TEXTS = {
    "title": ("The title", 160, True),
    "question": ("The investment question", 20_000, True),
    "subject": ("The subject company", 120, True),
    "codename": ("The code name", 40, False),
    "thesis": ("The thesis", 20_000, False),
    "bull_case": ("The bull case", 20_000, False),
    "bear_case": ("The bear case", 20_000, False),
}
# Words that tell nothing about a company or a fund, for programmes that were given no code name.
CODENAMES = (
    *("Alder", "Aspen", "Basalt", "Birch", "Bramble", "Cedar", "Clover", "Cobalt", "Coral", "Elder", "Fern", "Flint"),
    *(
        "Garnet",
        "Gorse",
        "Granite",
        "Hazel",
        "Heather",
        "Holly",
        "Indigo",
        "Ivory",
        "Jade",
        "Juniper",
        "Larch",
        "Laurel",
    ),
    *("Lichen", "Linden", "Maple", "Marble", "Moss", "Myrtle", "Olive", "Onyx", "Opal", "Pumice", "Quartz", "Rowan"),
    *("Saffron", "Sorrel", "Thistle", "Topaz", "Umber", "Walnut", "Willow", "Yarrow"),
)
DATES = {"launch_on": "The launch date", "delivery_on": "The delivery date"}
FLAGS = {
    "withhold_instead": "Whether an interview is withheld from a fund whose policy bars it",
    "current_employees": "Whether current employees of the subject company may be heard by exception",
}
NUMBERS = {"descriptor_k": ("The number of experts that a descriptor must fit", 1, 20)}


@transaction.atomic
def create_programme(
    *,
    by: User,
    title: str,
    question: str,
    subject: str,
    launch_on: date | str,
    delivery_on: date | str,
    slug: str = "",
    thesis: str = "",
    bull_case: str = "",
    bear_case: str = "",
    codename: str = "",
    withhold_instead: bool = False,
    current_employees: bool = False,
    descriptor_k: int = 3,
    synthetic: bool = False,
) -> Programme:
    """A new programme in draft, with `by` on its team. `slug`, its short name in addresses, can come from the title."""
    require(by, Permission.EDIT_PROGRAMME)
    given: dict[str, Any] = {"title": title, "question": question, "subject": subject, "launch_on": launch_on}
    given |= {"delivery_on": delivery_on, "thesis": thesis, "bull_case": bull_case, "bear_case": bear_case}
    given |= {"codename": codename, "descriptor_k": descriptor_k}
    given |= {"withhold_instead": withhold_instead, "current_employees": current_employees}
    fields = _checked(given)
    check_dates(fields["launch_on"], fields["delivery_on"])
    short = slugify(slug or fields["title"])[:50].strip("-")
    if not short or short in RESERVED:
        raise Invalid("The short name needs letters or digits and can't be “new”. Choose another.")
    if fields["codename"]:
        require_neutral(Programme(slug=short, **fields))
    else:
        fields["codename"] = secrets.choice(neutral_of(Programme(slug=short, **fields), CODENAMES))
    taken = f"The short name “{short}” is taken. Choose another."
    if Programme.objects.filter(slug=short).exists():
        raise Invalid(taken)
    try:
        with transaction.atomic():
            programme = Programme.objects.create(slug=short, synthetic=synthetic, **fields)
    except IntegrityError:
        raise Invalid(taken) from None
    Assignment.objects.create(programme=programme, user=by)
    audit.record(programme.chain, "programme-created", programme, by=by, slug=short)
    return programme


@transaction.atomic
def edit_programme(*, programme: Programme, by: User, **changes: Any) -> Programme:
    """Change the texts and dates named in `changes`; the title, question and subject may not become empty."""
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    require_open(row, "set-up")
    if unknown := set(changes) - set(TEXTS) - set(DATES) - set(FLAGS) - set(NUMBERS):
        raise Invalid(f"A programme has no field {', '.join(sorted(unknown))}.")
    fields = {name: value for name, value in _checked(changes).items() if getattr(row, name) != value}
    if not fields:
        return row
    for name, value in fields.items():
        setattr(row, name, value)
    check_dates(row.launch_on, row.delivery_on)
    if fields.keys() & {"codename", "title", "subject"}:
        require_neutral(row)
    row.save(update_fields=list(fields))
    audit.record(row.chain, "programme-edited", row, by=by, fields=sorted(fields))
    return row


def check_dates(launch_on: date, delivery_on: date) -> None:
    """Invalid unless the delivery comes after the launch."""
    if delivery_on <= launch_on:
        launch, delivery = (f"{d.day} {d:%B %Y}" for d in (launch_on, delivery_on))
        raise Invalid(
            f"The delivery date ({delivery}) must come after the launch date ({launch}). Choose a later delivery."
        )


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in given.items():
        if name in DATES:
            checked[name] = day(value, DATES[name])
        elif name in FLAGS:
            if not isinstance(value, bool):
                raise Invalid(f"{FLAGS[name]} must be true or false.")
            checked[name] = value
        elif name in NUMBERS:
            checked[name] = whole(value, *NUMBERS[name])
        else:
            label, longest, required = TEXTS[name]
            checked[name] = words(value, label, longest=longest, required=required)
    return checked


@transaction.atomic
def assign(*, programme: Programme, user: User, by: User) -> Assignment:
    """Put a person of the firm on the programme's team; assigning somebody twice changes nothing."""
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    require_open(row, "team")
    if not user.of_firm or not user.is_active:
        raise Invalid(f"{user.name} is not an active member of the firm and can't join the team.")
    assignment, created = Assignment.objects.get_or_create(programme=row, user=user)
    if created:
        audit.record(row.chain, "person-assigned", user, by=by, role=user.role)
    return assignment


@transaction.atomic
def unassign(*, programme: Programme, user: User, by: User) -> None:
    """Take a person off the team; from then on the programme does not exist for them."""
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    require_open(row, "team")
    if not Assignment.objects.filter(programme=row, user=user).delete()[0]:
        raise Invalid(f"{user.name} is not on the team of this programme.")
    audit.record(row.chain, "person-unassigned", user, by=by, role=user.role)


@transaction.atomic
def advance(*, programme: Programme, to: str, by: User) -> Programme:
    """Move a programme by hand to another state; the guards of research.permissions.obstacle say when that may be."""
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    one_of(to, ProgrammeState.values, "The state")
    if to not in HAND_MOVES:
        raise IllegalMove("A programme becomes delivered when its report is released. Release the report instead.")
    return _move(row, to, by)


@transaction.atomic
def deliver(*, programme: Programme, by: User) -> Programme:
    """Mark a programme as delivered; the release of its report calls this in its own transaction."""
    return _move(lock(programme, by, Permission.RELEASE), ProgrammeState.DELIVERED, by)


def _move(row: Programme, to: str, by: User) -> Programme:
    if sentence := obstacle(row, to):
        raise IllegalMove(sentence)
    old = row.state
    PROGRAMME.make(row, to)
    # A seat that came free while the programme took nobody goes to who waits.
    offer(row)
    audit.record(row.chain, "programme-moved", row, by=by, old=old, new=to)
    return row
