"""Every address of the site with real ids: those of one's own things, of others', and ones that were never given out."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from research.models import Invoice, Participation, Seat
from research.services.invitations import token_of
from tests.access.personas import PLACES
from tests.access.policy import ASKED, ELSEWHERE, FUNDS, OFFICE, PROGRAMME, ROWS, SITE, UNNAMED
from tests.access.world import Place, World

VERBS = ("get", "post", "put", "patch", "delete")
POLICY = {**PROGRAMME, **SITE, **ROWS, **FUNDS, **ASKED, **OFFICE}
NEVER = {
    "slug": "never-given-out",
    "str": "never",
    "int": 2**31 - 1,
    "uuid": uuid.UUID("00000000-0000-4000-8000-000000000000"),
}


@dataclass(frozen=True)
class Target:
    """One address to try. `kind` says whose things it names: those of a `place` or of a `fund`; "nothing" and "lost" name
    what was never given out, "crossed" names one programme and a thing of another."""

    kind: str
    path: str
    place: str = ""
    fund: str = ""
    key: str = ""


# The routes ---------------------------------------------------------------------------------------------------------


def routes() -> dict[str, set[str]]:
    """The methods of every address that the URLconf declares, by its name."""
    found: dict[str, set[str]] = {}
    for name, route, methods in _walk(get_resolver()):
        if name in OFFICE:
            found[name] = set(OFFICE[name])
        elif not name.startswith(ELSEWHERE) and route not in UNNAMED:
            found.setdefault(name, set()).update(methods)
    return found


def _walk(resolver: URLResolver, prefix: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str, set[str]]]:
    for item in resolver.url_patterns:
        if isinstance(item, URLResolver):
            yield from _walk(item, prefix + str(item.pattern), spaces + ((item.namespace,) if item.namespace else ()))
        elif isinstance(item, URLPattern):
            name = ":".join([*spaces, item.name]) if item.name else ""
            yield name, prefix + str(item.pattern), _methods(item.callback)


def _methods(view: Any) -> set[str]:
    if actions := getattr(view, "actions", None):
        # The framework adds HEAD to the set once the address has been called.
        return set(actions) - {"head"}
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return {verb for verb in VERBS if hasattr(kind, verb) and verb in kind.http_method_names} if kind else {"get"}


# The ids ------------------------------------------------------------------------------------------------------------


def kwargs_of(name: str, world: World, place: Place, fund: str = "heron") -> dict[str, Any]:
    """The ids of real rows that an address needs: those of a programme, and those of a fund."""
    parts = place.programme.participations.order_by("since")
    part = parts.filter(fund=world.funds[fund]).first() or parts.first()
    common = _of_portal(place) | _of_fund(world, part)
    if name.startswith(("portal_", "v1:portal-")) or name in ASKED:
        return common | {"pk": common["terms"]}
    if name.startswith("v1:"):
        return common | _by_program(name, place, common)
    return common | _of_staff_pages(name, place, common)


def _of_portal(place: Place) -> dict[str, Any]:
    """What a fund's addresses of a programme want."""
    return {
        "slug": place.programme.slug,
        "public_id": place.programme.pk,
        "transcript_id": place.version.interviews.first().pk,
        "name": "report.pdf",
        "terms": place.programme.terms.get(in_force=True).pk,
    }


def _of_fund(world: World, part: Participation) -> dict[str, Any]:
    """What is a fund's own."""
    seat = Seat.objects.filter(fund=part.fund, programme=part.programme).first()
    reader = part.fund.members.filter(user__role="fund_reader", left_at=None).order_by("joined_at").first()
    invoice = Invoice.objects.filter(participation=part).first()
    return {
        "fund": part.fund_id,
        "participation": part.pk,
        "invoice": invoice and invoice.pk,
        "seat": seat and seat.pk,
        "person": reader and reader.user_id,
        "vehicle": part.fund.vehicles.values_list("pk", flat=True).first(),
        "message": world.message.pk,
        "version": 1,
    }


