"""What is read of honoraria: the lines of a programme, sums by currency and state, what stands out, and the file.

A line names the call and how the expert is described, never who that is, and nothing of what was said or how it was tagged.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.sheet import csv_bytes
from interviews.honoraria import Paid, money, outliers
from interviews.models import Honorarium
from interviews.states import HonorariumState, InterviewState
from research.models import Programme

ENDED = (InterviewState.HELD, InterviewState.ENDED_EARLY, InterviewState.STOPPED)


@dataclass(frozen=True)
class Line:
    """What one call pays, as the payer's books have it."""

    call: str
    programme: str
    day: date | None
    segment: str
    expert: str
    interviewer: str
    outcome: str
    agreed_minutes: int
    minutes: int | None
    currency: str
    amount: Decimal | None
    state: str
    reckoning: str
    approved_by: str
    approved_on: date | None
    paid_on: date | None
    reference: str
    synthetic: bool
    number: int = field(metadata={"shown": False})
    stage: str = field(metadata={"shown": False})
    minor: int | None = field(metadata={"shown": False})
    expert_id: UUID = field(metadata={"shown": False})

    @property
    def money(self) -> str:
        """The amount as people write it, or nothing while it is not reckoned."""
        return "" if self.minor is None else money(self.minor, self.currency)


COLUMNS = tuple(name for name, one in Line.__dataclass_fields__.items() if one.metadata.get("shown", True))


def lines(
    user: Any, programme: Programme, *, state: str = "", currency: str = "", number: int | None = None
) -> list[Line]:
    """What the calls of a programme pay that this person may know of, by the number of the call; one query."""
    rows = Honorarium.objects.visible_to(user).filter(interview__programme=programme)
    if state:
        rows = rows.filter(state=state)
    if currency:
        rows = rows.filter(rule__currency=currency)
    if number is not None:
        rows = rows.filter(interview__number=number)
    around = ["rule", "interview__segment", "interview__interviewer", "interview__programme", "approved_by"]
    return [_line(row) for row in rows.select_related(*around).defer("interview__notes").order_by("interview__number")]


def _line(row: Honorarium) -> Line:
    call = row.interview
    zone = ZoneInfo(call.zone)
    return Line(
        call=call.label,
        programme=call.programme.title,
        day=call.starts_at.astimezone(zone).date() if call.starts_at else None,
        segment=call.segment.title,
        expert=call.descriptor,
        interviewer=call.interviewer.name,
        outcome=call.get_state_display(),
        agreed_minutes=row.agreed_minutes,
        minutes=row.minutes,
        currency=row.rule.currency,
        amount=None if row.amount is None else Decimal(row.amount) / 100,
        state=row.get_state_display(),
        reckoning=row.reckoning,
        approved_by=row.approved_by.name if row.approved_by else "",
        approved_on=row.approved_at.date() if row.approved_at else None,
        paid_on=row.paid_on,
        reference=row.reference,
        synthetic=call.programme.synthetic,
        number=call.number,
        stage=row.state,
        minor=row.amount,
        expert_id=call.expert_id,
    )


def csv(found: Iterable[Line]) -> bytes:
    """Lines as CSV, one column for each of COLUMNS; amounts have a point and two decimals."""
    return csv_bytes(COLUMNS, (asdict(line) | {"amount": _plain(line.amount)} for line in found))


def _plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"


@dataclass(frozen=True)
class Sum:
    """What the lines of one currency come to in each state; None and 0 are told apart by `counts`."""

    currency: str
    totals: dict[str, int]
    counts: dict[str, int]

    def shown(self) -> list[tuple[str, int, str]]:
        """State, how many calls, what they come to; agreed calls have no amount yet."""
        return [
            (
                str(state.label),
                self.counts[state],
                money(self.totals[state], self.currency) if self.totals[state] else "–",
            )
            for state in HonorariumState
            if self.counts[state]
        ]


def sums(found: Iterable[Line]) -> list[Sum]:
    """The sums of lines, by currency and state."""
    totals: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in found:
        totals[line.currency][line.stage] += line.minor or 0
        counts[line.currency][line.stage] += 1
    return [Sum(currency, totals[currency], counts[currency]) for currency in sorted(counts)]


def standing_out(found: Iterable[Line]) -> dict[int, list[str]]:
    """The calls that a payer should look at twice, by number, each with why. Void ones are left out."""
    return outliers(  # type: ignore[return-value]
        Paid(line.number, line.expert_id, line.currency, line.minor, line.minutes or 0, line.agreed_minutes)
        for line in found
        if line.minor and line.stage != HonorariumState.VOID
    )


@dataclass(frozen=True)
class Unagreed:
    """Calls for which nothing was agreed: those still booked, which can be mended, and those that are over."""

    booked: int
    ended: int


def unagreed(programme: Programme) -> Unagreed:
    """How many calls of a programme have no honorarium."""
    bare = programme.interviews.filter(honorarium__isnull=True)
    return Unagreed(
        bare.filter(state=InterviewState.BOOKED).count(),
        bare.filter(Q(state__in=ENDED)).count(),
    )
