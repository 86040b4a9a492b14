"""The transcript reader: the whole text on one page, its highlights, and the one address that takes decisions."""

import json
from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe

from accounts.moves import Invalid
from accounts.roles import Permission
from accounts.scoping import ScopedView, get_visible, visible
from interviews.models import ClearedTranscript
from research.models import KeyQuestion
from synthesis import highlights
from synthesis.models import Suggestion, Tag
from synthesis.permissions import review_refusal
from synthesis.queries import OPEN, STATES, Item, items_of
from synthesis.services import review
from synthesis.states import Basis, Stance

# Hidden where the text needs no closer look: "<" and ">" could end the element, "&" could start an entity.
_IN_PAGE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&"}
STANCE_KEYS = {"bear": "b", "bull": "u", "mixed": "m", "neutral": "n"}
BASIS_KEYS = {"first-hand": "f", "second-hand": "s", "opinion": "o", "hypothetical": "h"}


def in_page(value: Any) -> SafeString:
    """JSON for a data block of the page."""
    return mark_safe(json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_IN_PAGE))  # noqa: S308


def as_data(item: Item) -> dict[str, Any]:
    """What the page's script knows of an item."""
    why = item.reason
    return {
        "key": item.key,
        "turn": item.turn,
        "start": item.start,
        "end": item.end,
        "question": item.question,
        "state": item.state,
        "stance": item.stance,
        "basis": item.basis,
        "score": item.score,
        "words": why.get("words", []),
        "lexical": why.get("lexical"),
        "similarity": why.get("similarity"),
        "stanceCues": why.get("stance", []),
        "basisCues": why.get("basis", []),
        "figures": [figure["text"] for figure in why.get("figures", [])],
        "model": item.model,
        "codebook": item.codebook,
        "suggestion": item.suggestion,
        "tag": item.tag,
        "by": item.by,
        "at": item.at.isoformat(timespec="minutes") if item.at else "",
        "refusal": item.refusal,
    }


def choices(stance: str = "", basis: str = "") -> dict[str, Any]:
    """The choices of stance and basis, with the key of each and what is chosen."""
    return {
        "stances": [(value, label, STANCE_KEYS[value], value == stance) for value, label in Stance.choices],
        "bases": [(value, label, BASIS_KEYS[value], value == basis) for value, label in Basis.choices],
    }


def shown(items: list[Item], given: Any) -> set[str]:
    """The keys of the items that the filter in the address lets through; rejected ones only when asked for."""
    state = given.get("state", "")
    states = {state} if state in STATES else set(STATES) if state == "all" else {OPEN, "accepted"}
    return {
        item.key
        for item in items
        if item.state in states
        and given.get("question", item.question) in ("", item.question)
        and given.get("stance", item.stance) in ("", item.stance)
    }


class Reader(ScopedView):
    """The page of one cleared text."""

    permission = Permission.READ_CLEARED

    def get(self, request: HttpRequest, cleared_id: Any) -> HttpResponse:
        return reader_page(request, cleared_id)


def reader_page(
    request: HttpRequest, cleared_id: Any, *, typed: Any = None, error: str = "", status: int = 200
) -> HttpResponse:
    """The reader, with what was typed into the form for adding a tag when that could not be saved."""
    texts = visible(ClearedTranscript, request.user).select_related(
        "programme", "interview__segment", "interview__expert"
    )
    cleared = get_object_or_404(texts, pk=cleared_id)
    items = items_of(cleared, request.user)  # type: ignore[arg-type]
    lit = shown(items, request.GET)
    chosen = next((item for item in items if item.key == request.GET.get("item")), None)
    questions = list(cleared.programme.questions.all())
    context = {
        "programme": cleared.programme,
        "section": "transcripts",
        "cleared": cleared,
        "interview": cleared.interview,
        "turns": mark_safe(highlights.transcript(cleared.text, cleared.turns.all(), items, lit)),  # noqa: S308
        "questions": questions,
        "counts": _counts(items, questions),
        "item": chosen,
        "words": cleared.text[chosen.start : chosen.end] if chosen else "",
        "data": in_page([as_data(item) for item in items]),
        "states": STATES,
        "given": request.GET,
        "refusal": review_refusal(request.user),  # type: ignore[arg-type]
        "typed": typed or {},
        "error": error,
        "model": next((item.model for item in items if item.model), ""),
        "codebook": next((item.codebook for item in items if item.codebook), None),
        "tagged": bool(items) or cleared.runs.filter(current=True).exists(),
        **choices(chosen.stance if chosen else "", chosen.basis if chosen else ""),
    }
    return render(request, "synthesis/reader.html", context, status=status)


def _counts(items: list[Item], questions: list[KeyQuestion]) -> list[dict[str, Any]]:
    """For each question how many items are open, accepted and rejected."""
    states = Counter((item.question, item.state) for item in items)
    return [{"code": q.code, "title": q.title, **{state: states[q.code, state] for state in STATES}} for q in questions]


