"""What experts are paid: the ledger of a programme with its rule, and one call's pay with what may be done about it.

Who approves sees every call of the programme; who leads calls sees the pay of their own, and may mend their minutes.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import refusal
from accounts.roles import Permission as P
from interviews import ledger
from interviews.honoraria import in_words, money
from interviews.honorarium_forms import LedgerFilter, MinutesForm, PayForm, ReasonForm, RuleForm
from interviews.models import Honorarium
from interviews.permissions import approving_refusal
from interviews.services import honoraria
from interviews.states import HONORARIUM, HonorariumState
from interviews.views.pages import Act, OnInterview, ProgrammePage

S = HonorariumState
TONES = {"agreed": "idle", "computed": "warn", "approved": "active", "paid": "good", "void": "plain"}
HOUR = 60


class Honoraria(ProgrammePage):
    """The ledger of a programme."""

    template = "interviews/honoraria.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show()

    def show(self, *, status: int = 200, rule_form: RuleForm | None = None) -> HttpResponse:
        found, odd, form = chosen(self)
        rule = honoraria.rule_of(self.programme)
        whole = self.why_not(P.APPROVE_HONORARIA)
        return self.draw(
            status=status,
            form=form,
            narrowed=any(self.request.GET.get(name) for name in ("state", "currency", "only")),
            rows=[(line, TONES[line.stage], odd.get(line.number, [])) for line in found],
            sums=[(total.currency, total.shown()) for total in ledger.sums(found)],
            rule=rule,
            rule_words=in_words(honoraria.plain(rule), HOUR) if rule else "",
            rule_ceiling=money(rule.ceiling, rule.currency) if rule else "",
            rule_refusal=whole,
            rule_form=rule_form or RuleForm.of(rule),
            own_only=whole is not None,
            unagreed=ledger.unagreed(self.programme) if whole is None else None,
            section="honoraria",
        )


def chosen(page: ProgrammePage) -> tuple[list[ledger.Line], dict[int, list[str]], LedgerFilter]:
    """The lines that the filters of the address leave, what stands out among all that this person sees, and the form."""
    form = LedgerFilter(page.request.GET or None)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = ledger.lines(page.user, page.programme)
    odd = ledger.standing_out(found)
    for name, value in (("stage", wanted.get("state")), ("currency", wanted.get("currency"))):
        found = [line for line in found if not value or getattr(line, name) == value]
    if wanted.get("only"):
        found = [line for line in found if line.number in odd]
    return found, odd, form


class HonorariaFile(ProgrammePage):
    """The lines that the page shows, as CSV."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        found, _, _ = chosen(self)
        answer = HttpResponse(ledger.csv(found), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="honoraria-{self.programme.slug}.csv"'
        return answer


class RuleSet(Honoraria):
    permission = P.APPROVE_HONORARIA
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = RuleForm(request.POST)
        if not form.is_valid():
            return self.show(status=400, rule_form=form)
        try:
            honoraria.set_rule(programme=self.programme, by=self.actor, **form.given())
        except Invalid as wrong:
            form.add_error(None, str(wrong))
            return self.show(status=400, rule_form=form)
        messages.success(request, "The rule is set for calls booked from now on. Booked calls keep theirs.")
        return redirect("honoraria", self.programme.slug)


class AgreeBooked(Act):
    permission = P.APPROVE_HONORARIA

    def act(self) -> str:
        done = honoraria.agree_booked(programme=self.programme, by=self.actor)
        return f"Agreed for {done} booked call{'' if done == 1 else 's'}."

    def back(self) -> str:
        return reverse("honoraria", args=[self.programme.slug])


# One call -----------------------------------------------------------------------------------------------------------


class OnHonorarium(OnInterview):
    """A page about what one call pays, found by the number of the call; one without an agreement is not there."""

    template = "interviews/honorarium.html"

    @property
    def honorarium(self) -> Honorarium:
        return self.see(Honorarium, interview=self.interview)

    def show(self) -> HttpResponse:
        row = self.honorarium
        found = ledger.lines(self.user, self.programme)
        line = next((one for one in found if one.number == self.interview.number), None)
        if line is None:
            raise Http404
        deciding = approving_refusal(self.user, row)
        over = self.interview.state in honoraria.HEARD and row.state != S.PAID
        plain = honoraria.plain(row.rule)
        return self.draw(
            interview=self.interview,
            row=row,
            line=line,
            tone=TONES[line.stage],
            odd=ledger.standing_out(found).get(line.number, []),
            rule_words=in_words(plain, row.agreed_minutes),
            ceiling=money(row.rule.ceiling, row.rule.currency),
            deciding=deciding,
            may={
                "approve": row.state == S.COMPUTED,
                "pay": HONORARIUM.lawful(row.state, S.PAID),
                "void": row.state in (S.COMPUTED, S.APPROVED),
                "minutes": over,
            },
            minutes_refusal=refusal(self.user, P.LOG_INTERVIEWS),
            identity_refusal=refusal(self.user, P.CLEAR_TRANSCRIPTS),
            pay_form=PayForm(),
            void_form=ReasonForm(auto_id="void_%s"),
            minutes_form=MinutesForm(initial={"minutes": row.minutes}, auto_id="min_%s"),
            section="honoraria",
        )


class HonorariumPage(OnHonorarium):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show()


class Decide(OnHonorarium):
    """The answer to a form or button about one call's pay."""

    http_method_names = ["post"]
    permission = P.APPROVE_HONORARIA

    def act(self, row: Honorarium) -> str:
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            messages.success(request, self.act(self.honorarium))
        except (Invalid, IllegalMove) as wrong:
            messages.error(request, str(wrong))
        return redirect("honorarium", self.programme.slug, self.interview.number)

    def given(self, form: forms.Form) -> dict[str, Any]:
        """What a form holds; Invalid with its first sentence when it can't be used."""
        if not form.is_valid():
            name, faults = next(iter(form.errors.items()))
            raise Invalid(f"{form.fields[name].label or name.capitalize()}: {faults[0]}")
        return form.cleaned_data


class Approve(Decide):
    def act(self, row: Honorarium) -> str:
        seen = self.request.POST.get("amount", "")
        row = honoraria.approve(honorarium=row, by=self.actor, amount=int(seen) if seen.isdecimal() else None)
        return f"Approved: {money(row.amount or 0, row.rule.currency)}."


class Pay(Decide):
    def act(self, row: Honorarium) -> str:
        honoraria.pay(honorarium=row, by=self.actor, **self.given(PayForm(self.request.POST)))
        return "The payment is on record."


class Drop(Decide):
    def act(self, row: Honorarium) -> str:
        honoraria.void(honorarium=row, by=self.actor, **self.given(ReasonForm(self.request.POST)))
        return "Nothing will be paid for this call."


class Minutes(Decide):
    permission = P.LOG_INTERVIEWS

    def act(self, row: Honorarium) -> str:
        honoraria.correct(honorarium=row, by=self.actor, **self.given(MinutesForm(self.request.POST)))
        return "The minutes are mended and the amount is reckoned anew. It waits for approval."
