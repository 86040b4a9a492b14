"""Interviews: the list, a new one, and one call with its booking, outcome, notes and sealed identity."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import refusal
from accounts.roles import Permission as P
from interviews import queries
from interviews.calendar_forms import PeopleForm
from interviews.consent_queries import unsettled
from interviews.forms import BookForm, ExpertForm, InterviewFilter, NotesForm, PostFormSet, PurposeForm
from interviews.models import IdentityRequest, Interview
from interviews.permissions import agreeing_refusal, name_shown, notes_open, opening_refusal
from interviews.services import candidates, conduct, experts, notebook, scheduling
from interviews.states import INTERVIEW, InterviewState
from interviews.views.pages import Act, OnInterview, ProgrammePage

PAGE = 50
# What can become of a call: the word in the address, the button, the state after, the service, the sentence.
OUTCOMES: dict[str, tuple[str, str, Callable[..., Interview], str]] = {
    "held": ("It was held", "held", conduct.hold, "The call is logged as held. Upload its transcript next."),
    "missed": ("The expert did not come", "no_show", conduct.no_show, "The call is logged as missed."),
    "cancelled": ("Cancel it", "cancelled", conduct.cancel, "The call is cancelled."),
    "late-expert": (
        "The expert cancelled late",
        "late_cancel",
        partial(conduct.late_cancel, side="expert"),
        "The call is logged as cancelled late by the expert; nothing is due for it.",
    ),
    "late-firm": (
        "We cancelled late",
        "late_cancel",
        partial(conduct.late_cancel, side="firm"),
        "The call is logged as cancelled late by us; what was agreed for that is due.",
    ),
    "stopped": (
        "Stop for compliance",
        "stopped",
        conduct.stop_for_compliance,
        "The call is stopped; it counts in no quota, the expert is paid in full, and compliance looks at it.",
    ),
    "open": ("Put it back on the list", "open", conduct.reopen, "The call is to be booked again."),
}


class InterviewList(ProgrammePage):
    template = "interviews/interviews.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = InterviewFilter(request.GET or None, programme=self.programme)
        wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
        rows = queries.rows_of(self.programme, self.user)
        if wanted.get("segment"):
            rows = rows.filter(segment__code=wanted["segment"])
        if wanted.get("state"):
            rows = rows.filter(state=wanted["state"])
        if wanted.get("transcript") == "none":
            rows = rows.filter(transcripts__isnull=True)
        elif wanted.get("transcript") == "withdrawn":
            rows = rows.filter(unsettled())
        elif wanted.get("transcript"):
            rows = rows.filter(transcripts__state=wanted["transcript"]).distinct()
        return self.draw(
            form=form,
            narrowed=any(wanted.values()),
            page=Paginator(rows, PAGE).get_page(request.GET.get("page")),
            refusal=self.why_not(P.LOG_INTERVIEWS),
            section="interviews",
        )


class InterviewNew(ProgrammePage):
    permission = P.LOG_INTERVIEWS
    template = "interviews/interview_new.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.draw(
            form=ExpertForm(programme=self.programme), posts=PostFormSet(prefix="post"), section="interviews"
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = ExpertForm(request.POST, programme=self.programme)
        posts = PostFormSet(request.POST, prefix="post")
        status = 400
        if form.is_valid() and posts.is_valid():
            try:
                interview = self.save(form, posts)
            except candidates.LikelySame as same:
                form.add_error(
                    None, f"{same} Add them under Experts, where you can, and put the call on the list there."
                )
            except (Invalid, IllegalMove) as wrong:
                form.add_error(None, str(wrong))
                status = 400 if isinstance(wrong, Invalid) else 409
            else:
                messages.success(request, f"{interview.label} is on the list. Book its time next.")
                return redirect("interview", self.programme.slug, interview.number)
        return self.draw(form=form, posts=posts, status=status, section="interviews")

    @transaction.atomic
    def save(self, form: ExpertForm, posts: Any) -> Interview:
        given = form.cleaned_data
        entered = [(post.employment(), post.cleaned_data.get("about")) for post in posts]
        kept = [(employment, about) for employment, about in entered if employment]
        recruited = candidates.recruit(
            programme=self.programme,
            segment=given["segment"],
            zone=given["zone"],
            by=self.user,
            posts=[employment for employment, _ in kept],
            identity=form.identity(),
            about=next((n for n, (_, about) in enumerate(kept) if about), None),
        )
        fields = {name: given[name] for name in ("segment", "interviewer", "chaperone", "zone", "minutes")}
        expert = recruited.candidate.expert
        return scheduling.plan_interview(programme=self.programme, expert=expert, by=self.user, **fields)


class InterviewPage(OnInterview):
    template = "interviews/interview.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show()

    def show(self, *, status: int = 200, **forms: Any) -> HttpResponse:
        interview: Any = queries.rows_of(self.programme, self.user).filter(pk=self.interview.pk).get()
        readable = notes_open(self.user, interview)
        bookable = interview.state == "booked" or INTERVIEW.lawful(interview.state, "booked")
        compliance = refusal(self.user, P.CLEAR_TRANSCRIPTS)
        context: dict[str, Any] = {
            "interview": interview,
            "length": f"{interview.minutes} minutes",
            "book_heading": "Move the call" if interview.starts_at and bookable else "Book the call",
            "book_label": "Move it" if interview.state == "booked" else "Book it",
            "upload_url": self.upload_url(),
            "files": [(row, name_shown(self.user, row)) for row in interview.seen_transcripts],
            "outcomes": self.outcomes(interview),
            "unattested": not interview.attestations.exists(),
            "bookable": bookable,
            "book_refusal": refusal(self.user, P.LOG_INTERVIEWS),
            "files_refusal": self.why_not(P.READ_CLEARED),
            "book_form": BookForm.of(interview),
            "people_form": PeopleForm(interview=interview) if interview.state in scheduling.MOVABLE else None,
            "notes_readable": readable,
            "timed_notes": notebook.notes_of(interview) if readable else [],
            "notes_form": NotesForm(initial={"notes": self.interview.notes}) if readable else None,
            "identity_refusal": "Only compliance may ask for it, and a second person has to agree."
            if compliance
            else None,
            "requests": [] if compliance else self.requests(interview),
            "purpose_form": None if compliance else PurposeForm(),
            "section": "interviews",
        }
        return self.draw(status=status, **context | forms)

    def outcomes(self, interview: Interview) -> list[dict[str, str | None]]:
        """The buttons that the table of moves allows from here, each with the sentence that stands in its way."""
        found = []
        for name, (label, state, _, _) in OUTCOMES.items():
            if INTERVIEW.lawful(interview.state, state) and not untimely(interview, name):
                stop = (
                    None
                    if name == "stopped" and not refusal(self.user, P.CLEAR_TRANSCRIPTS)
                    else self.why_not(P.LOG_INTERVIEWS)
                )
                kind = {"held": "primary", "stopped": "danger"}.get(name, "secondary")
                found.append({"name": name, "label": label, "kind": kind, "reason": stop})
        return found

    def requests(self, interview: Interview) -> list[tuple[IdentityRequest, str | None]]:
        """The requests about this expert, each with why this person can't agree to it or open it."""
        rows = IdentityRequest.objects.filter(expert=interview.expert, programme=self.programme)
        rows = rows.select_related("asked_by", "agreed_by")
        return [(row, (opening_refusal if row.agreed_at else agreeing_refusal)(self.user, row)) for row in rows]

    def upload_url(self) -> str:
        if self.interview.state not in ("held", "stopped") or self.why_not(P.UPLOAD_TRANSCRIPTS):
            return ""
        return f"{reverse('transcripts', args=[self.programme.slug])}?for={self.interview.pk}"


