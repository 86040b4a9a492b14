"""The sample programme: loaded through the same services as a real one, once, and marked as synthetic everywhere."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid, now
from accounts.roles import Role
from research.models import Fund, Incident, Programme, Segment, Source, Terms
from research.sample.fees import bill
from research.services import funds, people, policies, programmes, questions, register, seats, segments, terms
from research.services.cap import set_cap
from research.states import ProgrammeState

PASSWORD = "research demo 2026"  # noqa: S105 - the password of the demonstration, printed by its command
HOLD = timedelta(days=30)
Facts = dict[str, Any]


@dataclass(frozen=True)
class SignIn:
    """How to enter the demonstration in one role."""

    role: str
    name: str
    email: str
    password: str = PASSWORD


def facts() -> Facts:
    """The contents of the sample, as written down in programme.json."""
    return json.loads((Path(__file__).parent / "programme.json").read_text(encoding="utf-8"))


def sign_ins() -> list[SignIn]:
    """One account a role, in the order of the roles."""
    given = facts()
    people = [*given["team"], *(person for fund in given["funds"] for person in fund["people"])]
    first = {role: next(person for person in people if person["role"] == role) for role in Role.values}
    return [SignIn(Role(role).label, person["name"], person["email"]) for role, person in first.items()]


@transaction.atomic
def load(*, demo: bool) -> Programme:
    """The sample programme, in the field. A second call finds it and changes nothing.

    With `demo` its people can sign in with the published password; without, their accounts have none.
    """
    given = facts()
    programme = Programme.objects.filter(slug=given["programme"]["slug"]).first()
    if programme is not None and not programme.synthetic:
        raise Invalid(f"A real programme is called “{programme.slug}”, so the sample can't be loaded beside it.")
    if programme is None:
        programme = _build(given)
    if demo:
        _open_doors(given)
    return programme


def _build(given: Facts) -> Programme:
    team = [_person(person) for person in given["team"]]
    lead = next(user for user in team if user.role == Role.ANALYST)
    admin = next(user for user in team if user.role == Role.ADMIN)
    programme = programmes.create_programme(by=lead, synthetic=True, **given["programme"])
    for user in team:
        if user.role != Role.ADMIN:
            programmes.assign(programme=programme, user=user, by=lead)
    _ask(programme, lead, given)
    _fill_register(programme, lead, given)
    nda = terms.publish_terms(programme=programme, text=given["terms"], by=admin)
    programmes.advance(programme=programme, to=ProgrammeState.OPEN, by=lead)
    set_cap(programme=programme, cap=given["cap"], by=admin)
    for fund in given["funds"]:
        _seat_fund(programme, admin, fund, nda)
    bill(programme, admin, given["fees"])
    questions.lock_questions(programme=programme, by=lead)
    return programmes.advance(programme=programme, to=ProgrammeState.FIELDING, by=lead)


def _person(person: Facts) -> User:
    user = User.objects.filter(email=person["email"]).first()
    if user is None:
        user = User.objects.create_user(person["email"], name=person["name"], role=person["role"])
        audit.record(audit.HOUSE, "person-added", user, by=None, role=user.role)
    return user


def _ask(programme: Programme, by: User, given: Facts) -> None:
    named: dict[str, Segment] = {}
    for segment in given["segments"]:
        named[segment["code"]] = segments.add_segment(programme=programme, by=by, **segment)
    for question in given["questions"]:
        who = [named[code] for code in question["segments"]]
        questions.add_question(programme=programme, by=by, **{**question, "segments": who})


def _fill_register(programme: Programme, by: User, given: Facts) -> None:
    sources: dict[str, Source] = {}
    incidents: dict[str, Incident] = {}
    for source in given["sources"]:
        sources[source["code"]] = register.add_source(programme=programme, by=by, **source)

    def state(about: Any, statements: list[Facts]) -> None:
        for statement in statements:
            register.add_statement(about=about, by=by, **{**statement, "source": sources[statement["source"]]})

    for row in given["incidents"]:
        fields = {name: value for name, value in row.items() if name not in ("key", "statements")}
        incidents[row["key"]] = register.add_incident(programme=programme, by=by, **fields)
        state(incidents[row["key"]], row["statements"])
    for row in given["claims"]:
        state(register.add_claim(programme=programme, by=by, title=row["title"]), row["statements"])
    for row in given["disagreements"]:
        about = incidents[row["about"]] if "about" in row else None
        point = register.add_disagreement(
            programme=programme, by=by, title=row["title"], about=about, aspect=row.get("aspect", "")
        )
        state(point, row["statements"])


def _seat_fund(programme: Programme, admin: User, given: Facts, nda: Terms) -> None:
    fund = Fund.objects.filter(name=given["name"]).first()
    if fund is None:
        fund = funds.add_fund(name=given["name"], domain=given["domain"], by=admin)
        members = [people.add_member(fund=fund, by=admin, link=False, **person) for person in given["people"]]
        officer = next(member.user for member in members if member.user.role == Role.FUND_COMPLIANCE)
        policies.set_policy(fund=fund, by=officer, **given["policy"])
    seat = seats.hold_seat(programme=programme, fund=fund, by=admin, until=now() + HOLD)
    if given["seat"] == "active":
        for member in fund.members.select_related("user").order_by("user__role"):
            terms.sign_terms(terms=nda, name=member.user.name, sha256=nda.sha256, by=member.user)
        seats.activate_seat(seat=seat, by=admin)


def _open_doors(given: Facts) -> None:
    """Give the published password to those of the sample's people who have none."""
    people = [*given["team"], *(person for fund in given["funds"] for person in fund["people"])]
    for user in User.objects.filter(email__in=[person["email"] for person in people]):
        if not user.has_usable_password():
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
            audit.record(audit.HOUSE, "demo-password-set", user, by=None)
