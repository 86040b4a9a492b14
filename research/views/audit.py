"""A chain of events as a page: read, narrowed, exported and checked, never changed."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse

from accounts import audit, audit_file
from accounts.audit import HOUSE, Verdict
from accounts.models import AuditChain, AuditEvent
from accounts.moves import Invalid
from accounts.roles import Permission
from accounts.sheet import cell
from research.forms import AuditFilterForm
from research.models import Participation
from research.queries import audit_actors, audit_events, audit_verbs, chain_rows, fund_actors, newest_anchor
from research.states import ParticipationState
from research.views.pages import Page, ProgrammePage

PAGE = 50
ID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
COLUMNS = ("No.", "When (UTC)", "Who", "What", "To what", "Details", "Fingerprint before", "Fingerprint", "Chain")
UNREADABLE = "The filter can't be read. Choose from the lists, and give days as dates."


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


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


class ChainPage(Page):
    """One chain. GET shows it, or with `as` hands out what is shown as a file; POST checks it."""

    permission = Permission.READ_AUDIT
    template = "research/audit.html"
    heading = "Audit"
    lead = ""
    file = "audit"
    nobody = "The system"

    @property
    def chain(self) -> str:
        raise NotImplementedError

    @property
    def here(self) -> str:
        """The address of this page."""
        raise NotImplementedError

    @cached_property
    def actors(self) -> dict[Any, str]:
        """Who is named to this reader, by id."""
        return audit_actors(self.chain, self.actor)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        form, events = self.narrowed()
        exporter = {"csv": self.csv, "jsonl": self.lines}.get(request.GET.get("as", ""))
        if exporter is None:
            return self.show(form, events)
        if form.errors:
            raise Invalid(UNREADABLE)
        # What leaves the house can be compared later with a head that the database does not hold.
        audit.anchor(self.chain)
        return exporter(events)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        chain = self.chain
        form, events = self.narrowed()
        return self.show(form, events, audit.check(chain))

    def narrowed(self) -> tuple[AuditFilterForm, QuerySet[AuditEvent]]:
        """The filter, and the events that it lets through: all of them when it can't be read."""
        form = AuditFilterForm(
            self.request.GET or None, verbs=audit_verbs(self.chain), actors=self.actors, nobody=self.nobody
        )
        wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
        return form, audit_events(self.chain, named=self.actors, **wanted)

    def show(self, form: AuditFilterForm, events: QuerySet[AuditEvent], verdict: Verdict | None = None) -> HttpResponse:
        page = Paginator(events, PAGE).get_page(self.request.GET.get("page"))
        return self.draw(
            heading=self.heading,
            lead=self.lead,
            here=self.here,
            form=form,
            narrowed=form.is_bound and not form.errors and any(form.cleaned_data.values()),
            unreadable=bool(form.errors),
            page=page,
            rows=[
                (
                    event,
                    said(event.verb),
                    self.actors.get(event.actor, self.nobody),
                    short(event.subject),
                    detail(event),
                )
                for event in page
            ],
            head=AuditChain.objects.filter(name=self.chain).first(),
            anchor=newest_anchor(self.chain),
            verdict=verdict,
        )

    def lines(self, events: QuerySet[AuditEvent]) -> HttpResponseBase:
        """JSON lines that `verify_audit --file` checks without the database."""
        return self.download(audit_file.lines(self.chain, events), "jsonl", "application/jsonl; charset=utf-8")

    def csv(self, events: QuerySet[AuditEvent]) -> HttpResponseBase:
        """Rows for a spreadsheet."""
        return self.download(self.sheet(events), "csv", "text/csv; charset=utf-8")

    def sheet(self, events: QuerySet[AuditEvent]) -> Iterator[str]:
        """The lines of the CSV file, oldest first, behind a byte order mark."""
        write = csv.writer(_Echo(), lineterminator="\r\n").writerow
        yield "\ufeff" + write(COLUMNS)
        for event in events.order_by("seq").iterator(audit.CHUNK):
            who = self.actors.get(event.actor, self.nobody)
            at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
            body = json.dumps(event.body, ensure_ascii=False, sort_keys=True) if event.body else ""
            row = (event.seq, at, who, event.verb, event.subject, body, event.prev_hash, event.hash, event.chain)
            yield write([cell(value) for value in row])

    def download(self, lines: Iterator[str], suffix: str, media_type: str) -> HttpResponseBase:
        disposition = f'attachment; filename="{self.file}.{suffix}"'
        return StreamingHttpResponse(lines, content_type=media_type, headers={"Content-Disposition": disposition})


class AuditPage(ChainPage, ProgrammePage):
    """What was done to a programme."""

    lead = "Everything that was done to this programme."

    @property
    def chain(self) -> str:
        return self.programme.chain

    @property
    def here(self) -> str:
        return reverse("audit", args=[self.programme.slug])

    @property
    def file(self) -> str:  # type: ignore[override]
        return f"{self.programme.slug}-audit"


class HouseAudit(ChainPage):
    """What was done in the house beside its programmes."""

    template = "research/audit_house.html"
    heading = "Audit of the house"
    lead = "Accounts, sign-ins, funds and staff: everything that was done beside the programmes."
    file = "house-audit"
    chain = HOUSE

    @property
    def here(self) -> str:
        return reverse("audit_house")


class AuditChains(Page):
    """All chains that this reader may know of, with the state of each. POST checks them all."""

    permission = Permission.READ_AUDIT
    template = "research/audit_chains.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.draw(rows=chain_rows(self.actor))

    def post(self, request: HttpRequest) -> HttpResponse:
        verdicts = [audit.check(row.head.name) for row in chain_rows(self.actor)]
        bad = [verdict for verdict in verdicts if verdict.bad is not None]
        return self.draw(rows=chain_rows(self.actor), checked=len(verdicts), bad=bad)


class FundRecord(ChainPage):
    """A fund's own chain, for its lead and its compliance. Nothing here is of, or counts, another fund."""

    permission = Permission.READ_RECORD
    template = "portal/record.html"
    lead = "What your people read and signed, who was added and who left, your policy, and what was released to you."
    file = "fund-record"
    nobody = "The firm"

    @cached_property
    def participation(self) -> Participation:
        return self.see(Participation, pk=self.kwargs["participation"])

    @property
    def chain(self) -> str:
        return self.participation.chain

    @property
    def here(self) -> str:
        return reverse("fund_record", args=[self.participation.pk])

    @cached_property
    def actors(self) -> dict[Any, str]:
        return fund_actors(self.participation.fund_id)

    def context(self) -> dict[str, Any]:
        """The title only for a fund that has or had a seat: before that it is not told."""
        seated = self.participation.state in (ParticipationState.SEATED, ParticipationState.WITHDRAWN)
        return {"title": self.participation.programme.title if seated else ""}


class FundRecords(Page):
    """A fund's parts in programmes, each with its record."""

    permission = Permission.READ_RECORD
    template = "portal/records.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        parts = Participation.objects.visible_to(self.actor).select_related("programme").order_by("since")
        told = (ParticipationState.SEATED, ParticipationState.WITHDRAWN)
        return self.draw(rows=[(part, part.programme.title if part.state in told else "") for part in parts])
