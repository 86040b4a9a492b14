"""Writing findings: sentences by question with support and contradiction side by side, and the picker of passages."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.models import User
from accounts.moves import Invalid
from accounts.permissions import allowed, refusal
from accounts.roles import Permission
from accounts.scoping import ScopedView, visible
from research.models import Claim, Incident, Programme
from synthesis import portal
from synthesis.models import Answer, Finding, Tag
from synthesis.report import figures
from synthesis.services import deliverables, facts, findings
from synthesis.states import Basis, DraftState, Side, Stance

PASSAGES_A_PAGE = 20


@dataclass(frozen=True)
class Part:
    """A piece of a sentence: plain words, or a figure with the placeholder that it was counted from."""

    text: str
    placeholder: str = ""


@dataclass(frozen=True)
class Cited:
    """A citation as the card shows it."""

    tag: Tag
    quote: portal.Quote


@dataclass(frozen=True)
class Card:
    """A finding as the page shows it, with the sentences that its buttons say."""

    finding: Finding
    parts: tuple[Part, ...]
    supporting: tuple[Cited, ...]
    contradicting: tuple[Cited, ...]
    register: tuple[dict[str, str], ...]
    approve_reason: str | None
    write_reason: str | None
    discard_reason: str | None
    first: bool
    last: bool


class ReportPage(ScopedView):
    """The findings of a programme, for its writers and signers; an admin, who may only release, goes to the versions."""

    permission = Permission.SEE_PROGRAMMES

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        if not allowed(self.actor, Permission.READ_CLEARED):
            return redirect("report_versions", slug=slug)
        frame = facts.frame(programme)
        cards = make_cards(programme, visible(Finding, request.user).filter(programme=programme), frame, self.actor)
        groups = defaultdict(list)
        for card in cards:
            groups[card.finding.question_id].append(card)
        answer = Answer.objects.filter(programme=programme).select_related("author", "approved_by").first()
        return render(
            request,
            "synthesis/report.html",
            {
                "programme": programme,
                "section": "report",
                "questions": [(question, groups[question.pk]) for question in programme.questions.all()],
                "approved": sum(card.finding.state == DraftState.APPROVED for card in cards),
                "total": len(cards),
                "answer": answer,
                "answer_parts": [parts_of(line, frame) for line in answer.text.splitlines()] if answer else [],
                "answer_reason": answer_reason(answer, frame, self.actor),
                "write_reason": refusal(self.actor, Permission.WRITE_FINDINGS),
                "build_reason": refusal(self.actor, Permission.BUILD_REPORT) or deliverables.build_obstacle(programme),
            },
        )


class FindingView(ScopedView):
    """What the actions on one finding share: the finding in sight, and its card as the answer."""

    permission = Permission.READ_CLEARED

    def finding(self, slug: str, finding_id: UUID) -> Finding:
        programme = self.see(Programme, slug=slug)
        return self.see(Finding, programme=programme, pk=finding_id)

    def answer(self, finding: Finding) -> HttpResponse:
        """The card again for a request in the background, else the page at the finding's place."""
        if getattr(self.request, "htmx", False):
            return render(self.request, "synthesis/_finding.html", card_context(finding, self.request.user))
        return to_finding(finding)


class FindingForm(FindingView):
    """Write a finding, or change its sentence and what it names in the register."""

    permission = Permission.WRITE_FINDINGS

    def get(self, request: HttpRequest, slug: str, finding_id: UUID | None = None) -> HttpResponse:
        programme, finding = self._subject(slug, finding_id)
        given = {
            "question": finding.question.code if finding else request.GET.get("question", ""),
            "sentence": finding.sentence if finding else "",
            "claims": {str(pk) for pk in finding.claims.values_list("pk", flat=True)} if finding else set(),
            "incidents": {str(pk) for pk in finding.incidents.values_list("pk", flat=True)} if finding else set(),
        }
        return self._form(programme, finding, given)

    def post(self, request: HttpRequest, slug: str, finding_id: UUID | None = None) -> HttpResponse:
        programme, finding = self._subject(slug, finding_id)
        given: dict[str, Any] = {name: request.POST.get(name, "") for name in ("question", "sentence")}
        given |= {name: set(request.POST.getlist(name)) for name in ("claims", "incidents")}
        try:
            finding = self._save(programme, finding, given)
        except Invalid as invalid:
            return self._form(programme, finding, given, str(invalid))
        return to_finding(finding)

    def _subject(self, slug: str, finding_id: UUID | None) -> tuple[Programme, Finding | None]:
        programme = self.see(Programme, slug=slug)
        return programme, self.see(Finding, programme=programme, pk=finding_id) if finding_id else None

    def _save(self, programme: Programme, finding: Finding | None, given: dict[str, Any]) -> Finding:
        items: dict[str, Any] = {
            "claims": chosen(programme.claims.all(), given["claims"]),
            "incidents": chosen(programme.incidents.all(), given["incidents"]),
        }
        by = self.actor
        if finding is not None:
            return findings.edit_finding(finding=finding, sentence=given["sentence"], by=by, **items)
        question = programme.questions.filter(code=given["question"]).first()
        if question is None:
            raise Invalid("Choose the key question that this finding answers.")
        return findings.write_finding(
            programme=programme, question=question, sentence=given["sentence"], by=by, **items
        )

    def _form(
        self, programme: Programme, finding: Finding | None, given: dict[str, Any], error: str = ""
    ) -> HttpResponse:
        frame = facts.frame(programme)
        context = {
            "programme": programme,
            "section": "report",
            "finding": finding,
            "given": given,
            "error": error,
            "questions": programme.questions.all(),
            "claims": programme.claims.all(),
            "incidents": programme.incidents.all(),
            "placeholders": placeholders(frame, given["question"]),
        }
        return render(self.request, "synthesis/report_finding_form.html", context, status=400 if error else 200)