def _by_program(name: str, place: Place, common: dict[str, Any]) -> dict[str, Any]:
    """What the endpoints for the firm want."""
    evidence, programme = place.evidence, place.programme
    call = evidence.texts[0].interview
    ids = {
        "question": evidence.q1.pk,
        "segment": programme.segments.first().pk,
        "source": programme.sources.first().pk,
        "incident": evidence.incident.pk,
        "claim": evidence.claim.pk,
        "disagreement": place.disagreement.pk,
        "expert": call.expert_id,
        "interview": call.pk,
        "honorarium": call.honorarium.pk,
        "transcript": place.redaction.transcript_id,
        "cleared": evidence.texts[0].pk,
        "suggestion": place.suggestion.pk,
        "tag": evidence.bear.pk,
        "run": evidence.texts[0].runs.get().pk,
        "finding": place.draft.pk,
        "report": place.version.pk,
        "plan": programme.plan_runs.get().pk,
        "screening": programme.candidates.get(expert=call.expert_id).pk,
    }
    return {"pk": (common | ids).get(name.removeprefix("v1:").split("-")[0])}


def _of_staff_pages(name: str, place: Place, common: dict[str, Any]) -> dict[str, Any]:
    """What the firm's pages want."""
    evidence, programme = place.evidence, place.programme
    call = evidence.texts[0].interview
    seat = programme.seats.filter(pk=common["seat"]).first() or programme.seats.exclude(fund=None).first()
    ids = {
        "finding_id": place.draft.pk,
        "cleared_id": evidence.texts[0].pk,
        "request_id": place.request.pk,
        "candidate": programme.candidates.get(expert=call.expert_id).pk,
        "spell": call.expert.spells.first().pk,
        "upload": programme.expert_imports.first().pk,
        "number": seat.number if name.startswith("seat") else call.number,
        "pk": {
            "statement_new": evidence.incident.pk,
            "statement_correct": evidence.incident.statements.first().pk,
        }.get(name, place.redaction.transcript_id),
        "question": programme.screening_questions.get().pk if name.startswith("screening") else evidence.q1.pk,
        "exception": place.exception.pk,
        "mark": place.redaction.pk,
        "plan": programme.plan_runs.get().pk,
        "proposal": programme.plan_runs.get().proposals.get().pk,
        "outcome": "cancelled",
        "sheet": "funnel",
        "kind": "incident",
        "code": "customers" if name.startswith("segment") else "Q1",
        "invitation": place.invitation.pk,
        "token": {"expert": place.link, "calendar_feed": place.feed}.get(name) or token_of(place.invitation),
    }
    if name.startswith("report_"):
        ids["version"] = place.version.version
    if name == "team_remove":
        ids["person"] = evidence.cast.ben.pk
    if name == "wait_leave":
        ids["participation"] = programme.participations.order_by("since").last().pk
    return ids


def never(value: Any) -> Any:
    """An id of the same kind that was never given out."""
    if isinstance(value, uuid.UUID):
        return NEVER["uuid"]
    return NEVER["int"] if isinstance(value, int) else NEVER["slug"]


def address(name: str, ids: dict[str, Any]) -> str:
    """The address, from those of the ids that it wants."""
    return reverse(name, kwargs={key: ids[key] for key in wants(name) if key in ids}) + query(name, ids.get("slug", ""))


def wants(name: str) -> list[str]:
    """The names of the ids in an address, from the outermost in."""
    resolver = get_resolver()
    for part in name.split(":")[:-1]:
        resolver = resolver.namespace_dict[part][1]
    # The last entry is the fullest; with format suffixes there would be several.
    return [params for entry in resolver.reverse_dict.getlist(name.split(":")[-1]) for _, params in entry[0]][0]


def bare() -> set[str]:
    """The names of addresses without an id."""
    return {name for name in routes() if name in {**ROWS, **SITE} and not wants(name)}


BARE = bare()


def targets(name: str, world: World) -> list[Target]:
    """Every address of this name worth trying: of each programme or fund, and of nothing."""
    if name in OFFICE:
        return list(_of_office(name))
    if name in BARE:
        return [Target("site", address(name, {}))]
    if name in FUNDS:
        return list(_of_funds(name, world))
    if name in SITE:
        ids = kwargs_of(name, world, world.here)
        lost = {wants(name)[-1]: never(ids[wants(name)[-1]])}
        return [Target("site", address(name, ids)), Target("nothing", address(name, ids | lost))]
    places = PLACES if name.startswith(("portal_", "v1:portal-")) or name in ASKED else PLACES[:2]
    ids = {place: kwargs_of(name, world, world.places[place]) for place in places}
    found = [Target("place", address(name, of), place) for place, of in ids.items()]
    outer, *inner = wants(name) or ["slug"]
    here = ids["here"]
    found.append(Target("nothing", address(name, here | {outer: never(here[outer])})))
    for key in inner:
        if here[key] != ids["there"][key]:
            found.append(Target("crossed", address(name, here | {key: ids["there"][key]}), "here", key=key))
        if (name, key) not in WORDS:
            found.append(Target("lost", address(name, here | {key: never(here[key])}), "here", key=key))
    return found


