"""The report's way out of the house: summaries, versions, the preview, approval, release and recall."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.jobs import Job
from accounts.permissions import allowed, refusal
from accounts.roles import Permission
from accounts.scoping import ScopedView, visible
from interviews.models import ClearedTranscript
from research.models import Programme
from research.states import SeatState
from synthesis import portal
from synthesis.models import Deliverable, Edition, Summary
from synthesis.services import deliverables, editions, facts, findings, summaries
from synthesis.services.files import read_file
from synthesis.states import DeliverableState, DraftState
from synthesis.views.portal import download

S = DeliverableState
TONES = {
    S.BUILDING: "active",
    S.FAILED: "bad",
    S.FROZEN: "active",
    S.APPROVED: "good",
    S.RELEASED: "good",
    S.RECALLED: "bad",
}


class Summaries(ScopedView):
    """One summary an interview, in the expert's own words: drafted from accepted passages, signed by a second person."""

    permission = Permission.READ_CLEARED

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        rows = summary_rows(programme, self.actor)
        context = {
            "programme": programme,
            "section": "report",
            "rows": rows,
            "missing": sum(row["summary"] is None for row in rows),
            "signed": sum(bool(row["summary"]) and row["summary"].state == DraftState.APPROVED for row in rows),
            "write_reason": refusal(self.actor, Permission.WRITE_FINDINGS),
        }
        return render(request, "synthesis/report_summaries.html", context)


class SummaryAction(ScopedView):
    """Draft, shorten or sign the summary of one interview; draft all that are missing."""

    permission = Permission.READ_CLEARED

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        action = request.POST.get("action")
        if action == "draft-all":
            for cleared in facts.evidence(programme):
                if not Summary.objects.filter(cleared=cleared).exists() and summaries.pick(cleared):
                    summaries.draft_summary(cleared=cleared, by=self.actor)
            messages.success(request, "The missing summaries are drafted. Somebody else signs each one.")
            return redirect("report_summaries", slug=slug)
        cleared = self.see(ClearedTranscript, pk=request.POST.get("cleared", ""), programme=programme)
        if action == "draft":
            summaries.draft_summary(cleared=cleared, by=self.actor)
        else:
            self._change(get_object_or_404(Summary, cleared=cleared), action or "")
        if getattr(request, "htmx", False):
            row = summary_row(cleared, self.actor)
            return render(request, "synthesis/_report_summary.html", {"programme": programme, "row": row})
        return redirect("report_summaries", slug=slug)

    def _change(self, summary: Summary, action: str) -> None:
        if action == "approve":
            summaries.approve_summary(summary=summary, by=self.actor)
        elif action == "drop" and self.request.POST.get("start", "").isdecimal():
            summaries.drop_point(summary=summary, start=int(self.request.POST["start"]), by=self.actor)
        else:
            raise Http404


class Versions(ScopedView):
    """The versions of the report and where each stands."""

    permission = Permission.SEE_PROGRAMMES

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        rows = visible(Deliverable, request.user).filter(programme=programme).defer("snapshot", "tally")
        context = {
            "programme": programme,
            "section": "report",
            "versions": [version_row(row) for row in rows.select_related("built_by", "approved_by", "released_by")],
            "build_reason": refusal(self.actor, Permission.BUILD_REPORT) or deliverables.build_obstacle(programme),
            "may_read": allowed(self.actor, Permission.READ_CLEARED),
            "unsigned": unsigned(programme),
        }
        return render(request, "synthesis/report_versions.html", context)

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        row = deliverables.request_report(programme=self.see(Programme, slug=slug), by=self.actor)
        messages.success(request, f"Version {row.version} is being built. You may leave this page.")
        return redirect("report_versions", slug=slug)


class VersionView(ScopedView):
    permission = Permission.SEE_PROGRAMMES

    def version(self, slug: str, version: int) -> Deliverable:
        programme = self.see(Programme, slug=slug)
        return self.see(Deliverable, programme=programme, version=version)

    def edition(self, row: Deliverable) -> Edition:
        """The edition that the address asks for by its letter, by default the whole one, or 404."""
        letter = self.request.GET.get("edition", "A")
        found = next((one for one in row.editions.defer("snapshot") if one.letter == letter), None)
        if found is None:
            raise Http404
        return found

    def back(self, deliverable: Deliverable, sentence: str) -> HttpResponse:
        messages.success(self.request, sentence)
        return redirect("report_version", slug=deliverable.programme.slug, version=deliverable.version)


class Progress(VersionView):
    """How far the building of a version has come; the answer replaces the bar, and the page once it is done."""

    def get(self, request: HttpRequest, slug: str, version: int) -> HttpResponse:
        row = self.version(slug, version)
        response = render(request, "synthesis/_report_progress.html", {"programme": row.programme, **version_row(row)})
        if row.state != S.BUILDING:
            response["HX-Refresh"] = "true"
        return response