class Decide(ScopedView):
    """Takes every decision about a text. Scripts get JSON with the turn as it now stands; forms are sent back to the page."""

    permission = Permission.READ_CLEARED

    def post(self, request: HttpRequest, cleared_id: Any) -> HttpResponse:
        cleared = self.see(ClearedTranscript, pk=cleared_id)
        if request.headers.get("Accept", "").startswith("application/json"):
            turn, key, said = self.act(cleared)
            return JsonResponse(turn_now(cleared, turn, request.user) | {"key": key, "message": said})
        try:
            turn, key, _ = self.act(cleared)
        except Invalid as invalid:
            if request.POST.get("action") != "add":
                raise
            return reader_page(request, cleared.pk, typed=request.POST, error=str(invalid), status=400)
        back = request.POST.get("next", "")
        if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            return HttpResponseRedirect(back)
        return HttpResponseRedirect(f"{reverse('read', args=[cleared.pk])}?item={key}#t{turn}")

    def act(self, cleared: ClearedTranscript) -> tuple[int, str, str]:
        """Do what was asked: the turn it changed, the key of the item to look at, and a word of confirmation."""
        given, by = self.request.POST, self.request.user
        action, marks = given.get("action"), {name: given.get(name) or None for name in ("stance", "basis")}
        if action == "add":
            question, (start, end) = self.question(cleared), self.span(cleared)
            tag = review.add(
                cleared=cleared,
                start=start,
                end=end,
                question=question,
                stance=marks["stance"] or "",
                basis=marks["basis"] or "",
                by=by,  # type: ignore[arg-type]
            )
            return self.done(tag, f"Added to {tag.question.code}.")
        if given.get("tag"):
            return self.act_on_tag(get_visible(Tag, by, pk=given["tag"], passage__cleared=cleared), marks)
        suggestion = get_visible(Suggestion, by, pk=given.get("suggestion"), run__cleared=cleared)
        if action == "reject":
            tag = review.reject(suggestion=suggestion, by=by)  # type: ignore[arg-type]
            return self.done(tag, f"Rejected for {tag.question.code}.")
        if action not in ("accept", "reassign"):
            raise Invalid("Choose what to do: accept, reject, reassign, change, withdraw or add.")
        if given.get("question", suggestion.question.code) == suggestion.question.code:
            tag = review.accept(suggestion=suggestion, by=by, **marks)  # type: ignore[arg-type]
            return self.done(tag, f"Accepted for {tag.question.code}.")
        tag = review.reassign(suggestion=suggestion, question=self.question(cleared), by=by, **marks)  # type: ignore[arg-type]
        return self.done(tag, f"Moved to {tag.question.code}.")

    def act_on_tag(self, tag: Tag, marks: dict[str, str | None]) -> tuple[int, str, str]:
        action, by = self.request.POST.get("action"), self.request.user
        if action == "withdraw":
            turn, key = tag.passage.turn_index, f"{tag.passage_id}-{tag.question.code}"
            if tag.suggestion and tag.suggestion.question_id != tag.question_id:
                key = f"{tag.passage_id}-{tag.suggestion.question.code}"
            review.withdraw(tag=tag, by=by)  # type: ignore[arg-type]
            return turn, key, "Decision withdrawn."
        if action not in ("change", "accept", "reject"):
            raise Invalid("Choose what to do: accept, reject, change or withdraw.")
        verdict = {"accept": "accepted", "reject": "rejected"}.get(action) or self.request.POST.get("verdict") or None
        code = self.request.POST.get("question")
        question = self.question(tag.passage.cleared) if code and code != tag.question.code else None
        tag = review.change(tag=tag, by=by, verdict=verdict, question=question, **marks)  # type: ignore[arg-type]
        return self.done(tag, f"Saved: {tag.question.code}, {tag.stance}, {tag.basis}, {tag.verdict}.")

    def done(self, tag: Tag, said: str) -> tuple[int, str, str]:
        return tag.passage.turn_index, f"{tag.passage_id}-{tag.question.code}", said

    def question(self, cleared: ClearedTranscript) -> KeyQuestion:
        """The question named, of the text's own programme."""
        found = cleared.programme.questions.filter(code=self.request.POST.get("question", "")).first()
        if found is None:
            raise Invalid("Choose a key question.")
        return found

    def span(self, cleared: ClearedTranscript) -> tuple[int, int]:
        """The words selected, by their place or, from a plain form, by the words themselves."""
        given = self.request.POST
        if not (given.get("start") and given.get("end")):
            return review.locate(cleared, given.get("words", ""))
        try:
            return int(given["start"]), int(given["end"])
        except ValueError as odd:
            raise Invalid("Those words are not in this text. Reload the page and select them again.") from odd


def turn_now(cleared: ClearedTranscript, turn: int, user: Any) -> dict[str, Any]:
    """One turn as it stands after a decision: its items, and its words and margin as markup."""
    items = items_of(cleared, user, turn=turn)
    start, end = cleared.turns.values_list("start", "end").get(index=turn)
    every = {item.key for item in items}
    return {
        "turn": turn,
        "items": [as_data(item) for item in items],
        "said": highlights.said(cleared.text, start, end, items, every),
        "marks": highlights.marks(items, every),
    }
