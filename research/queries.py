"""What the pages and endpoints read: one bounded set of queries each, never a rule of its own about who may see what."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts import anchors
from accounts.anchors import Anchor
from accounts.audit import HOUSE
from accounts.models import AuditChain, AuditEvent, User
from research.models import (
    Claim,
    Disagreement,
    Fund,
    FundPolicy,
    Incident,
    KeyQuestion,
    Participation,
    Programme,
    Seat,
    Segment,
    Source,
    Statement,
)
from research.models.register import ASPECTS, Aspect
from research.models.seats import may_name_funds
from research.states import SeatState


def programme_rows(user: Any) -> QuerySet[Programme]:
    """The programmes that this person sees, each with `question_count`, `planned` calls, `cap` and `live` seats."""

    def of_each(rows: QuerySet, value: Any) -> Coalesce:
        grouped = rows.filter(programme=OuterRef("pk")).order_by().values("programme").annotate(value=value)
        return Coalesce(Subquery(grouped.values("value"), output_field=IntegerField()), 0)

    return Programme.objects.visible_to(user).annotate(
        question_count=of_each(KeyQuestion.objects.all(), Count("pk")),
        planned=of_each(Segment.objects.all(), Sum("quota")),
        cap=of_each(Seat.objects.all(), Count("pk")),
        live=of_each(Seat.objects.live(), Count("pk")),
    )


# The register -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """What one source says about one aspect; `statement` is None when it says nothing."""

    source: Source
    statement: Statement | None


@dataclass(frozen=True)
class Line:
    """One aspect of an entry, with each source's account side by side.

    `mark` is "differ" when a disagreement is registered about it, "vary" when the texts are not alike and nobody has
    said yet whether they differ, "single" when one source alone speaks, "silent" when none does, else "alike".
    """

    aspect: str
    accounts: tuple[Account, ...]
    dispute: Disagreement | None = None

    @property
    def label(self) -> str:
        return Aspect(self.aspect).label

    @property
    def said(self) -> list[Account]:
        return [account for account in self.accounts if account.statement]

    @property
    def mark(self) -> str:
        if self.dispute:
            return "differ"
        said = [account.statement.text.casefold().rstrip(". ") for account in self.said if account.statement]
        if not said:
            return "silent"
        if len(said) == 1:
            return "single" if len(self.accounts) > 1 else "alike"
        return "alike" if len(set(said)) == 1 else "vary"


@dataclass(frozen=True)
class Entry:
    """An incident, a claim or a disagreement, with its lines in a fixed order."""

    thing: Incident | Claim | Disagreement
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Register:
    sources: list[Source]
    incidents: list[Entry]
    claims: list[Entry]
    disagreements: list[Entry]

    @property
    def empty(self) -> bool:
        return not (self.sources or self.incidents or self.claims or self.disagreements)


def register(programme: Programme) -> Register:
    """The whole register of a programme in seven queries, whatever its size."""
    sources = list(programme.sources.all())
    disputes = list(programme.disagreements.prefetch_related("statements"))
    return Register(
        sources=sources,
        incidents=[_entry(row, sources, disputes) for row in programme.incidents.prefetch_related("statements")],
        claims=[_entry(row, sources, disputes) for row in programme.claims.prefetch_related("statements")],
        disagreements=[_entry(row, sources, []) for row in disputes],
    )


def _entry(thing: Incident | Claim | Disagreement, sources: list[Source], disputes: Iterable[Disagreement]) -> Entry:
    said = {(row.source_id, row.aspect): row for row in thing.statements.all()}
    about = {row.aspect: row for row in disputes if thing.pk in (row.incident_id, row.claim_id)}
    return Entry(
        thing,
        tuple(
            Line(
                aspect,
                tuple(Account(source, said.get((source.pk, aspect))) for source in sources),
                about.get(aspect),
            )
            for aspect in ASPECTS[thing._meta.model_name or ""]
        ),
    )


# Seats and funds ----------------------------------------------------------------------------------------------------


def newest_policies(fund_ids: Iterable[Any]) -> dict[Any, FundPolicy]:
    """The policy in force of each fund, without its contents: they are the fund's own."""
    rows = FundPolicy.objects.filter(fund__in=list(fund_ids)).order_by("version").defer("cooling_off", "restricted")
    return {row.fund_id: row for row in rows}


