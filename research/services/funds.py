"""Funds and the vehicles they invest through.

A management company counts once: two funds never have one domain, none is called what another or its vehicle is called,
and a name that is only near another's is warned of. The names are compared after the event is written, when the head of
the house's chain is locked: of two additions at once the second sees the first.
"""

from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid
from accounts.permissions import Refused, allowed, require
from accounts.roles import Permission
from research.likeness import DOMAIN, near, normal, same_domain
from research.models import Fund, Vehicle
from research.services.checks import words


class LikelyDuplicate(Invalid):
    """The name is near that of `funds`; say that one is sure, or add the name to one of them as a vehicle."""

    def __init__(self, name: str, funds: list[Fund]) -> None:
        self.funds = funds
        listed = " and ".join(fund.name for fund in funds)
        super().__init__(
            f"{name} may be the same company as {listed}, and a company counts once. Add it as a vehicle of that fund, "
            "or confirm that it is another company."
        )


@transaction.atomic
def add_fund(*, name: str, by: User, domain: str = "", sure: bool = False) -> Fund:
    """A fund that may take seats. `domain` is that of its people's e-mail addresses.

    Raises Invalid when the company is here already, LikelyDuplicate when it may be and `sure` is not said.
    """
    require(by, Permission.MANAGE_SEATS)
    fund = Fund(name=_name(name), domain=_domain(domain))
    _save(fund)
    audit.record(audit.HOUSE, "fund-added", fund, by=by)
    _counts_once(fund, sure)
    return fund


@transaction.atomic
def rename_fund(*, fund: Fund, name: str, by: User, domain: str | None = None, sure: bool = False) -> Fund:
    """Give a fund another name or domain. It stays the same fund, on the same seats; raises what add_fund raises."""
    require(by, Permission.MANAGE_SEATS)
    row = own_fund(fund, by, Permission.MANAGE_SEATS)
    before = (row.name, row.domain)
    row.name = _name(name)
    row.domain = row.domain if domain is None else _domain(domain)
    if before == (row.name, row.domain):
        return row
    _save(row)
    changed = [name for name, old in zip(("name", "domain"), before, strict=True) if getattr(row, name) != old]
    # The names stand in the fund's own chains alone: the house's is read by people who may not name funds.
    audit.record(audit.HOUSE, "fund-renamed", row, by=by, fields=changed)
    for chain in _chains(row):
        audit.record(chain, "fund-renamed", row, by=by, before=before[0], domain_before=before[1])
    _counts_once(row, sure)
    return row


@transaction.atomic
def add_vehicle(*, fund: Fund, name: str, by: User) -> Vehicle:
    """A fund or mandate that the management company invests through. It has no seat of its own."""
    require(by, Permission.MANAGE_SEATS)
    row = own_fund(fund, by, Permission.MANAGE_SEATS)
    name = _name(name)
    try:
        with transaction.atomic():
            vehicle = Vehicle.objects.create(fund=row, name=name)
    except IntegrityError:
        raise Invalid(f"There is a vehicle called {name} already.") from None
    audit.record(audit.HOUSE, "vehicle-added", vehicle, by=by, fund=row.pk)
    for other in Fund.objects.all():
        if normal(other.name) == normal(name):
            raise Invalid(f"{other.name} is a fund with an entry of its own. A vehicle needs another name.")
    for one in Vehicle.objects.exclude(pk=vehicle.pk).select_related("fund"):
        if normal(one.name) == normal(name):
            raise Invalid(f"{one.name} is a vehicle of {one.fund.name} already.")
    return vehicle


@transaction.atomic
def remove_vehicle(*, vehicle: Vehicle, by: User) -> None:
    """Take a vehicle off its company's list; its name is free again."""
    require(by, Permission.MANAGE_SEATS)
    row = own_fund(vehicle.fund, by, Permission.MANAGE_SEATS)
    if not row.vehicles.filter(pk=vehicle.pk).delete()[0]:
        raise Invalid("This vehicle was removed already.")
    audit.record(audit.HOUSE, "vehicle-removed", f"vehicle:{vehicle.pk}", by=by, fund=row.pk)


def _name(name: Any) -> str:
    return words(name, "The name", longest=120, required=True)


def _domain(domain: Any) -> str:
    text = words(domain, "The domain", longest=120).lower().removeprefix("@")
    if text and not DOMAIN.fullmatch(text):
        raise Invalid("The domain must be what stands after the @ in the fund's addresses, such as fund.example.")
    return text


def _save(fund: Fund) -> None:
    try:
        with transaction.atomic():
            fund.save()
    except IntegrityError:
        _counts_once(fund, sure=True)
        raise Invalid(f"There is a fund called {fund.name} already.") from None


def _counts_once(fund: Fund, sure: bool) -> None:
    """Raise unless this is no other company that is here."""
    others = list(Fund.objects.exclude(pk=fund.pk).prefetch_related("vehicles"))
    called = normal(fund.name)
    for other in others:
        if normal(other.name) == called:
            raise Invalid(f"There is a fund called {other.name} already.")
        if same_domain(other.domain, fund.domain):
            raise Invalid(
                f"{other.domain} is the domain of {other.name}, and a company counts once. Add {fund.name} as a vehicle of it."
            )
    for vehicle in Vehicle.objects.select_related("fund"):
        if normal(vehicle.name) == called:
            raise Invalid(f"{vehicle.name} is a vehicle of {vehicle.fund.name} and has no seat of its own.")
    alike = [o for o in others if any(near(n, fund.name) for n in (o.name, *(v.name for v in o.vehicles.all())))]
    if alike and not sure:
        raise LikelyDuplicate(fund.name, alike)


def own_fund(fund: Fund, by: User, permission: Permission) -> Fund:
    """The fund, locked, for who manages all funds and for its own people with this permission. Refused for all others.

    The person is read again under the lock: two people who change each other at once are one after the other.
    """
    row = Fund.objects.select_for_update().filter(pk=fund.pk).first()
    fresh = User.objects.get(pk=by.pk)
    if not allowed(fresh, Permission.MANAGE_SEATS):
        require(fresh, permission)
    if row is None or not Fund.objects.visible_to(fresh).filter(pk=row.pk).exists():
        raise Refused("This is not your fund.")
    return row


def record(fund: Fund, verb: str, subject: User | str, by: User, **body: Any) -> None:
    """To the house's chain, and to the fund's own chain of every programme in which it has a seat."""
    audit.record(audit.HOUSE, verb, subject, by=by, fund=fund.pk, **body)
    for chain in _chains(fund):
        audit.record(chain, verb, subject, by=by, **body)


def _chains(fund: Fund) -> list[str]:
    return [seat.chain_of(fund.pk) for seat in fund.seats.order_by("pk")]
