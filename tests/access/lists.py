"""Lists and what they lead to: for each list the address of one row, and every row there is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver, reverse

from research.models import Fund, Invoice, Participation, Programme, Terms
from synthesis.models import ReleasedInterview
from tests.access.calls import POLICY

# Pages that list, the page of one row, and the model and key of the rows.
PAGES: dict[str, tuple[str, str, Any, str]] = {
    "portal": ("portal_programme", "public_id", Programme, "pk"),
    "programmes": ("programme", "slug", Programme, "slug"),
    "funds": ("fund", "fund", Fund, "pk"),
    "fund_terms": ("fund_terms_one", "terms", Terms, "pk"),
    "fund_fees": ("fund_invoice", "invoice", Invoice, "pk"),
    "fund_records": ("fund_record", "participation", Participation, "pk"),
}
# Within a programme, by its public id.
INSIDE = {"portal_interviews": ("portal_interview", "transcript_id", ReleasedInterview, "pk")}


@dataclass(frozen=True)
class Rows:
    """A list, and the address of each row that there is anywhere by its id."""

    name: str
    path: str
    details: dict[str, str]


def endpoints() -> Iterator[Rows]:
    """Each endpoint that lists rows of a model."""
    for name in POLICY:
        if not (name.startswith("v1:") and name.endswith("-list")) or name.replace("-list", "-detail") not in POLICY:
            continue
        view = view_of(name)
        key = view.lookup_field
        if key == "public_id":
            rows = {str(pk): {key: pk} for pk in view.model._base_manager.values_list("pk", flat=True)}
        else:
            values = view.model._base_manager.values_list("slug" if key == "slug" else "pk", flat=True)
            rows = {str(value): {key: value} for value in values}
        details = {value: reverse(name.replace("-list", "-detail"), kwargs=kwargs) for value, kwargs in rows.items()}
        yield Rows(name, reverse(name) + "?page_size=200", details)


def pages() -> Iterator[Rows]:
    """Each page that lists things with a page of their own."""
    for name, (detail, key, model, field) in PAGES.items():
        values = model._base_manager.values_list(field, flat=True)
        yield Rows(name, reverse(name), {str(value): reverse(detail, kwargs={key: value}) for value in values})
    for name, (detail, key, model, field) in INSIDE.items():
        for programme in Programme._base_manager.values_list("pk", flat=True):
            values = model._base_manager.values_list(field, flat=True)
            of = {"public_id": programme}
            details = {str(value): reverse(detail, kwargs=of | {key: value}) for value in values}
            yield Rows(name, reverse(name, kwargs=of), details)


def view_of(name: str) -> Any:
    """The class behind an endpoint's list."""
    resolver = get_resolver().namespace_dict["v1"][1]
    return next(item.callback.cls for item in _patterns(resolver) if item.name == name.removeprefix("v1:"))


def _patterns(resolver: Any) -> Iterator[Any]:
    for item in resolver.url_patterns:
        if hasattr(item, "url_patterns"):
            yield from _patterns(item)
        elif "list" in (getattr(item.callback, "actions", None) or {}).values():
            yield item


def ids_in(answer: Any, rows: Rows) -> set[str]:
    """The ids that an answer lists: those of its JSON, or those of the rows' pages that it links to."""
    if answer.headers["Content-Type"].startswith("application/json"):
        found = answer.json()
        found = found["results"] if isinstance(found, dict) else found
        return {str(row.get("public_id") or row.get("id") or row["slug"]) for row in found}
    links = {
        link.split("#")[0].split("?")[0] for link in re.findall(r'(?:href|action)="([^"]+)"', answer.content.decode())
    }
    return {
        value for value, path in rows.details.items() if any(link == path or link.startswith(path) for link in links)
    }
