"""The page of a running call: its start, the topic card, notes with their time, the guide, the stop button, the end.

What changes while the call runs is one fragment that asks again every few seconds, so that two people, or two windows, see
each other's notes; the field in which somebody types stands outside it and is never replaced.
"""

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import refusal
from accounts.roles import Permission as P
from interviews import texts
from interviews.models import ConsentPurpose, Interview
from interviews.permissions import notes_open, refuse_if, sitting_refusal, stop_review_refusal
from interviews.services import conduct, consent, notebook, topics
from interviews.states import InterviewState
from interviews.views.calls import InterviewAct
from interviews.views.pages import OnInterview
from research.models import KeyQuestion

CLOSED = "Only the interviewer, the chaperone and compliance may open the page of a call."
S = InterviewState
NOTED = (S.STARTED, S.HELD, S.ENDED_EARLY, S.STOPPED)


def live_context(interview: Interview, user: Any) -> dict[str, Any]:
    """What may change while the call runs. `version` tells one state of it from another."""
    notes = notebook.notes_of(interview)
    guide = notebook.guide(interview, notes)
    recording, consented = notebook.recording(interview), ConsentPurpose.RECORD in consent.standing(interview)
    told = [interview.state, recording, consented, *(note.pk for note in notes)]
    told += [f"{topic.question.code}{topic.coverage is not None}" for topic in guide]
    return {
        "interview": interview,
        "programme": interview.programme,
        "notes": notes,
        "guide": guide,
        "covered": sum(topic.coverage is not None for topic in guide),
        "running": interview.state == S.STARTED,
        "noted": interview.state in NOTED,
        "recording": recording,
        "consented": consented,
        "sitting": sitting_refusal(user, interview) is None,
        "version": hashlib.sha256(repr(told).encode()).hexdigest()[:16],
    }


class CallPage(OnInterview):
    """The page; open to those who may read the notes on the call."""

    template = "interviews/call.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        refuse_if(None if notes_open(self.user, self.interview) else CLOSED)
        return self.show()

    def show(self, *, status: int = 200, draft: str = "", wrong: str = "") -> HttpResponse:
        interview, here = self.interview, timezone.now()
        before = interview.state in (S.OPEN, S.TENTATIVE, S.BOOKED)
        sitting = sitting_refusal(self.user, interview)
        return self.draw(
            status=status,
            **live_context(interview, self.user),
            card=topics.card_for(interview),
            card_needed=conduct.card_needed(interview),
            now=here,
            elapsed=clock(interview, here),
            before=before,
            start_refusal=sitting or (conduct.starting_obstacle(interview) if interview.state == S.BOOKED else None),
            sitting_refusal=sitting,
            attested=consent.attested(interview) if before else None,
            wording=texts.current(texts.ATTESTATION) if before else None,
            consents=self.consents() if interview.state in (S.BOOKED, S.STARTED) else [],
            stop_refusal=self.stop_refusal(),
            review_refusal=stop_review_refusal(self.user, interview),
            reviewed=interview.changes.filter(what=conduct.REVIEWED).select_related("by").first(),
            draft=draft,
            wrong=wrong,
            longest=notebook.LONGEST,
            section="interviews",
        )

    def consents(self) -> list[tuple[str, Any, bool]]:
        """Each purpose with the words to read out, and whether the consent stands."""
        stands = consent.standing(self.interview)
        return [(purpose, texts.consent_of(purpose), purpose in stands) for purpose in texts.CONSENTS]

    def stop_refusal(self) -> str | None:
        if sitting_refusal(self.user, self.interview) is None or refusal(self.user, P.CLEAR_TRANSCRIPTS) is None:
            return None
        return refusal(self.user, P.LOG_INTERVIEWS)


def clock(interview: Interview, here: Any) -> str:
    """How long the call has run, or ran, as m:ss."""
    if interview.started_at is None:
        return "0:00"
    seconds = max(int(((interview.ended_at or here) - interview.started_at).total_seconds()), 0)
    return f"{seconds // 60}:{seconds % 60:02}"


class CallLive(OnInterview):
    """What changed; nothing (204) when the page shows it already."""

    template = "interviews/_call_live.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        refuse_if(None if notes_open(self.user, self.interview) else CLOSED)
        context = live_context(self.interview, self.user)
        if request.GET.get("seen") == context["version"]:
            return HttpResponse(status=204)
        return self.draw(**context)


