"""Every address of the site with real ids, and what an answer means."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.policy import ELSEWHERE, PROGRAMME, ROWS, SITE, UNNAMED
from tests.access.world import Place, World

VERBS = ("get", "post", "put", "patch", "delete")
POLICY = {**PROGRAMME, **SITE, **ROWS}
BARE = {name for name in (*ROWS, *SITE) if "fund-" not in name or name in ROWS} - {"fund", "member_remove"}
"""Addresses without an id."""


def routes() -> dict[str, set[str]]:
    """The methods of every address that the URLconf declares, by its name."""
    found: dict[str, set[str]] = {}
    for name, route, methods in _walk(get_resolver()):
        if not name.startswith(ELSEWHERE) and route not in UNNAMED:
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


def kwargs_of(name: str, world: World, place: Place) -> dict[str, Any]:
    """The ids of real rows that an address needs."""
    evidence, programme, version = place.evidence, place.programme, place.version
    call = evidence.texts[0].interview
    transcript = place.redaction.transcript
    seat = programme.seats.exclude(fund=None).first()
    api = {
        "question": evidence.q1.pk,
        "segment": programme.segments.first().pk,
        "seat": seat.pk,
        "fund": seat.fund_id,
        "source": programme.sources.first().pk,
        "incident": evidence.incident.pk,
        "claim": evidence.claim.pk,
        "disagreement": place.disagreement.pk,
        "expert": call.expert_id,
        "interview": call.pk,
        "transcript": transcript.pk,
        "cleared": evidence.texts[0].pk,
        "suggestion": place.suggestion.pk,
        "tag": evidence.bear.pk,
        "run": evidence.texts[0].runs.get().pk,
        "finding": place.draft.pk,
        "report": version.pk,
    }
    if name == "v1:programme-detail" or name.startswith("v1:programme-") and not name.endswith("-list"):
        return {"slug": programme.slug}
    if name.startswith("v1:portal-"):
        ids = {"public_id": programme.pk}
        return ids | ({"transcript_id": version.interviews.first().pk} if name.endswith("transcript") else {})
    if name in ("v1:matrix-list", "v1:matrix-passages", "v1:run-progress"):
        return {"slug": programme.slug}
    if name.startswith("v1:"):
        return {"pk": api[name.removeprefix("v1:").split("-")[0]]}
    number = seat.number if name.startswith("seat") else call.number
    return {
        "slug": programme.slug,
        "public_id": programme.pk,
        "transcript_id": version.interviews.first().pk,
        "finding_id": place.draft.pk,
        "cleared_id": evidence.texts[0].pk,
        "request_id": place.request.pk,
        "version": version.version,
        "name": "report.pdf",
        "number": number,
        "pk": evidence.incident.pk if name == "statement_new" else transcript.pk,
        "mark": place.redaction.pk,
        "outcome": "cancelled",
        "kind": "incident",
        "code": "customers" if name.startswith("segment") else "Q1",
        "person": evidence.cast.ben.pk,
        "member": world.member.pk,
        "fund": world.cast.heron.pk,
    } | ({"pk": evidence.incident.statements.first().pk} if name == "statement_correct" else {})


def made_up(ids: dict[str, Any]) -> dict[str, Any]:
    """The same ids with the outermost one replaced by one that was never given out."""
    first = next(key for key in ("slug", "public_id", "cleared_id", "pk") if key in ids)
    nothing: Any = uuid.UUID("00000000-0000-4000-8000-000000000000")
    if first == "slug":
        nothing = "never-given-out"
    elif not isinstance(ids[first], uuid.UUID):
        nothing = 2**31 - 1
    return ids | {first: nothing}


def address(name: str, ids: dict[str, Any]) -> str:
    """The address, from those of the ids that it wants."""
    for _, pattern, _ in get_resolver_patterns(name):
        wanted = {key: ids[key] for key in pattern if key in ids}
        return reverse(name, kwargs=wanted) + query(name, ids.get("slug", ""))
    raise KeyError(name)


def get_resolver_patterns(name: str) -> list[tuple[str, list[str], Any]]:
    """What an address wants, by its name."""
    resolver = get_resolver()
    for part in name.split(":")[:-1]:
        resolver = resolver.namespace_dict[part][1]
    found = resolver.reverse_dict.getlist(name.split(":")[-1])
    return [(name, list(params), entry) for entry in found for _, params in entry[0]]


def bodies(name: str, place: Place) -> dict[str, Any]:
    """What a request must name to get past the question of what it is about."""
    text, tag = str(place.evidence.texts[0].pk), str(place.evidence.bear.pk)
    waiting = place.evidence.texts[0].runs.get().suggestions.first()
    return {
        "decide": {"action": "accept", "suggestion": str(waiting.pk)},
        "interview_book": {"day": "2026-03-27", "time": "09:30", "zone": "Europe/London", "minutes": "60"},
        "v1:programme-move": {"state": "closed"},
        "v1:programme-cap": {"cap": 5},
        "v1:interview-book": {"wall": "2026-03-27T09:30", "zone": "Europe/London"},
        "v1:interview-outcome": {"outcome": "cancelled"},
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
    return f"?programme={slug}" if name in ("v1:matrix-list", "v1:run-progress") else ""


def call(client: Client, method: str, path: str, body: dict[str, Any]) -> Any:
    """Ask, and undo whatever the answer changed."""
    with transaction.atomic():
        kind = {"content_type": "application/json"} if path.startswith("/api/") and method != "get" else {}
        # A page that sends on is as open as the page that it sends to.
        more = {"follow": True} if method == "get" else {"data": body, **kind}
        response = getattr(client, method)(path, **more)
        transaction.set_rollback(True)
    return response


def meaning(response: Any) -> str:
    """What an answer says about access: open, 403, 404 or door."""
    sent_to = [step for step, _ in getattr(response, "redirect_chain", [])] + [response.headers.get("Location", "")]
    if response.status_code == 401 or any(step.startswith("/accounts/login/") for step in sent_to):
        return "door"
    if response.status_code in (403, 404):
        return str(response.status_code)
    assert response.status_code < 500, response.content
    return "open"
