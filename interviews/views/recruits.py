"""Experts of a programme: the list, a new one, one expert with posts, contacts and the next step."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from accounts import sheet
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import refusal
from accounts.roles import Permission as P
from accounts.scoping import visible
from interviews import expert_forms as forms
from interviews import recruiting
from interviews.forms import PostFormSet
from interviews.models import Candidate, IdentityRequest, Spell
from interviews.permissions import agreeing_refusal, opening_refusal
from interviews.services import candidates, descriptors, identities, scheduling, spells
from interviews.services.candidates import LikelySame
from interviews.states import CANDIDATE
from interviews.views.pages import Act, ProgrammePage

PAGE = 50


class RecruitingPage(ProgrammePage):
    """A page about recruiting: for those who recruit and those who screen."""

    permission = P.KEEP_SCREENING

    def draw(self, template: str = "", *, status: int = 200, **context: Any) -> HttpResponse:
        return super().draw(template, status=status, **{"section": "experts"} | context)


class ExpertList(RecruitingPage):
    template = "interviews/experts.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = forms.CandidateFilter(request.GET or None, programme=self.programme)
        wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
        names = {"segment": "segment__code", "state": "state", "priority": "priority"}
        chosen = {names[name]: value for name, value in wanted.items() if value}
        rows = recruiting.candidates_of(self.programme, self.user).filter(**chosen)
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        return self.draw(
            form=form,
            narrowed=bool(chosen),
            page=page,
            lines=recruiting.lines(page.object_list),
            refusal=self.why_not(P.LOG_INTERVIEWS),
            block_refusal=self.why_not(P.SCREEN_EXPERTS),
        )


class ExpertFile(RecruitingPage):
    """The candidates as a spreadsheet, by descriptor."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = recruiting.sheet_rows(recruiting.candidates_of(self.programme, self.user))
        answer = HttpResponse(sheet.csv_bytes(recruiting.COLUMNS, rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="experts.csv"'
        return answer


class ExpertNew(RecruitingPage):
    permission = P.LOG_INTERVIEWS
    template = "interviews/expert_new.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.draw(form=forms.RecruitForm(programme=self.programme), posts=PostFormSet(prefix="post"))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = forms.RecruitForm(request.POST, programme=self.programme)
        posts = PostFormSet(request.POST, prefix="post")
        status, likely = 400, False
        if form.is_valid() and posts.is_valid():
            try:
                done = self.save(form, posts)
            except LikelySame as same:
                form.offer([(str(row.pk), f"The expert on file: {row.descriptor}") for row in same.people])
                form.add_error("same_as", str(same))
                likely = True
            except (Invalid, IllegalMove) as wrong:
                form.add_error(None, str(wrong))
                status = 400 if isinstance(wrong, Invalid) else 409
            else:
                messages.success(request, done.sentence)
                return redirect("candidate", self.programme.slug, done.candidate.pk)
        return self.draw(form=form, posts=posts, likely=likely, status=status)

    def save(self, form: forms.RecruitForm, posts: Any) -> candidates.Recruited:
        given = form.cleaned_data
        entered = [(post.employment(), post.cleaned_data.get("about")) for post in posts]
        kept = [(employment, about) for employment, about in entered if employment]
        decided = given["same_as"]
        return candidates.recruit(
            programme=self.programme,
            by=self.actor,
            identity=form.identity(),
            posts=[employment for employment, _ in kept],
            about=next((n for n, (_, about) in enumerate(kept) if about), None),
            same_as=decided if decided not in ("", "new") else None,
            sure=decided == "new",
            **{name: given[name] for name in ("segment", "source", "priority", "zone")},
        )


class OnCandidate(RecruitingPage):
    """A page about one candidate of the programme."""

    @cached_property
    def candidate(self) -> Candidate:
        rows = visible(Candidate, self.user).select_related("programme", "segment", "expert", "added_by")
        return get_object_or_404(rows, programme=self.programme, pk=self.kwargs["candidate"])

    def here(self) -> str:
        return reverse("candidate", args=[self.programme.slug, self.candidate.pk])


class ExpertPage(OnCandidate):
    template = "interviews/expert.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = self.candidate
        why_not = self.why_not(P.LOG_INTERVIEWS)
        left_alone = candidates.contactable(row.expert)
        asking = why_not or left_alone or self.obstacle("invited")
        compliance = refusal(self.user, P.CLEAR_TRANSCRIPTS)
        verifying = spells.verifying_refusal(self.user, row.expert)
        standing = descriptors.standing(row)
        sight = visible(Candidate, self.user).filter(expert=row.expert).exclude(pk=row.pk)
        return self.draw(
            candidate=row,
            tone=recruiting.TONES[row.state],
            step=recruiting.STEPS[row.state],
            finest=standing.finest,
            why_coarser=standing.why_coarser(row.descriptor),
            posts=[(spell, None if spell.verified_at else verifying) for spell in self.spells()],
            verify_form=forms.VerifyForm(),
            elsewhere=list(sight.select_related("programme", "segment")),
            contacts=recruiting.contacts_of(row, self.user),
            rules=recruiting.rules(),
            left_alone=left_alone,
            ask_refusal=asking,
            log_refusal=why_not,
            decline_refusal=why_not or self.obstacle("declined"),
            contact_form=forms.ContactForm(),
            priority_form=forms.PriorityForm(initial={"priority": row.priority}),
            block_refusal=self.why_not(P.SCREEN_EXPERTS),
            reason_form=forms.ReasonForm(),
            call_form=forms.CallForm(programme=self.programme),
            likely=identities.likely_to(row.expert),
            calls=self.programme.interviews.filter(expert=row.expert).order_by("number"),
            identity_refusal="Only compliance may ask for it, and a second person has to agree." if compliance else "",
            requests=[] if compliance else self.requests(),
            purpose_form=forms.AskForm(),
        )

    def obstacle(self, state: str) -> str | None:
        """Why the candidate can't move there; asking again who was asked is no move."""
        return None if self.candidate.state == state == "invited" else CANDIDATE.obstacle(self.candidate.state, state)

    def spells(self) -> list[Spell]:
        return list(self.candidate.expert.spells.select_related("company", "verified_by"))

    def requests(self) -> list[tuple[IdentityRequest, str | None]]:
        """The requests about this expert, each with why this person can't agree to it or open it."""
        rows = IdentityRequest.objects.filter(expert=self.candidate.expert, programme=self.programme)
        rows = rows.select_related("asked_by", "agreed_by")
        return [(row, (opening_refusal if row.agreed_at else agreeing_refusal)(self.user, row)) for row in rows]


class ExpertAct(Act, OnCandidate):
    permission = P.LOG_INTERVIEWS

    def back(self) -> str:
        return self.here()


class Invite(ExpertAct):
    def act(self) -> str:
        candidates.invite(candidate=self.candidate, by=self.actor)
        return "The invitation is on its way. It names neither the client nor the company that the programme is about."


class NoteContact(ExpertAct):
    def act(self) -> str:
        candidates.note_contact(candidate=self.candidate, channel=self.request.POST.get("channel", ""), by=self.actor)
        return "The contact is noted."


class Decline(ExpertAct):
    def act(self) -> str:
        candidates.decline(candidate=self.candidate, by=self.actor)
        return "Noted: this person does not take part."


class Priority(ExpertAct):
    def act(self) -> str:
        form = forms.PriorityForm(self.request.POST)
        if not form.is_valid():
            raise Invalid("Give the priority as 1 (heard first), 2 or 3 (heard last).")
        candidates.set_priority(candidate=self.candidate, priority=form.cleaned_data["priority"], by=self.actor)
        return "The priority is set."


class Call(ExpertAct):
    """Put a call with this expert on the list."""

    def act(self) -> str:
        form = forms.CallForm(self.request.POST, programme=self.programme)
        if not form.is_valid():
            raise Invalid("Choose who leads the call, and give its minutes from 1 to 240.")
        call = scheduling.plan_interview(
            programme=self.programme,
            segment=self.candidate.segment,
            expert=self.candidate.expert,
            zone=self.candidate.expert.zone,
            by=self.actor,
            **form.cleaned_data,
        )
        return f"{call.label} is on the list. Book its time next."


class OptOut(ExpertAct):
    permission = P.KEEP_SCREENING

    def act(self) -> str:
        candidates.opt_out(expert=self.candidate.expert, by=self.actor)
        return "Noted: nobody contacts this person again."


class SpellNew(OnCandidate):
    """A post to be added."""

    permission = P.LOG_INTERVIEWS
    template = "interviews/expert_post.html"

    def spell(self) -> Spell | None:
        return None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        spell = self.spell()
        names = ("level", "function", "start", "end", "current", "evidence")
        initial = {name: getattr(spell, name) for name in names} if spell else {}
        if spell:
            initial |= {"company": spell.company.name, "kind": spell.company.kind}
        return self.draw(candidate=self.candidate, spell=spell, form=forms.SpellForm(initial=initial))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        spell, form = self.spell(), forms.SpellForm(request.POST)
        if form.is_valid() and (post := form.employment()):
            try:
                spells.write_spell(
                    expert=self.candidate.expert, programme=self.programme, post=post, by=self.actor, spell=spell
                )
            except Invalid as wrong:
                form.add_error(None, str(wrong))
            else:
                messages.success(request, "The post is saved. Somebody else verifies it.")
                return redirect(self.here())
        return self.draw(candidate=self.candidate, spell=spell, form=form, status=400)


class SpellEdit(SpellNew):
    """A post to be corrected."""

    def spell(self) -> Spell | None:
        return get_object_or_404(
            Spell.objects.select_related("company"), pk=self.kwargs["spell"], expert=self.candidate.expert_id
        )


class SpellVerify(ExpertAct):
    permission = P.KEEP_SCREENING

    def act(self) -> str:
        spell = get_object_or_404(Spell, pk=self.kwargs["spell"], expert=self.candidate.expert_id)
        evidence = self.request.POST.get("evidence", "")
        spells.verify_spell(spell=spell, programme=self.programme, evidence=evidence, by=self.actor)
        return "The post is verified, in your name."