class CallAct(InterviewAct):
    """The answer to a button of the page."""

    def back(self) -> str:
        return reverse("call", args=[self.programme.slug, self.interview.number])


class LiveAct(CallPage):
    """The answer to what is done while talking: the changed fragment, or a sentence beside words that are kept."""

    http_method_names = ["post"]

    def act(self) -> None:
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        fragment = getattr(request, "htmx", False)
        try:
            self.act()
        except (Invalid, IllegalMove) as wrong:
            status = 400 if isinstance(wrong, Invalid) else 409
            if fragment:
                return HttpResponse(str(wrong), status=status, content_type="text/plain; charset=utf-8")
            return self.show(status=status, draft=request.POST.get("text", ""), wrong=str(wrong))
        if not fragment:
            return redirect("call", self.programme.slug, self.interview.number)
        fresh = Interview.objects.select_related("programme").get(pk=self.interview.pk)
        return render(request, "interviews/_call_live.html", live_context(fresh, self.user))

    def question(self, name: str) -> KeyQuestion | None:
        """The key question that the form names by its code, or None for an empty name; an unknown one is Invalid."""
        code = self.request.POST.get(name, "")
        if not code:
            return None
        found = KeyQuestion.objects.filter(programme=self.programme, code=code).first()
        if found is None:
            raise Invalid("There is no such key question in this programme.")
        return found


class NoteAdd(LiveAct):
    def act(self) -> None:
        given = self.request.POST
        begun = given.get("at_ms", "")
        notebook.note(
            interview=self.interview,
            text=given.get("text", ""),
            by=self.actor,
            at_ms=int(begun) if begun.isdecimal() and len(begun) < 12 else None,
            question=self.question("question"),
        )


class Cover(LiveAct):
    def act(self) -> None:
        question = self.question("question")
        if question is None:
            raise Invalid("Say which question was covered.")
        covered = self.request.POST.get("covered") == "yes"
        notebook.cover(interview=self.interview, question=question, by=self.actor, covered=covered)


class Recording(LiveAct):
    def act(self) -> None:
        notebook.mark_recording(interview=self.interview, on=self.request.POST.get("on") == "yes", by=self.actor)


class Start(CallAct):
    def act(self) -> str:
        conduct.start(interview=self.interview, by=self.actor)
        return "The call has started."


class Attest(CallAct):
    def act(self) -> str:
        consent.attest(interview=self.interview, method=self.request.POST.get("method", ""), by=self.actor)
        return "The attestation is on record."


class GiveConsent(CallAct):
    def act(self) -> str:
        purpose = self.request.POST.get("purpose", "")
        if self.request.POST.get("act") == "withdraw":
            consent.withdraw(interview=self.interview, purpose=purpose, by=self.actor)
            return "The consent is withdrawn."
        consent.give(interview=self.interview, purpose=purpose, method="spoken", by=self.actor)
        return "The consent is on record."


class Ending(CallAct):
    def minutes(self) -> int | None:
        """The minutes that the form gives; None when it leaves them to the clock."""
        given = self.request.POST.get("minutes", "").strip()
        if given and not (given.isdecimal() and len(given) < 5):
            raise Invalid("Give the minutes as a whole number.")
        return int(given) if given else None

    def act(self) -> str:
        row = conduct.end(interview=self.interview, by=self.actor, minutes=self.minutes())
        return f"The call has ended after {row.minutes} minute{'' if row.minutes == 1 else 's'}. It is logged as held."


class EndEarly(Ending):
    def act(self) -> str:
        reason = self.request.POST.get("reason", "")
        conduct.end_early(interview=self.interview, reason=reason, by=self.actor, minutes=self.minutes())
        return "The call has ended early. It counts in no quota, and the minutes heard are paid."


class Stop(CallAct):
    def act(self) -> str:
        conduct.stop_for_compliance(interview=self.interview, by=self.actor)
        messages.warning(self.request, "Say to the expert that they are paid in full. Don't go on with the subject.")
        return "The call is stopped for compliance. It counts in no quota, and compliance looks at it."


class StopReview(CallAct):
    permission = P.CLEAR_TRANSCRIPTS

    def act(self) -> str:
        conduct.review_stop(interview=self.interview, found=self.request.POST.get("found", ""), by=self.actor)
        return "The review is on record."