class Book(InterviewPage):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = BookForm(request.POST)
        if not form.is_valid():
            return self.show(status=400, book_form=form)
        given = form.cleaned_data
        wall = datetime.combine(given["day"], given["time"])
        fields = {name: given[name] for name in ("zone", "minutes", "fold", "over_quota")}
        try:
            said = self.take(form, interview=self.interview, wall=wall, by=self.user, **fields)
        except Invalid as wrong:
            form.add_error(None, str(wrong))
            return self.show(status=400, book_form=form)
        messages.success(request, said)
        return redirect("interview", self.programme.slug, self.interview.number)

    def take(self, form: BookForm, **time: Any) -> str:
        """Take that time for the call; the sentence that says so."""
        scheduling.book(**time)
        return "The call is booked."


class InterviewAct(Act, OnInterview):
    def back(self) -> str:
        return reverse("interview", args=[self.programme.slug, self.interview.number])


class Outcome(InterviewAct):
    def act(self) -> str:
        if self.kwargs["outcome"] not in OUTCOMES:
            raise Http404
        _, _, service, sentence = OUTCOMES[self.kwargs["outcome"]]
        more = {"attested": self.request.POST.get("attested", "")} if self.kwargs["outcome"] == "held" else {}
        service(interview=self.interview, by=self.user, **more)
        return sentence


def untimely(interview: Interview, outcome: str) -> bool:
    """True for a late cancellation of a call that is still far away, and for the end of one that runs: it has its own page."""
    if interview.state == InterviewState.STARTED:
        return outcome == "held"
    return outcome.startswith("late-") and conduct.lateness_refusal(interview) is not None


class Notes(InterviewAct):
    def act(self) -> str:
        conduct.take_notes(interview=self.interview, notes=self.request.POST.get("notes", ""), by=self.user)
        return "The notes are saved."


class IdentityAsk(InterviewAct):
    permission = P.CLEAR_TRANSCRIPTS

    def act(self) -> str:
        purpose = self.request.POST.get("purpose", "")
        experts.ask_identity(expert=self.interview.expert, programme=self.programme, purpose=purpose, by=self.user)
        return "The request is on record. A second person of compliance has to agree."


class IdentityAgree(InterviewAct):
    permission = P.CLEAR_TRANSCRIPTS

    def act(self) -> str:
        experts.agree_identity(request=own_request(self), by=self.user)
        return "You agreed. The person who asked may open the identity within a day."


class IdentityReveal(OnInterview):
    """Open the identity: a POST, because each opening is written to the audit."""

    permission = P.CLEAR_TRANSCRIPTS
    http_method_names = ["post"]
    template = "interviews/identity.html"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        identity = experts.reveal_identity(request=own_request(self), by=self.user)
        back = reverse("interview", args=[self.programme.slug, self.interview.number])
        return self.draw(kicker=self.interview.label, back=back, identity=identity, section="interviews")


def own_request(page: OnInterview) -> IdentityRequest:
    """The request in the address, when it is about this call's expert."""
    rows = IdentityRequest.objects.filter(programme=page.programme, expert=page.interview.expert_id)
    found = rows.filter(pk=page.kwargs["request_id"]).first()
    if found is None:
        raise Http404
    return found