class Cite(FindingView):
    """The picker: accepted passages on the finding's question, to put on one side or the other."""

    def get(self, request: HttpRequest, slug: str, finding_id: UUID) -> HttpResponse:
        finding = self.finding(slug, finding_id)
        template = (
            "synthesis/_report_passages.html" if getattr(request, "htmx", False) else "synthesis/report_cite.html"
        )
        return render(request, template, picker_context(finding, request, self.actor))

    def post(self, request: HttpRequest, slug: str, finding_id: UUID) -> HttpResponse:
        finding = self.finding(slug, finding_id)
        tag = self.see(Tag, pk=request.POST.get("tag", ""), question__programme=finding.programme_id)
        if request.POST.get("side") == "none":
            findings.uncite(finding=finding, tag=tag, by=self.actor)
        else:
            findings.cite(finding=finding, tag=tag, side=request.POST.get("side", ""), by=self.actor)
        finding.refresh_from_db()
        if request.POST.get("from") == "picker":
            if getattr(request, "htmx", False):
                return render(request, "synthesis/_report_passages.html", picker_context(finding, request, self.actor))
            return HttpResponseRedirect(request.get_full_path())
        return self.answer(finding)


class Approve(FindingView):
    permission = Permission.APPROVE_FINDINGS

    def post(self, request: HttpRequest, slug: str, finding_id: UUID) -> HttpResponse:
        return self.answer(findings.approve_finding(finding=self.finding(slug, finding_id), by=self.actor))


class Move(FindingView):
    permission = Permission.WRITE_FINDINGS

    def post(self, request: HttpRequest, slug: str, finding_id: UUID) -> HttpResponse:
        finding = self.finding(slug, finding_id)
        findings.move_finding(finding=finding, by=self.actor, down=request.POST.get("to") == "down")
        return to_finding(finding)


class Discard(FindingView):
    permission = Permission.WRITE_FINDINGS

    def post(self, request: HttpRequest, slug: str, finding_id: UUID) -> HttpResponse:
        findings.discard_finding(finding=self.finding(slug, finding_id), by=self.actor)
        messages.success(request, "The finding is discarded.")
        return redirect("report", slug=slug)


class AnswerForm(ScopedView):
    """Write or change the report's opening."""

    permission = Permission.WRITE_FINDINGS

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        answer = Answer.objects.filter(programme=programme).first()
        return self._form(programme, answer.text if answer else "")

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        programme = self.see(Programme, slug=slug)
        text = request.POST.get("text", "")
        try:
            findings.write_answer(programme=programme, text=text, by=self.actor)
        except Invalid as invalid:
            return self._form(programme, text, str(invalid))
        messages.success(request, "The answer is saved as a draft. Somebody else approves it.")
        return redirect("report", slug=slug)

    def _form(self, programme: Programme, text: str, error: str = "") -> HttpResponse:
        context = {"programme": programme, "section": "report", "text": text, "error": error}
        context["placeholders"] = placeholders(facts.frame(programme), "")
        return render(self.request, "synthesis/report_answer_form.html", context, status=400 if error else 200)


class AnswerApprove(ScopedView):
    permission = Permission.APPROVE_FINDINGS

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        findings.approve_answer(programme=self.see(Programme, slug=slug), by=self.actor)
        messages.success(request, "The answer is approved.")
        return redirect("report", slug=slug)


# What the pages show ------------------------------------------------------------------------------------------------


def make_cards(programme: Programme, rows: QuerySet[Finding], frame: dict[str, Any], user: Any) -> list[Card]:
    """The cards of findings in the order of the report, in a fixed number of queries."""
    full = list(facts.with_evidence(rows))
    missing = findings.obstacles(full, frame)
    segments = {row["code"]: row["title"] for row in frame["segments"]}
    ends = defaultdict(list)
    for pk, question in programme.findings.values_list("pk", "question"):
        ends[question].append(pk)
    write = refusal(user, Permission.WRITE_FINDINGS)
    cards = []
    for finding in full:
        signed = finding.state == DraftState.APPROVED
        subject = frame["programme"]["subject"]
        cited: dict[str, list[Cited]] = {side: [] for side in Side.values}
        for citation in finding.citations.all():
            said = facts.quote(citation.tag, citation, subject)
            cited[citation.side].append(Cited(citation.tag, portal.quote(said, segments, {})))
        cards.append(
            Card(
                finding=finding,
                parts=parts_of(finding.sentence, frame),
                supporting=tuple(cited[Side.SUPPORTS]),
                contradicting=tuple(cited[Side.CONTRADICTS]),
                register=register_of(finding),
                approve_reason=findings.approval_refusal(finding, user) or " ".join(missing[finding.pk]) or None,
                write_reason=write,
                discard_reason=write or ("Edit it first, which takes the signature away." if signed else None),
                first=ends[finding.question_id][0] == finding.pk,
                last=ends[finding.question_id][-1] == finding.pk,
            )
        )
    return cards


