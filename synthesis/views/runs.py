"""The tagging runs of a programme: what was tagged by which model against which codebook, and what failed and why."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.roles import Permission
from accounts.scoping import ScopedView
from interviews.models import ClearedTranscript
from research.models import Programme
from synthesis.models import Codebook
from synthesis.permissions import run_refusal
from synthesis.queries import runs_of
from synthesis.services import runs
from synthesis.views.review import progress_of


class Runs(ScopedView):
    """The list of runs."""

    permission = Permission.READ_CLEARED

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        state = progress_of(programme)
        failed = {job.subject: job for job in state.failed}
        stuck = ClearedTranscript.objects.filter(pk__in=list(failed)).select_related("interview").defer("text")
        rows = list(runs_of(programme))
        context = {
            "programme": programme,
            "section": "review",
            "tagging": state,
            "poll": reverse("tagging", args=[slug]) if state.busy else "",
            "runs": rows,
            "suggested": sum(run.suggested for run in rows),  # type: ignore[attr-defined]
            "words": sum(run.words for run in rows),
            "failed": [(cleared, failed[str(cleared.pk)]) for cleared in stuck],
            "codebooks": Codebook.objects.filter(programme=programme).order_by("-version"),
            "version": runs.model_version(),
            "refusal": run_refusal(request.user),  # type: ignore[arg-type]
        }
        return render(request, "synthesis/runs.html", context)


class RunAll(ScopedView):
    """Ask for every cleared text to be tagged, or for one text again after a failure."""

    permission = Permission.READ_CLEARED

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        if wanted := request.POST.get("cleared"):
            cleared = self.see(ClearedTranscript, pk=wanted, programme=programme)
            runs.request_run(cleared, by=request.user)  # type: ignore[arg-type]
            messages.success(request, f"{cleared.interview.label} will be tagged again.")
        else:
            asked = runs.request_all(programme, by=request.user)  # type: ignore[arg-type]
            messages.success(request, f"{len(asked)} transcripts are tagged against the questions as they stand.")
        return redirect("runs", slug=slug)
