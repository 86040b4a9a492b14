"""The fund's pages. Each takes its values from `synthesis.portal` and records the reading before it answers."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.roles import Permission
from accounts.scoping import ScopedView
from research import signing
from synthesis import portal, search
from synthesis.models import Edition
from synthesis.services.access import record_reading
from synthesis.services.files import read_file


class PortalView(ScopedView):
    """A page of a fund: what is released, to whom it is released, and nothing else."""

    permission = Permission.READ_RELEASED
    template = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What is closed only for lack of this person's signature leads to the terms."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except Http404:
            if terms := signing.wanted(request.user, kwargs.get("public_id")):
                return redirect("fund_terms_one", terms=terms.pk)
            raise

    def page(self, request: HttpRequest, programme: portal.Programme, **context: Any) -> HttpResponse:
        return render(request, self.template, {"programme": programme, **context})

    def read(self, public_id: UUID, item: str) -> Edition:
        """The edition of the released version, once the reading of this item is on record; 404 when there is none."""
        return self.record(portal.released(self.request.user, public_id), item)

    def record(self, edition: Edition, item: str) -> Edition:
        """The same edition, once the reading of this item is on record."""
        record_reading(deliverable=edition.deliverable, item=item, by=self.actor)
        return edition


class Portal(PortalView):
    """The fund's programmes, and what waits for this person's signature; with one programme only, that one."""

    template = "portal/programmes.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        found = portal.programmes(request.user)
        waiting = signing.waiting(request.user)
        if len(found) == 1 and not waiting:
            return redirect("portal_programme", public_id=found[0].public_id)
        return render(request, self.template, {"programmes": found, "waiting": waiting})


class ProgrammePage(PortalView):
    """Before the release the date of delivery; after it the answer and the ways in."""

    template = "portal/programme.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        programme = portal.programme(request.user, public_id)
        if programme.released_at is None:
            return self.page(request, programme)
        edition = self.read(public_id, "overview")
        return self.page(request, programme, report=portal.report(edition))


class ReportPage(PortalView):
    """The released report."""

    template = "portal/report.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        edition = self.read(public_id, "report")
        return self.page(request, portal.programme_of(edition), report=portal.report(edition))


class ReportFile(PortalView):
    """A file of the released version, as a download."""

    def get(self, request: HttpRequest, public_id: UUID, name: str) -> HttpResponse:
        edition = portal.released(request.user, public_id)
        row = edition.files.filter(name=name).first()
        content = read_file(row) if row else None
        if row is None or content is None:
            raise Http404
        self.record(edition, f"file {row.name}")
        return download(content, row.name, row.media_type)


class Interviews(PortalView):
    """The released interviews by descriptor and segment, with their summaries."""

    template = "portal/interviews.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        edition = self.read(public_id, "interviews")
        listed = portal.interviews(edition.snapshot, portal.transcript_ids(edition))
        segments = list(dict.fromkeys(row.segment for row in listed))
        groups = [(segment, [row for row in listed if row.segment == segment]) for segment in segments]
        return self.page(request, portal.programme_of(edition), groups=groups, total=len(listed))


class InterviewPage(PortalView):
    """The cleared words of one released interview."""

    template = "portal/interview.html"

    def get(self, request: HttpRequest, public_id: UUID, transcript_id: UUID) -> HttpResponse:
        edition = portal.released(request.user, public_id)
        transcript = portal.transcript(edition, transcript_id)
        self.record(edition, f"transcript {transcript.interview.code}")
        return self.page(request, portal.programme_of(edition), transcript=transcript)


class TranscriptFile(PortalView):
    """The same words as a plain file."""

    def get(self, request: HttpRequest, public_id: UUID, transcript_id: UUID) -> HttpResponse:
        edition = portal.released(request.user, public_id)
        programme, transcript = portal.programme_of(edition), portal.transcript(edition, transcript_id)
        code = transcript.interview.code
        self.record(edition, f"file transcript {code}")
        mark = "Synthetic sample data: this person and these words are made up.\n\n" if programme.synthetic else ""
        words = (mark + portal.as_text(transcript)).encode()
        return download(words, f"transcript-{code}.txt", "text/plain; charset=utf-8")


class Search(PortalView):
    """Passages of the released report and transcripts."""

    template = "portal/search.html"

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        edition = portal.released(request.user, public_id)
        programme = portal.programme_of(edition)
        query = request.GET.get("q", "")
        found = search.search(edition, query)
        if found.query:
            self.record(edition, "search")
        if getattr(request, "htmx", False):
            return render(request, "portal/_found.html", {"programme": programme, "found": found})
        return self.page(request, programme, found=found)


def download(content: bytes, name: str, media_type: str) -> HttpResponse:
    """Bytes under a name of ours: never shown in place, never kept, never taken for another type."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "no-store"
    return response
