"""Transcripts: the list with its uploads, and one transcript with its state, losses and speakers."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from accounts.moves import IllegalMove, Invalid
from accounts.roles import Permission as P
from interviews import queries, sources
from interviews.forms import SpeakersForm, TranscriptFilter, UploadForm
from interviews.models import Clearance, Interview, Transcript
from interviews.permissions import mapping_refusal, name_shown, source_refusal
from interviews.services import intake, transcripts
from interviews.states import TranscriptState
from interviews.views.pages import Act, OnTranscript, ProgrammePage

PAGE = 50
WAY = (
    ("received", "Received"),
    ("parsed", "Read"),
    ("mapped", "Speakers named"),
    ("reviewed", "First review"),
    ("cleared", "Cleared"),
)


class TranscriptList(ProgrammePage):
    """The list. Asked for by HTMX it answers with the rows alone, which ask again while files are being read."""

    permission = P.READ_CLEARED
    template = "interviews/transcripts.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        fragment = getattr(request, "htmx", False)
        return self.draw("interviews/_transcript_rows.html" if fragment else "", **self.rows(), **self.upload_form())

    def rows(self) -> dict[str, Any]:
        form = TranscriptFilter(self.request.GET or None)
        wanted = form.cleaned_data.get("state") if form.is_bound and form.is_valid() else ""
        rows = queries.transcripts_of(self.programme, self.user)
        if wanted:
            rows = rows.filter(state=wanted)
        page = Paginator(rows, PAGE).get_page(self.request.GET.get("page"))
        return {
            "form": form,
            "narrowed": bool(wanted),
            "page": page,
            "rows": [(row, name_shown(self.user, row)) for row in page],
            "reading": queries.reading(self.programme),
            "section": "transcripts",
            # Who comes to upload, or has a file sent back, finds the form above the list.
            "upload_first": self.request.method == "POST" or "for" in self.request.GET,
        }

    def upload_form(self) -> dict[str, Any]:
        refusal = self.why_not(P.UPLOAD_TRANSCRIPTS)
        form = (
            None
            if refusal
            else UploadForm(programme=self.programme, initial={"interview": self.request.GET.get("for")})
        )
        return {"upload_form": form, "upload_refusal": refusal}


class Upload(TranscriptList):
    """Files come in: each is kept and gets its row, or a sentence that says why not; the others go on."""

    permission = P.UPLOAD_TRANSCRIPTS
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = UploadForm(request.POST, programme=self.programme)
        files = request.FILES.getlist("files")
        if not form.is_valid() or not files:
            if not files:
                form.add_error(None, "Choose at least one file.")
            return self.draw(**self.rows() | {"upload_form": form, "upload_refusal": None}, status=400)
        faults, new, here = [], 0, 0
        for file in files:
            try:
                received = self.take(file, form.cleaned_data["interview"])
            except (Invalid, IllegalMove) as wrong:
                faults.append((transcripts.display_name(file.name or ""), str(wrong)))
                continue
            new, here = new + received.new, here + (not received.new)
            if not received.new:
                label = received.transcript.interview.label
                messages.info(request, f"{file.name} is already here, as a transcript of {label}.")
        if new:
            messages.success(request, f"{new} received. They are read in the background; you may leave this page.")
        if faults:
            return self.draw(
                **self.rows() | {"upload_form": form, "upload_refusal": None, "faults": faults}, status=400
            )
        return redirect("transcripts", self.programme.slug)

    def take(self, file: Any, interview: Interview | None) -> transcripts.Received:
        interview = interview or intake.interview_for(file.name or "", self.programme)
        if interview is None:
            raise Invalid("Which call is this? Choose it above, or put its number (like INT-014) into the file's name.")
        kept = sources.keep(file.chunks())
        return transcripts.receive_upload(interview=interview, kept=kept, filename=file.name or "", by=self.user)


class TranscriptPage(OnTranscript):
    template = "interviews/transcript.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show()

    def show(self, *, status: int = 200, speakers_form: SpeakersForm | None = None) -> HttpResponse:
        transcript = self.transcript
        closed = source_refusal(self.user, transcript)
        speakers = [] if closed else list(transcript.speakers.all())
        refusal = mapping_refusal(self.user, transcript) or transcripts.mapping_obstacle(transcript)
        mapped = transcript.state not in (TranscriptState.RECEIVED, TranscriptState.PARSED)
        form = speakers_form or SpeakersForm(speakers=speakers, mapped=mapped)
        return self.draw(
            status=status,
            transcript=transcript,
            interview=transcript.interview,
            loss=transcript.loss,
            size=filesizeformat(transcript.size),
            speakers=speakers,
            speakers_form=form,
            mapping_refusal=refusal,
            source_refusal=closed,
            name=name_shown(self.user, transcript),
            reading=transcripts.reading_of(transcript) if transcript.state == TranscriptState.RECEIVED else None,
            reparse_refusal=self.why_not(P.UPLOAD_TRANSCRIPTS),
            clearance=clearance_of(transcript),
            cleared=queries.cleared_of(self.programme, self.user).filter(transcript=transcript).last(),
            steps=steps(transcript.state),
            section="transcripts",
        )


def steps(state: str) -> list[tuple[str, str]]:
    """The way of a transcript, each step with done, now or ahead."""
    names = [name for name, _ in WAY]
    here = names.index(state) if state in names else -1
    if state == TranscriptState.FAILED:
        here = 0
    if state == TranscriptState.CLEARED:
        here = len(WAY)
    return [(label, "done" if n < here else "now" if n == here else "ahead") for n, (_, label) in enumerate(WAY)]


def clearance_of(transcript: Transcript) -> Clearance | None:
    """Who has signed so far, or None."""
    rows = Clearance.objects.select_related("first_by", "second_by", "interviewer")
    return rows.filter(transcript=transcript).first()


class Speakers(TranscriptPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = SpeakersForm(request.POST, speakers=list(self.transcript.speakers.all()), mapped=True)
        if not form.is_valid():
            return self.show(status=400, speakers_form=form)
        try:
            transcripts.map_speakers(transcript=self.transcript, roles=form.roles(), by=self.user)
        except Invalid as wrong:
            form.add_error(None, str(wrong))
            return self.show(status=400, speakers_form=form)
        messages.success(request, "The speakers are named. Compliance can review the text now.")
        return redirect("transcript", self.programme.slug, self.transcript.pk)


class Reparse(Act, OnTranscript):
    permission = P.UPLOAD_TRANSCRIPTS

    def act(self) -> str:
        transcripts.reparse(transcript=self.transcript, by=self.user)
        return "The file is read again in the background."

    def back(self) -> str:
        return reverse("transcript", args=[self.programme.slug, self.transcript.pk])
