"""Below the pages: which rows of each model a person sees, and whom each service lets in, without a page before it.

A page and the service behind it both ask, so that taking one of them away is not seen through the page. Here each is asked
alone.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser

from accounts import staff
from accounts.models import User
from accounts.permissions import Refused, require_other
from accounts.roles import Permission
from interviews import permissions as calls
from interviews.models import Clearance, IdentityRequest, Interview, Transcript
from research import models as research
from research import offers
from research.permissions import step_refusal
from research.services import checks, fees, funds, invitations, seats, terms
from synthesis import permissions as decisions
from synthesis.models import Deliverable, Tag
from synthesis.services import access
from tests.access.matrix import Matrix, undone
from tests.access.personas import ASKED_AT, PERSONAS, PLACES, RELEASED, Persona
from tests.access.world import World

# Which letters see the rows of the programmes in their sight, by which path a row belongs to a programme, and what a fund's
# people see: "sees" as their programmes, "released" those of them that are released, "asked" where they are asked to sign,
# or the path to their own fund with the letters that it is for.
ROWS: dict[str, tuple[str, str, str, str]] = {
    "Programme": ("ACD", "pk", "sees", "F"),
    "Segment": ("ACD", "programme", "sees", "F"),
    "KeyQuestion": ("ACD", "programme", "sees", "F"),
    "Source": ("ACD", "programme", "sees", "F"),
    "Incident": ("ACD", "programme", "sees", "F"),
    "Claim": ("ACD", "programme", "sees", "F"),
    "Disagreement": ("ACD", "programme", "sees", "F"),
    "Statement": ("ACD", "source__programme", "sees", "F"),
    "Interview": ("ACD", "programme", "", ""),
    "Candidate": ("AC", "programme", "", ""),
    "Expert": ("AC", "candidacies__programme", "", ""),
    "ExpertImport": ("A", "programme", "", ""),
    "PlanRun": ("A", "programme", "", ""),
    "Honorarium": ("ACD", "interview__programme", "", ""),
    "Transcript": ("AC", "programme", "", ""),
    "ClearedTranscript": ("AC", "programme", "", ""),
    "Run": ("AC", "cleared__programme", "", ""),
    "Suggestion": ("AC", "run__cleared__programme", "", ""),
    "Tag": ("AC", "passage__cleared__programme", "", ""),
    "Finding": ("AC", "programme", "", ""),
    "Deliverable": ("ACD", "programme", "released", "F"),
    "Edition": ("ACD", "deliverable__programme", "", ""),
    "Terms": ("ACD", "programme", "asked", "F"),
    "Seat": ("ACD", "programme", "fund", "F"),
    "Fund": ("D", "", "pk", "F"),
    "FundMember": ("D", "", "fund", "F"),
    "Vehicle": ("D", "", "fund", "F"),
    "FundPolicy": ("", "", "fund", "K"),
    "Participation": ("D", "", "fund", "F"),
    "Invitation": ("D", "", "", ""),
    "FeePlan": ("D", "", "", ""),
    "Invoice": ("D", "", "participation__fund", "LK"),
}
# Rows that everybody with the model's letters sees though they belong to no programme, or that a fund is not shown.
UNPLACED = {"Expert"}
# Models of which an analyst sees only what hangs on themselves, by the path to the person.
OWN = {"Honorarium": "interview__interviewer__email"}
NOT_YET = {"Invoice": {"number": ""}}


@dataclass(frozen=True)
class Probe:
    """One thing asked, and what is wrong with the answer, in words, or "". `refusing` where nobody is to get in."""

    name: str
    refusing: bool
    wrong: Callable[[], str]


def probes(matrix: Matrix) -> list[Probe]:
    """Everything that is asked below the pages."""
    return [*_rows(matrix), *_services(matrix), *_bodies(matrix)]


# Rows ---------------------------------------------------------------------------------------------------------------


def scoped_models() -> list[Any]:
    """Every model whose manager says who sees what."""
    return [model for model in apps.get_models() if hasattr(model._default_manager.all(), "visible_to")]


def _rows(matrix: Matrix) -> Iterator[Probe]:
    for model in scoped_models():
        for person, who in (PERSONAS | LOST).items():
            yield Probe(
                f"rows of {model.__name__} for {person}",
                True,
                lambda m=model, p=person, w=who: _unlike_rows(matrix, m, p, w),
            )


LOST = {
    "kim": Persona("once compliance of Heron"),
    "max": Persona("analyst whose account is closed"),
    "pia": Persona("compliance of Heron whose account is closed"),
}


def _unlike_rows(matrix: Matrix, model: Any, person: str, who: Persona) -> str:
    user = matrix.world.people.get(person, AnonymousUser())
    got = set(model._default_manager.all().visible_to(user).values_list("pk", flat=True))
    wanted = _rows_for(matrix.world, model, who, getattr(user, "email", ""))
    return "" if got == wanted else f"{len(got - wanted)} rows too many, {len(wanted - got)} too few"


def _rows_for(world: World, model: Any, who: Persona, email: str) -> set[Any]:
    """What the table above says, from the rows themselves, of the person with this address."""
    letters, path, sight, for_whom = ROWS[model.__name__]
    rows = model._base_manager.all()
    if who.door == "everywhere":
        return set()
    if who.of_firm:
        if not set(letters) & set(who.letters):
            return set()
        if who.letters == "D" or not path:
            return set(rows.values_list("pk", flat=True))
        rows = rows.filter(**{OWN[model.__name__]: email}) if model.__name__ in OWN and who.letters == "A" else rows
        found = set(rows.filter(**{f"{path}__in": _programmes(world, who.sees)}).values_list("pk", flat=True))
        if model.__name__ in UNPLACED:
            found |= set(rows.filter(**{path: None}).values_list("pk", flat=True))
        return found
    if not set(for_whom) & set(who.letters):
        return set()
    if sight == "sees":
        rows = rows.filter(**{f"{path}__in": _programmes(world, who.sees)})
    elif sight == "released":
        rows = rows.filter(state="released", **{f"{path}__in": _programmes(world, who.sees)})
    elif sight == "asked":
        rows = rows.filter(**{f"{path}__in": _programmes(world, ASKED_AT.get(who.fund, ()))})
    elif who.fund:
        rows = rows.filter(**{sight: world.funds[who.fund].pk}).exclude(**NOT_YET.get(model.__name__, {"pk": None}))
    else:
        return set()
    return set(rows.values_list("pk", flat=True))


def _programmes(world: World, places: tuple[str, ...]) -> list[Any]:
    return [world.places[place].programme.pk for place in places]


# Services -----------------------------------------------------------------------------------------------------------


def _services(matrix: Matrix) -> Iterator[Probe]:
    for what, person, act, may in _acts(matrix.world):
        yield Probe(f"{what} by {person}", not may, lambda a=act, m=may: _unlike_refusal(a, m))


def _unlike_refusal(act: Callable[[], Any], may: bool) -> str:
    refused = False
    with undone(), suppress(Exception):
        try:
            refused = isinstance(act(), str)
        except Refused:
            refused = True
    return "" if refused != may else ("refused" if refused else "let in")


def _acts(world: World) -> Iterator[tuple[str, str, Callable[[], Any], bool]]:
    """(what is asked, by whom, the call, whether it is open); a call that answers with a sentence refuses by it."""
    for person, who in PERSONAS.items():
        if person == "nobody" or who.door == "everywhere":
            continue
        user, letters = world.people[person], set(who.letters)
        for name in PLACES:
            place, sees = world.places[name], name in who.sees
            row = place.programme
            if name in ("here", "there"):
                yield (
                    f"lock {name}",
                    person,
                    lambda r=row, u=user: checks.lock(r, u, Permission.EDIT_PROGRAMME),
                    sees and bool(letters & set("AD")),
                )
                yield (
                    f"see {name}",
                    person,
                    lambda r=row, u=user: checks.see(r, u, Permission.EDIT_PROGRAMME),
                    sees and bool(letters & set("AD")),
                )
                yield (
                    f"work on {name}",
                    person,
                    lambda r=row, u=user: calls.require_on(u, Permission.UPLOAD_TRANSCRIPTS, r),
                    sees and "A" in letters,
                )
                yield f"have a place on {name}", person, lambda r=row, u=user: access.require_place(u, r), sees
            reads = sees and who.of_fund and name in RELEASED
            yield (
                f"read the report of {name}",
                person,
                lambda v=place.version, u=user: access.record_reading(deliverable=v, item="report", by=u),
                reads,
            )
            if who.of_fund:
                on_seat = sees or name in who.unsigned
                yield (
                    f"have a seat on {name}",
                    person,
                    lambda r=row, u=user: access.seat_of(u, r.pk) or "none",
                    on_seat,
                )
                asked = row.terms.get(in_force=True)
                yield (
                    f"sign the terms of {name}",
                    person,
                    lambda t=asked, u=user: _signed_for_own_fund(t, u),
                    name in ASKED_AT.get(who.fund, ()),
                )
        if who.fund:
            yield "be told of one's own seats", person, lambda u=user: _seats_in_offers(u), True
        for fund in ("heron", "ibis", "osprey"):
            own = who.fund == fund
            place = world.there if fund == "osprey" else world.here
            part = place.programme.participations.get(fund=world.funds[fund])
            yield f"bind {fund}", person, lambda p=part, u=user: seats.own(p, u), own and bool(letters & set("LK"))
            yield (
                f"keep the people of {fund}",
                person,
                lambda f=world.funds[fund], u=user: funds.own_fund(f, u, Permission.MANAGE_FUND_PEOPLE),
                "D" in letters or (own and "K" in letters),
            )
            invoice = research.Invoice.objects.get(participation=part)
            yield f"keep an invoice of {fund}", person, lambda i=invoice, u=user: fees._locked(i, u), "D" in letters
        yield (
            "take back an invitation",
            person,
            lambda u=user: invitations._locked(world.here.invitation, u),
            "D" in letters,
        )
        yield "keep staff", person, lambda u=user: staff._require_staff(world.people["ben"], u), "D" in letters
        yield from _hands(world, person, user, letters)
    yield (
        "keep a fund's person as staff",
        "ada",
        lambda: staff._require_staff(world.people["rita"], world.cast.ada),
        False,
    )


def _signed_for_own_fund(asked: research.Terms, user: User) -> Any:
    signature = terms.sign_terms(terms=asked, name=user.name, sha256=asked.sha256, by=user)
    return signature if signature.fund_id == user.membership.fund_id else "for another fund"


def _seats_in_offers(user: User) -> Any:
    """The seats that a fund is told of with what it is asked: its own alone."""
    foreign = [one for one in offers.offers(user) if one.seat and one.seat.fund_id != user.membership.fund_id]
    return "another fund's seat" if foreign else foreign


def _hands(
    world: World, person: str, user: Any, letters: set[str]
) -> Iterator[tuple[str, str, Callable[[], Any], bool]]:
    """Who may sign, agree and decide: never their own work."""
    cast, reviewer = world.cast, "C" in letters
    own = Interview(programme=world.here.programme, interviewer=user)
    others = Interview(programme=world.here.programme, interviewer=cast.ben)
    first = Clearance(first_by=user, interviewer=cast.ben)
    led = Clearance(first_by=cast.cyrus, interviewer=user)
    second = Clearance(first_by=cast.cyrus, interviewer=cast.ben)
    tag, transcript = world.here.evidence.bear, world.here.redaction.transcript
    built = Deliverable(programme=world.here.programme, built_by=user, state="frozen")
    theirs = Deliverable(programme=world.here.programme, built_by=cast.ben, state="frozen")
    from synthesis.services.deliverables import approval_refusal

    led_by_them = Transcript(programme=world.here.programme, interview=own, uploaded_by=user)
    asked: list[tuple[str, Callable[[], Any], bool]] = [
        ("review a call", lambda: calls.review_refusal(user, others), reviewer),
        ("review one's own call", lambda: calls.review_refusal(user, own), False),
        ("clear a text", lambda: calls.clearing_refusal(user, others, second), reviewer),
        ("clear what one reviewed first", lambda: calls.clearing_refusal(user, others, first), False),
        ("clear the call that one led then", lambda: calls.clearing_refusal(user, others, led), False),
        (
            "agree to open an identity",
            lambda: calls.agreeing_refusal(user, world.here.request),
            reviewer and person != "cora",
        ),
        ("open an identity", lambda: calls.opening_refusal(user, world.here.request), person == "cora"),
        ("map the speakers", lambda: calls.mapping_refusal(user, transcript), reviewer or person == "ana"),
        ("read the source", lambda: calls.source_refusal(user, transcript), reviewer or person == "ana"),
        ("decide a tag", lambda: decisions.review_refusal(user), "A" in letters),
        ("change a decision", lambda: decisions.change_refusal(user, tag), person == "ben"),
        ("start a run", lambda: decisions.run_refusal(user), "A" in letters),
        ("approve a report", lambda: approval_refusal(theirs, user), reviewer),
        ("approve one's own report", lambda: approval_refusal(built, user), False),
        (
            "map the speakers of one's own call",
            lambda: calls.mapping_refusal(user, led_by_them),
            bool(letters & set("AC")),
        ),
        ("open what one asked for", lambda: calls.opening_refusal(user, IdentityRequest(asked_by=user)), reviewer),
        ("change one's own decision", lambda: decisions.change_refusal(user, Tag(decided_by=user)), "A" in letters),
        ("move a programme", lambda: step_refusal(user, world.here.programme, "closed"), bool(letters & set("AD"))),
        ("sign one's own work", lambda: require_other(user, user, sentence="Not your own."), False),
    ]
    yield from ((what, person, act, may) for what, act, may in asked)
    for how, fields in (("led", {"uploaded_by": cast.cora}), ("uploaded", {})):
        # One is enough: to have led the call, or to have uploaded its transcript.
        led_by = cast.ana if how == "led" else cast.ben
        yield (
            f"find the source that one {how}",
            person,
            lambda f=fields, b=led_by: _found_source(transcript, user, b, f),
            (reviewer and "here" in PERSONAS[person].sees)
            or person == "ana"
            or (how == "uploaded" and person == "ben"),
        )
    shown = (
        calls.source_refusal(user, transcript) is None and bool(letters & set("AC")) and "here" in PERSONAS[person].sees
    )
    yield (
        "find the source among all",
        person,
        lambda: type(transcript).objects.source_open_to(user).filter(pk=transcript.pk).first() or "none",
        shown,
    )


def _found_source(transcript: Transcript, user: User, led_by: User, fields: dict[str, Any]) -> Any:
    Interview.objects.filter(pk=transcript.interview_id).update(interviewer=led_by)
    Transcript.objects.filter(pk=transcript.pk).update(**fields)
    return Transcript.objects.source_open_to(user).filter(pk=transcript.pk).first() or "none"


# Ids in bodies ------------------------------------------------------------------------------------------------------


def _bodies(matrix: Matrix) -> Iterator[Probe]:
    """What a body names must be within sight: another programme's row is refused with the words for one that never was."""
    here, there = matrix.world.here, matrix.world.there
    nothing = "00000000-0000-4000-8000-000000000000"
    elsewhere = there.evidence.texts[0].interview
    mine = {"programme": here.programme.slug}
    given: list[tuple[str, str, str, dict[str, Any], str, Any]] = [
        (
            "ana",
            "post",
            "/api/v1/interviews/",
            mine | {"segment": "customers", "interviewer": "ana@example.com"},
            "expert",
            elsewhere.expert_id,
        ),
        ("ana", "post", "/api/v1/runs/", mine, "cleared", there.evidence.texts[0].pk),
        (
            "ana",
            "post",
            "/api/v1/tags/",
            {"question": "Q1", "start": 0, "end": 5, "stance": "bear", "basis": "opinion"},
            "cleared",
            there.evidence.texts[0].pk,
        ),
        ("ana", "post", f"/api/v1/findings/{here.draft.pk}/cite/", {"side": "supports"}, "tag", there.evidence.bear.pk),
        (
            "ana",
            "post",
            "/api/v1/questions/",
            {"code": "Q9", "title": "A title", "text": "A text"},
            "programme",
            there.programme.slug,
        ),
        (
            "ana",
            "post",
            f"/read/{here.evidence.texts[0].pk}/decide/",
            {"action": "accept"},
            "suggestion",
            there.suggestion.pk,
        ),
        (
            "ana",
            "post",
            f"/read/{here.evidence.texts[0].pk}/decide/",
            {"action": "withdraw"},
            "tag",
            there.evidence.bear.pk,
        ),
    ]
    for field, row in (("claims", there.evidence.claim.pk), ("incidents", there.evidence.incident.pk)):
        new = mine | {"question": "Q1", "sentence": "A sentence."}
        given.append(("ana", "post", "/api/v1/findings/", new, field, [row]))
    for person, method, path, body, field, foreign in given:
        blank = [nothing] if isinstance(foreign, list) else "never" if field == "programme" else nothing
        real = [str(foreign[0])] if isinstance(foreign, list) else str(foreign)
        yield Probe(
            f"{field} of another programme at {path}",
            True,
            lambda p=person, m=method, a=path, b=body, f=field, r=real, n=blank: _tells(matrix, p, m, a, b, f, r, n),
        )


def _tells(
    matrix: Matrix, person: str, method: str, path: str, body: dict[str, Any], field: str, real: Any, blank: Any
) -> str:
    got, never = (matrix.ask(person, method, path, body | {field: value}) for value in (real, blank))
    if got.status not in (400, 404):
        return f"status {got.status}"
    return "" if got.whole == never.whole else "another answer than for an id that never was"