def card_context(finding: Finding, user: Any) -> dict[str, Any]:
    """What the card of one finding needs."""
    programme = finding.programme
    cards = make_cards(programme, Finding.objects.filter(pk=finding.pk), facts.frame(programme), user)
    return {"programme": programme, "card": cards[0]}


def parts_of(sentence: str, frame: dict[str, Any]) -> tuple[Part, ...]:
    """A sentence with its figures counted, each beside the placeholder that it came from."""
    parts, at = [], 0
    for match in figures.PLACEHOLDER.finditer(sentence):
        try:
            figure = figures.figure(match[1], frame)
        except figures.UnknownFigure:
            figure = match[0]
        parts += [Part(sentence[at : match.start()]), Part(figure, match[0])]
        at = match.end()
    return tuple(part for part in [*parts, Part(sentence[at:])] if part.text)


def register_of(finding: Finding) -> tuple[dict[str, str], ...]:
    """What a finding names of the register, with how sure each is."""
    items: list[Claim | Incident] = [*finding.claims.all(), *finding.incidents.all()]
    return tuple(
        {"title": item.title, "status": portal.status_words(facts.status(item.statements.all()))} for item in items
    )


def picker_context(finding: Finding, request: HttpRequest, user: User) -> dict[str, Any]:
    """Accepted passages on the finding's question, filtered and paged, each with the side on which it is cited."""
    wanted = {name: request.GET.get(name, "") for name in ("stance", "segment", "basis")}
    tags = visible(Tag, user).accepted().filter(question=finding.question_id)  # type: ignore[attr-defined]
    if wanted["stance"] in Stance.values:
        tags = tags.filter(stance=wanted["stance"])
    if wanted["basis"] in Basis.values:
        tags = tags.filter(basis=wanted["basis"])
    if wanted["segment"]:
        tags = tags.filter(passage__cleared__interview__segment__code=wanted["segment"])
    shown = facts.with_words(
        tags.select_related("passage__cleared__interview__segment", "passage__cleared__interview__expert")
    ).prefetch_related("passage__cleared__interview__expert__spells__company")
    page = Paginator(shown.order_by("passage__cleared__interview__number", "passage__start"), PASSAGES_A_PAGE).get_page(
        request.GET.get("page")
    )
    programme = finding.programme
    segments = dict(programme.segments.values_list("code", "title"))
    sides = dict(finding.citations.values_list("tag", "side"))
    rows = [
        (tag, portal.quote(facts.quote(tag, tag, programme.subject), segments, {}), sides.get(tag.pk, ""))
        for tag in page
    ]
    return {
        "programme": programme,
        "section": "report",
        "finding": finding,
        "page": page,
        "rows": rows,
        "wanted": wanted,
        "stances": Stance.choices,
        "bases": Basis.choices,
        "segments": segments.items(),
        "write_reason": refusal(user, Permission.WRITE_FINDINGS),
        "cited": len(sides),
    }


def placeholders(frame: dict[str, Any], code: str) -> list[tuple[str, str]]:
    """Placeholders that a sentence may use, with the figure that each gives now; those of a question, or of all."""
    codes = [row["code"] for row in frame["questions"] if row["code"] == code] or [
        row["code"] for row in frame["questions"]
    ]
    # Without a question there is no number of people who were asked one.
    names = ["total", "held"] if codes else ["held"]
    for question in codes:
        for place in ["", *(f"{row['code']}." for row in frame["segments"])]:
            names += [f"{question}.{place}{stance}" for stance in ("bear", "bull", "mixed", "spoke")]
    return [(f"{{{name}}}", figures.figure(name, frame)) for name in names]


def answer_reason(answer: Answer | None, frame: dict[str, Any], user: Any) -> str | None:
    """Why the answer can't be signed by this person now, or None."""
    if answer is None:
        return "There is no answer to approve yet."
    return findings.approval_refusal(answer, user) or " ".join(findings.answer_problems(answer, frame)) or None


def chosen(rows: QuerySet, ids: set[str]) -> list[Claim | Incident]:
    """The rows whose ids were ticked."""
    return [row for row in rows if str(row.pk) in ids]


def to_finding(finding: Finding) -> HttpResponse:
    """The findings page, at the place of one of them."""
    address = reverse("report", kwargs={"slug": finding.programme.slug})
    return HttpResponseRedirect(f"{address}#finding-{finding.pk}")
