"""The clearance desk: the source with its redactions, proposals, the text as it would be, and the two signatures."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.moves import Invalid
from accounts.permissions import Refused
from accounts.roles import Permission as P
from interviews import desk
from interviews.forms import RedactionForm
from interviews.models import Transcript
from interviews.permissions import clearing_refusal, review_refusal, source_refusal
from interviews.services import clearance
from interviews.services.clearance import Mark
from interviews.states import TranscriptState
from interviews.views.pages import Act, OnTranscript
from interviews.views.transcripts import clearance_of


class Desk(OnTranscript):
    """Reading the source. `?text=cleared` shows what would remain."""

    template = "interviews/desk.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show()

    def show(self, *, status: int = 200, form: RedactionForm | None = None) -> HttpResponse:
        transcript = self.transcript
        if sentence := source_refusal(self.user, transcript):
            raise Refused(sentence)
        turns = list(transcript.turns.defer("end_ms"))
        speakers = {speaker.pk: speaker for speaker in transcript.speakers.all()}
        marks = list(transcript.redactions.select_related("by"))
        proposals = self.proposals(transcript)
        preview = self.request.GET.get("text") == "cleared"
        if preview:
            labels, roles = clearance.labels_of(speakers.values()), {pk: s.role for pk, s in speakers.items()}
            lines = desk.cleared_lines(clearance.preview(transcript, turns), turns, labels, roles)
        else:
            lines = desk.source_lines(transcript.text, turns, speakers, desk.overlays(marks, proposals))
        warnings = [] if preview or review_refusal(self.user, transcript.interview) else clearance.warnings(transcript)
        return self.draw(
            status=status,
            transcript=transcript,
            interview=transcript.interview,
            warnings_heading=f"May give the person away ({len(warnings)})",
            warnings=[(one, transcript.text[one.start : one.end], turn_of(turns, one.start)) for one in warnings],
            preview=preview,
            source=not preview,
            preview_url=f"{self.here()}?text=cleared",
            marks_heading=f"Marked ({len(marks)})",
            lines=[(line, desk.clock(line.start_ms)) for line in lines],
            marks=[(mark, transcript.text[mark.start : mark.end], turn_of(turns, mark.start)) for mark in marks],
            proposals=[(one, around(transcript.text, one.start, one.end)) for one in proposals],
            form=form or RedactionForm(),
            section="transcripts",
            **self.signatures(transcript),
        )

    def here(self) -> str:
        return reverse("desk", args=[self.programme.slug, self.transcript.pk])

    def proposals(self, transcript: Transcript) -> list[Any]:
        """Names to be taken out, for those who may mark them now."""
        if review_refusal(self.user, transcript.interview) or clearance.marking_obstacle(transcript):
            return []
        return clearance.proposals(transcript)

    def signatures(self, transcript: Transcript) -> dict[str, Any]:
        """Who signed, and why this person can't sign, as the sentences that the buttons show."""
        interview, signed = transcript.interview, clearance_of(transcript)
        who = review_refusal(self.user, interview)
        second = clearing_refusal(self.user, interview, signed)
        return {
            "clearance": signed,
            "mark_refusal": who or clearance.marking_obstacle(transcript),
            "first_refusal": who or clearance.review_obstacle(transcript),
            "second_refusal": second or clearance.clearing_obstacle(transcript),
            "can_send_back": transcript.state == TranscriptState.REVIEWED and who is None,
        }


def turn_of(turns: list[Any], position: int) -> int:
    """The number (from 1) of the turn that holds a position."""
    return next((turn.index + 1 for turn in turns if turn.start <= position < turn.end), 1)


def around(text: str, start: int, end: int) -> tuple[str, str, str]:
    """Words before, the words themselves, words after."""
    before = text[max(0, start - 30) : start].rsplit("\n", 1)[-1]
    after = text[end : end + 30].split("\n", 1)[0]
    return before, text[start:end], after


class RedactionAdd(Desk):
    permission = P.CLEAR_TRANSCRIPTS
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = RedactionForm(request.POST)
        if not form.is_valid():
            return self.show(status=400, form=form)
        given = form.cleaned_data
        try:
            words = given["words"].replace("\r\n", "\n")
            start, end = self.place(given["turn"], words, given["start"])
            mark = Mark(start, end, given["reason"], given["replacement"])
            clearance.mark_redaction(transcript=self.transcript, mark=mark, by=self.user)
        except Invalid as wrong:
            form.add_error(None, str(wrong))
            return self.show(status=400, form=form)
        return redirect(f"{self.here()}#turn-{given['turn']}")

    def place(self, number: int, words: str, start: int | None) -> tuple[int, int]:
        """Where the words stand: where they were selected, else in the turn that was named. Invalid when that can't be told."""
        text = self.transcript.text
        if start is not None and words and text[start : start + len(words)] == words:
            return start, start + len(words)
        turn = self.transcript.turns.filter(index=number - 1).first()
        if turn is None:
            raise Invalid(f"There is no turn {number} in this transcript.")
        found = desk.find_words(text, turn, words)
        if not found:
            raise Invalid(f"Turn {number} does not hold these words: copy them exactly as they stand there.")
        if len(found) > 1:
            raise Invalid(f"Turn {number} holds these words {len(found)} times: add a word before or after them.")
        return found[0]


class DeskAct(Act, OnTranscript):
    permission = P.CLEAR_TRANSCRIPTS

    def back(self) -> str:
        return reverse("desk", args=[self.programme.slug, self.transcript.pk])


class RedactionRemove(DeskAct):
    def act(self) -> str:
        clearance.remove_redaction(redaction_id=self.kwargs["mark"], transcript=self.transcript, by=self.user)
        return "The mark is gone; the words stay in the text."


class ProposalsMark(DeskAct):
    """Take over the proposals that were ticked; each is told by where it stands."""

    def act(self) -> str:
        chosen = set(self.request.POST.getlist("proposal"))
        found = [one for one in clearance.proposals(self.transcript) if f"{one.start}-{one.end}" in chosen]
        if not found:
            raise Invalid("Tick the names that are to be taken out.")
        marks = [Mark(one.start, one.end, one.reason, one.replacement) for one in found]
        rows = clearance.mark_redactions(transcript=self.transcript, marks=marks, by=self.user)
        return f"{len(rows)} marked."


class FirstReview(DeskAct):
    def act(self) -> str:
        clearance.pass_first_review(transcript=self.transcript, by=self.user)
        return "The first review is passed. A second person clears it."


class SendBack(DeskAct):
    def act(self) -> str:
        clearance.send_back(transcript=self.transcript, by=self.user)
        return "Sent back: redactions can change again, and the first review starts anew."


class Clear(DeskAct):
    def act(self) -> str:
        cleared = clearance.clear(transcript=self.transcript, by=self.user)
        return f"Cleared: {cleared.words:,} words may be used inside the firm from now on."
