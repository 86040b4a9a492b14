"""What a fund sets for itself: months of cooling-off, restricted companies, limits. Versions are kept, the newest holds.

Only the fund's own compliance sets and reads them; the rest of the software asks `policy_of` and tells no one why.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import require
from accounts.roles import Permission
from research.models import Fund, FundPolicy
from research.policy import HOUSE, LONGEST_COOLING_OFF, Policy, strictest
from research.restricted import from_json, kept, parse, to_json
from research.services.checks import whole, words
from research.services.funds import own_fund, record
from research.signals import fund_policy_set

MOST = 1_000
LIMITS = {
    "calls_per_expert": "The calls with one expert in twelve months",
    "interviews_per_company": "The interviews with people of one employer",
}
FLAG = "no_current_employees"
OVERTAKEN = (
    "Your policy was changed in the meantime, so this was compared with an old version. Look at the new one first."
)


@transaction.atomic
def set_policy(
    *,
    fund: Fund,
    by: User,
    cooling_off: Mapping[str, Any] | None = None,
    restricted: list[Any] | str | None = None,
    thresholds: Mapping[str, Any] | None = None,
    compared_with: int | None = None,
) -> FundPolicy:
    """A new version of a fund's own rules; what is None stays as it was.

    restricted: a list as `research.restricted` reads it, by text or by program. compared_with: the version that the
    person looked at, 0 for none; IllegalMove when it is no longer the newest. Raises Invalid when nothing changes.
    """
    require(by, Permission.SET_FUND_POLICY)
    row = own_fund(fund, by, Permission.SET_FUND_POLICY)
    newest = in_force(row)
    if compared_with is not None and compared_with != newest.version:
        raise IllegalMove(OVERTAKEN)
    fields = {
        "cooling_off": newest.cooling_off if cooling_off is None else _months(cooling_off),
        "restricted": newest.restricted if restricted is None else to_json(_entries(restricted)),
        "thresholds": newest.thresholds if thresholds is None else _limits(thresholds),
    }
    if newest.version and all(getattr(newest, name) == value for name, value in fields.items()):
        raise Invalid(f"Nothing changes: version {newest.version} says this already.")
    policy = FundPolicy.objects.create(fund=row, version=newest.version + 1, at=now(), by=by, **fields)
    record(row, "policy-set", f"fund:{row.pk}", by, version=policy.version)
    transaction.on_commit(lambda: fund_policy_set.send(FundPolicy, fund_id=row.pk))
    return policy


def in_force(fund: Fund) -> FundPolicy:
    """The newest version; an unsaved, empty version 0 without a time when the fund has set none."""
    if newest := fund.policies.order_by("-version").first():
        return newest
    nothing = FundPolicy(fund=fund, version=0)
    nothing.at = None  # type: ignore[assignment]
    return nothing


def policy_of(row: FundPolicy | None) -> Policy:
    """What has to be kept for a fund: its own rules together with the house's, whichever is stricter."""
    if row is None:
        return HOUSE
    own = Policy(months=row.cooling_off, restricted=kept(row.restricted), **row.thresholds)
    return strictest([HOUSE, own])


def policies_of(fund_ids: Iterable[UUID]) -> dict[UUID, Policy]:
    """The policy of each fund, the house's where it has none of its own; one query."""
    ids = list(fund_ids)
    own = {row.fund_id: row for row in FundPolicy.objects.in_force().filter(fund__in=ids)}
    return {pk: policy_of(own.get(pk)) for pk in ids}


def _entries(given: list[Any] | str) -> Any:
    return parse(given) if isinstance(given, str) else from_json(given)


def _months(cooling_off: Mapping[str, Any]) -> dict[str, int]:
    if not isinstance(cooling_off, Mapping) or len(cooling_off) > 50:
        raise Invalid("The cooling-off names a number of months for each type of company.")
    months = {}
    for kind, value in cooling_off.items():
        kind = words(kind, "The type of company", longest=60, required=True)
        months[kind] = whole(value, f"The cooling-off for {kind} companies, in months,", 0, LONGEST_COOLING_OFF)
    return months


def _limits(thresholds: Mapping[str, Any]) -> dict[str, int | bool]:
    """Only the limits that are set: no entry is no limit."""
    if not isinstance(thresholds, Mapping) or not set(thresholds) <= {*LIMITS, FLAG}:
        raise Invalid(f"The limits are {', '.join(LIMITS)} and {FLAG}.")
    given = {name: value for name, value in thresholds.items() if value not in (None, "")}
    limits: dict[str, int | bool] = {
        name: whole(given[name], sentence, 1, MOST) for name, sentence in LIMITS.items() if name in given
    }
    flag = given.get(FLAG, False)
    if not isinstance(flag, bool):
        raise Invalid(f"{FLAG} must be true or false.")
    return limits | ({FLAG: True} if flag else {})
