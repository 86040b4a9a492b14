"""The programme's chain of events: read, narrowed and checked, never changed."""

import re
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from accounts import audit
from accounts.models import AuditChain, AuditEvent
from accounts.roles import Permission
from research.forms import AuditFilterForm
from research.queries import audit_actors, audit_events, audit_verbs
from research.views.pages import ProgrammePage

PAGE = 50
ID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def said(verb: str) -> str:
    """`seat-held` as people write it."""
    return verb.replace("-", " ").capitalize()


def short(text: str) -> str:
    """A text with its ids cut to their first eight characters; the whole id stays in the tooltip."""
    return ID.sub(r"\1…", text)


def detail(event: AuditEvent) -> list[tuple[str, str, str]]:
    """The body of an event as (name, short text, whole text)."""
    whole = {
        name.replace("_", " "): ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in event.body.items()
    }
    return [(name, short(text), text) for name, text in whole.items()]


class AuditPage(ProgrammePage):
    permission = Permission.READ_AUDIT
    template = "research/audit.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        chain = self.programme.chain
        actors = audit_actors(chain, request.user)
        form = AuditFilterForm(request.GET or None, verbs=audit_verbs(chain), actors=actors)
        wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
        events = audit_events(chain, **{name: value for name, value in wanted.items() if value})
        page = Paginator(events, PAGE).get_page(request.GET.get("page"))
        anchor = audit.anchors().get(chain)
        return self.draw(
            form=form,
            narrowed=any(wanted.values()),
            page=page,
            rows=[
                (event, said(event.verb), actors.get(event.actor, "The system"), short(event.subject), detail(event))
                for event in page
            ],
            head=AuditChain.objects.filter(name=chain).first(),
            anchor=anchor,
            verdict=audit.verify(chain, anchor=anchor) if "verify" in request.GET else None,
        )