def fund_rows(user: Any) -> QuerySet[Fund]:
    """The funds that this person sees, each with the number of its `people` and of its `live` seats."""

    def of_each(rows: QuerySet) -> Coalesce:
        grouped = rows.filter(fund=OuterRef("pk")).order_by().values("fund").annotate(value=Count("pk"))
        return Coalesce(Subquery(grouped.values("value"), output_field=IntegerField()), 0)

    members = Fund._meta.get_field("members").related_model._default_manager.filter(left_at__isnull=True)
    return Fund.objects.visible_to(user).annotate(
        people=of_each(members), live=of_each(Seat.objects.exclude(state=SeatState.FREE))
    )


# The audit ----------------------------------------------------------------------------------------------------------


FIRM_OR_SYSTEM = "none"
"""Stands, in a filter of who acted, for all whom the reader is not told by name."""


def audit_events(
    chain: str,
    *,
    verb: str = "",
    actor: str = "",
    subject: str = "",
    first: Any = None,
    last: Any = None,
    named: Any = (),
) -> QuerySet:
    """The events of one chain, newest first, narrowed to a verb, a person, words of the subject or days (ends included).

    `actor` is an id of `named`, or FIRM_OR_SYSTEM for all that are not in it.
    """
    rows = AuditEvent.objects.filter(chain=chain).order_by("-seq")
    if actor == FIRM_OR_SYSTEM:
        rows = rows.filter(Q(actor__isnull=True) | ~Q(actor__in=list(named)))
    elif actor:
        rows = rows.filter(actor=actor)
    given = {"verb": verb, "subject__icontains": subject, "at__date__gte": first, "at__date__lte": last}
    return rows.filter(**{name: value for name, value in given.items() if value})


def audit_verbs(chain: str) -> list[str]:
    """The verbs that occur in a chain."""
    return list(AuditEvent.objects.filter(chain=chain).order_by("verb").values_list("verb", flat=True).distinct())


def audit_actors(chain: str, user: Any) -> dict[Any, str]:
    """Who acted in a chain, by id. A fund's people are named only to who may name funds."""
    ids = AuditEvent.objects.filter(chain=chain, actor__isnull=False).order_by().values("actor").distinct()
    names = may_name_funds(user)
    people = User.objects.filter(pk__in=ids).order_by("name")
    return {person.pk: person.name if names or person.of_firm else "Someone of a fund" for person in people}


def fund_actors(fund_id: Any) -> dict[Any, str]:
    """A fund's own people by id, those included who have left; on the fund's own chain everybody else is the firm."""
    people = User.objects.filter(membership__fund=fund_id).order_by("name")
    return {person.pk: person.name for person in people}


@dataclass(frozen=True)
class ChainRow:
    """A chain in the list of chains: what it is the record of, its head, its newest event and newest anchor."""

    label: str
    head: AuditChain
    last_at: Any
    anchor: Anchor | None
    programme: Programme | None = None


def chain_rows(user: Any) -> list[ChainRow]:
    """The house's chain and those of the programmes in sight; all others, the funds' own among them, for who may name funds."""
    newest = AuditEvent.objects.filter(chain=OuterRef("name"), seq=OuterRef("length")).values("at")
    heads = AuditChain.objects.annotate(last_at=Subquery(newest)).order_by("name")
    programmes = {programme.chain: programme for programme in Programme.objects.visible_to(user)}
    parts = Participation.objects.visible_to(user).select_related("programme", "fund")
    labels = {HOUSE: "The house"} | {name: programme.title for name, programme in programmes.items()}
    labels |= {part.chain: f"{part.fund.name} in {part.programme.title}" for part in parts}
    if not may_name_funds(user):
        heads = heads.filter(name__in=labels)
    rows = [
        ChainRow(
            labels.get(head.name, head.name), head, head.last_at, newest_anchor(head.name), programmes.get(head.name)
        )
        for head in heads
    ]
    return sorted(rows, key=lambda row: (row.head.name != HOUSE, row.head.name not in programmes, row.label))


def newest_anchor(chain: str) -> Anchor | None:
    """The newest head of a chain that is kept outside the database."""
    return next(reversed(anchors.of(chain)), None)