class Preview(VersionView):
    """A version as the funds will read it, with what is still to be signed. Only those who read cleared texts see it."""

    def get(self, request: HttpRequest, slug: str, version: int) -> HttpResponse:
        row = self.version(slug, version)
        may_read = allowed(self.actor, Permission.READ_CLEARED)
        released = row.state in (S.RELEASED, S.RECALLED)
        edition = self.edition(row)
        context = {
            "programme": row.programme,
            "section": "report",
            **version_row(row),
            "edition": edition,
            "editions": list(row.editions.defer("snapshot")),
            "report": portal.report(edition, linked=False) if may_read else None,
            "approve_reason": deliverables.approval_refusal(row, self.actor),
            "release_reason": refusal(self.actor, Permission.RELEASE) or deliverables.release_obstacle(row),
            "recall_reason": refusal(self.actor, Permission.RELEASE),
            "retry_reason": refusal(self.actor, Permission.BUILD_REPORT),
            "may_recall": row.state in (S.FROZEN, S.APPROVED, S.RELEASED),
            "may_name": allowed(self.actor, Permission.SEE_FUNDS),
            "readings": deliverables.readers_of(row) if released and allowed(self.actor, Permission.READ_AUDIT) else [],
        }
        return render(request, "synthesis/report_version.html", context)


class ReportFile(VersionView):
    """A file of a version, for those of the firm who may read it."""

    permission = Permission.READ_CLEARED

    def get(self, request: HttpRequest, slug: str, version: int, name: str) -> HttpResponse:
        row = self.edition(self.version(slug, version)).files.filter(name=name).first()
        content = read_file(row) if row else None
        if row is None or content is None:
            raise Http404
        return download(content, row.name, row.media_type)


class Approve(VersionView):
    permission = Permission.APPROVE_REPORT

    def post(self, request: HttpRequest, slug: str, version: int) -> HttpResponse:
        row = deliverables.approve_report(deliverable=self.version(slug, version), by=self.actor)
        return self.back(row, "The version is approved and can be released.")


class Retry(VersionView):
    permission = Permission.BUILD_REPORT

    def post(self, request: HttpRequest, slug: str, version: int) -> HttpResponse:
        row = deliverables.retry_report(deliverable=self.version(slug, version), by=self.actor)
        return self.back(row, "The version is being built again. You may leave this page.")


class Release(VersionView):
    """Asks once more before all seats can read, and then opens the version to all of them at one instant."""

    permission = Permission.RELEASE

    def get(self, request: HttpRequest, slug: str, version: int) -> HttpResponse:
        row = self.version(slug, version)
        context = {
            "programme": row.programme,
            "section": "report",
            **version_row(row),
            "reason": deliverables.release_obstacle(row),
            "damage": editions.damage(row) if row.state == S.APPROVED else [],
            "seats": row.programme.seats.filter(state=SeatState.ACTIVE).count(),
        }
        return render(request, "synthesis/report_release.html", context)

    def post(self, request: HttpRequest, slug: str, version: int) -> HttpResponse:
        row = deliverables.release(deliverable=self.version(slug, version), by=self.actor)
        return self.back(row, "The version is released: every fund on a seat can read it now.")


class Recall(VersionView):
    permission = Permission.RELEASE

    def post(self, request: HttpRequest, slug: str, version: int) -> HttpResponse:
        row = self.version(slug, version)
        deliverables.recall(deliverable=row, reason=request.POST.get("reason", ""), by=self.actor)
        return self.back(row, "The version is recalled: no fund can read it any more.")


# What the pages show ------------------------------------------------------------------------------------------------


def version_row(row: Deliverable) -> dict[str, Any]:
    """A version with its state's tone and, while it is being built, its job."""
    job = None
    if row.state == S.BUILDING:
        job = Job.objects.filter(kind=deliverables.KIND, subject=str(row.pk)).first()
    return {"version": row, "tone": TONES[S(row.state)], "job": job}


def unsigned(programme: Programme) -> dict[str, int]:
    """What would stay out of a version that is built now."""
    texts = facts.evidence(programme)
    signed = Summary.objects.filter(cleared__in=texts, state=DraftState.APPROVED).count()
    drafts = programme.findings.filter(state=DraftState.DRAFT).count()
    return {"findings": drafts, "summaries": len(texts) - signed}


def summary_rows(programme: Programme, user: Any) -> list[dict[str, Any]]:
    """Every interview with a live cleared text, with its summary's sentences if there is one."""
    return _summary_rows(facts.evidence(programme), user)


def summary_row(cleared: ClearedTranscript, user: Any) -> dict[str, Any]:
    """One of them."""
    return _summary_rows([cleared], user)[0]


def _summary_rows(texts: list[ClearedTranscript], user: Any) -> list[dict[str, Any]]:
    rows = Summary.objects.filter(cleared__in=texts).select_related("cleared", "author", "approved_by")
    found, said = {row.cleared_id: row for row in rows}, facts.points(rows)
    write = refusal(user, Permission.WRITE_FINDINGS)
    return [
        {
            "cleared": cleared,
            "interview": cleared.interview,
            "summary": found.get(cleared.pk),
            "points": [{**point, "time": portal.clock(point["time_ms"])} for point in said.get(cleared.pk, [])],
            "approve_reason": findings.approval_refusal(found[cleared.pk], user) if cleared.pk in found else None,
            "write_reason": write,
        }
        for cleared in texts
    ]