WORDS = {("portal_report_pdf", "name")}
"""Parts of an address that are no ids."""


def _of_office(name: str) -> Iterator[Target]:
    if name.endswith("_change"):
        model = apps.get_model("research", name.removeprefix("office:research_").removesuffix("_change"))
        for pk in model._base_manager.values_list("pk", flat=True)[:2]:
            yield Target("place", reverse(name, args=[pk]), "here")
    else:
        yield Target("site", reverse(name, args=["research"] if name == "office:app_list" else []))


def _of_funds(name: str, world: World) -> Iterator[Target]:
    first = wants(name)[0]
    for fund, place in (("heron", "here"), ("ibis", "here"), ("osprey", "there")):
        ids = kwargs_of(name, world, world.places[place], fund)
        yield Target("fund", address(name, ids), place, fund)
    yield Target("nothing", address(name, ids | {first: never(ids[first])}))


# What is sent -------------------------------------------------------------------------------------------------------


def bodies(name: str, place: Place) -> dict[str, Any]:
    """What a request must name to get past the question of what it is about."""
    text, tag = str(place.evidence.texts[0].pk), str(place.evidence.bear.pk)
    if name == "decide":
        waiting = place.evidence.texts[0].runs.get().suggestions.first()
        return {"action": "accept", "suggestion": str(waiting.pk)}
    return {
        "interview_hold": {"day": "2026-03-27", "time": "09:30", "zone": "Europe/London", "minutes": "60"},
        "my_hours": {"act": "unset-day", "day": "1"},
        "interview_book": {"day": "2026-03-27", "time": "09:30", "zone": "Europe/London", "minutes": "60"},
        "call_note": {"text": "said"},
        "call_cover": {"question": "Q1", "covered": "yes"},
        "v1:honorarium-approve": {"amount": 40_000},
        "v1:programme-move": {"state": "closed"},
        "v1:programme-cap": {"cap": 5},
        "fund_people": {"email": "new@heron.example", "name": "Somebody New", "role": "fund_reader"},
        "fund_person": {"act": "link"},
        "member": {"act": "link"},
        "person": {"act": "link"},
        "v1:terms-sign": {"name": "Somebody", "sha256": "0" * 64},
        "v1:participation-commit": {"name": "Somebody", "sha256": "0" * 64},
        "v1:fund-change-role": {"role": "fund_lead"},
        "v1:fund-transfer": {"email": "new@heron.example", "name": "Somebody New", "role": "fund_reader"},
        "v1:interview-book": {"wall": "2026-03-27T09:30", "zone": "Europe/London"},
        "v1:interview-outcome": {"outcome": "cancelled"},
        "v1:interview-hold": {"wall": "2026-03-27T09:30", "zone": "Europe/London"},
        "v1:interview-move": {"wall": "2026-03-27T09:30", "zone": "Europe/London"},
        "v1:transcript-speakers": {"roles": {}},
        "v1:report-recall": {"reason": "A reason."},
        "v1:incident-statements": {"source": "B", "aspect": "effect", "text": "A text"},
        "v1:claim-statements": {"source": "B", "aspect": "figure", "text": "A text"},
        "v1:disagreement-statements": {"source": "B", "aspect": "position", "text": "A text"},
        "report_summary": {"action": "draft", "cleared": text},
        "finding_cite": {"tag": tag, "side": "supports"},
        "v1:finding-cite": {"tag": tag, "side": "supports"},
        "v1:finding-uncite": {"tag": tag},
    }.get(name, {})


def query(name: str, slug: str) -> str:
    """What an address that takes its programme as a parameter must be given."""
    if name == "passages":
        return "?question=Q1"
    if name == "v1:matrix-passages":
        return f"?programme={slug}&question=Q1"
    if name in ("portal_search", "v1:portal-search"):
        return "?q=outage"
    if name == "v1:interview-open-times":
        return "?first=2026-03-27&last=2026-03-27"
    if name == "v1:interview-free":
        return f"?programme={slug}&first=2026-03-27&last=2026-03-27"
    return f"?programme={slug}" if name in ("v1:matrix-list", "v1:field-list", "v1:run-progress") else ""
