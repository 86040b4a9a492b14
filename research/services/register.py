"""The register of what is publicly said, by whom, how sure, and where sources differ. It picks no side."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Max

from accounts import audit
from accounts.jobs import fingerprint
from accounts.models import User
from accounts.moves import Invalid
from accounts.roles import Permission
from research.models import Claim, Disagreement, Incident, Programme, Source, Statement
from research.models.register import ASPECTS, Standing
from research.services.checks import day, lock, one_of, words

LONGEST_OUTAGE = 24 * 365


@transaction.atomic
def add_source(
    *, programme: Programme, by: User, code: str, title: str, publisher: str = "", published: str = "", note: str = ""
) -> Source:
    """A public document, under a short code such as A."""
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    code = words(code, "The source's code", longest=8, required=True)
    fields = {
        "title": words(title, "The source's title", longest=200, required=True),
        "publisher": words(publisher, "The publisher", longest=120),
        "published": words(published, "The date of publication", longest=40),
        "note": words(note, "The note"),
    }
    try:
        with transaction.atomic():
            source = Source.objects.create(programme=row, code=code, **fields)
    except IntegrityError:
        raise Invalid(f"The register has a source {code} already. Choose another code.") from None
    audit.record(row.chain, "source-added", source, by=by, code=code)
    return source


@transaction.atomic
def add_incident(
    *,
    programme: Programme,
    by: User,
    title: str,
    when: str,
    date_from: date | str,
    date_to: date | str,
    hours: Decimal | float | str | None = None,
) -> Incident:
    """Something that happened. `when` is as precise as the sources; the two dates are the days they leave open.

    `hours` is for drawing only; what each source says about the length is a statement.
    """
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    first, last = day(date_from, "The first day"), day(date_to, "The last day")
    if last < first:
        raise Invalid("The last day of the incident must not be before its first day.")
    incident = Incident.objects.create(
        programme=row,
        title=words(title, "The incident's title", required=True),
        when=words(when, "When it was", longest=40, required=True),
        date_from=first,
        date_to=last,
        hours=_hours(hours),
        order=_next(row.incidents),
    )
    audit.record(row.chain, "incident-added", incident, by=by)
    return incident


@transaction.atomic
def add_claim(*, programme: Programme, by: User, title: str) -> Claim:
    """Something that is publicly said; what each source says of it follows as statements."""
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    title = words(title, "The claim", required=True)
    claim = Claim.objects.create(programme=row, title=title, order=_next(row.claims))
    audit.record(row.chain, "claim-added", claim, by=by)
    return claim


@transaction.atomic
def add_disagreement(
    *,
    programme: Programme,
    by: User,
    title: str,
    about: Incident | Claim | None = None,
    aspect: str = "",
) -> Disagreement:
    """A point on which the sources differ. With `about` and `aspect` that cell of the register is marked with it."""
    row = lock(programme, by, Permission.EDIT_PROGRAMME)
    if about is not None:
        if about.programme_id != row.pk:
            raise Invalid("A disagreement can be about an incident or claim of its own programme only.")
        aspect = one_of(aspect, ASPECTS[about._meta.model_name or ""], "What the sources differ about")
    disagreement = Disagreement.objects.create(
        programme=row,
        title=words(title, "The disagreement", required=True),
        incident=about if isinstance(about, Incident) else None,
        claim=about if isinstance(about, Claim) else None,
        aspect=aspect if about is not None else "",
        order=_next(row.disagreements),
    )
    audit.record(row.chain, "disagreement-added", disagreement, by=by)
    return disagreement


@transaction.atomic
def add_statement(
    *,
    source: Source,
    about: Incident | Claim | Disagreement,
    text: str,
    by: User,
    aspect: str = "",
    standing: str = Standing.REPORTED,
) -> Statement:
    """What one source says about one aspect of an incident, a claim or a disagreement, and how sure that is."""
    row = lock(about.programme, by, Permission.EDIT_PROGRAMME)
    if source.programme_id != row.pk:
        raise Invalid("The source belongs to another programme's register.")
    kind = about._meta.model_name or ""
    lawful = ASPECTS[kind]
    fields: dict[str, Any] = {
        "source": source,
        kind: about,
        "aspect": one_of(aspect or lawful[0], lawful, "The aspect"),
        "text": words(text, "The statement", required=True),
        "standing": one_of(standing, Standing.values, "The standing"),
    }
    try:
        with transaction.atomic():
            statement = Statement.objects.create(**fields)
    except IntegrityError:
        raise Invalid(f"Source {source.code} has a statement about this already. Correct that one instead.") from None
    audit.record(row.chain, "statement-added", statement, by=by, about=f"{kind}:{about.pk}", source=source.code)
    return statement


@transaction.atomic
def correct_statement(*, statement: Statement, by: User, text: str, standing: str) -> Statement:
    """Correct what a source is said to say; the audit keeps the fingerprint of the text before and after."""
    row = lock(statement.source.programme, by, Permission.EDIT_PROGRAMME)
    fresh = Statement.objects.select_for_update().get(pk=statement.pk)
    before = fingerprint(fresh.text, fresh.standing)
    fresh.text = words(text, "The statement", required=True)
    fresh.standing = one_of(standing, Standing.values, "The standing")
    after = fingerprint(fresh.text, fresh.standing)
    if after == before:
        raise Invalid("Nothing was changed.")
    fresh.save(update_fields=["text", "standing"])
    audit.record(row.chain, "statement-corrected", fresh, by=by, old=before, new=after)
    return fresh


def _hours(value: Decimal | float | str | None) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        hours = Decimal(str(value))
    except InvalidOperation:
        raise Invalid("The hours must be a number such as 6 or 1.5.") from None
    if not hours.is_finite() or not 0 < hours <= LONGEST_OUTAGE:
        raise Invalid(f"The hours must be more than 0 and at most {LONGEST_OUTAGE:,}.")
    return hours.quantize(Decimal("0.1"))


def _next(rows: models.Manager) -> int:
    return (rows.aggregate(last=Max("order"))["last"] or 0) + 1
