"""A fund's own policy, for its own compliance alone: months and limits, and the restricted list with all its versions."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.moves import IllegalMove, Invalid
from accounts.roles import Permission
from research.forms import ListForm, PolicyForm
from research.models import Fund, FundPolicy
from research.policy import HOUSE, LISTED, PRIVATE
from research.restricted import as_csv, decode, difference, kept
from research.services import policies
from research.views.pages import Page

SHOWN = 200
"""Rows of a list or of one part of a difference that a page shows; the file holds all."""

BOTH = (LISTED, PRIVATE)
SET = "Version {} of your policy is in force. Reports that it changes are computed anew, which takes a minute or two."


class PolicyPage(Page):
    """What all pages here share: the fund is that of who asks, never one of an address."""

    permission = Permission.SET_FUND_POLICY

    @property
    def fund(self) -> Fund:
        return self.see(Fund)

    def version(self) -> FundPolicy:
        """The version of the address, of this fund alone, or 404."""
        return self.see(FundPolicy, version=self.kwargs["version"])


class FundPolicyPage(PolicyPage):
    """The policy in force and its versions; months and limits are set here."""

    template = "portal/fund_policy.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        newest = policies.in_force(self.fund)
        return self.draw(newest=newest, form=_form_of(newest), **self.rest(newest))

    def post(self, request: HttpRequest) -> HttpResponse:
        newest, form = policies.in_force(self.fund), PolicyForm(request.POST)
        if not form.is_valid():
            return self.draw(status=400, newest=newest, form=form, **self.rest(newest))
        given = form.cleaned_data
        months = {name: given[name] for name in BOTH if given[name] is not None} | given["kinds"]
        limits = {name: given[name] for name in (*policies.LIMITS, policies.FLAG)}
        try:
            row = policies.set_policy(
                fund=self.fund,
                by=self.actor,
                cooling_off=months,
                thresholds=limits,
                compared_with=given["compared_with"],
            )
        except (Invalid, IllegalMove) as wrong:
            form.add_error(None, str(wrong))
            status = 400 if isinstance(wrong, Invalid) else 409
            return self.draw(status=status, newest=newest, form=form, **self.rest(newest))
        messages.success(request, SET.format(row.version))
        return redirect("fund_policy")

    def rest(self, newest: FundPolicy) -> dict[str, Any]:
        entries = kept(newest.restricted)
        return {
            "house": HOUSE.months,
            "entries": entries[:SHOWN],
            "total": len(entries),
            "list_form": ListForm(),
            "versions": FundPolicy.objects.visible_to(self.actor).defer("restricted").select_related("by"),
        }


class FundPolicyList(PolicyPage):
    """First step of a new restricted list: what it would change. Nothing is saved."""

    template = "portal/fund_policy_list.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        newest, form = policies.in_force(self.fund), ListForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.draw(status=400, newest=newest, form=form)
        entries = form.cleaned_data["entries"]
        found = difference(kept(newest.restricted), entries)
        parts = [("Added", found.added), ("Removed", found.removed), ("Other dates", found.changed)]
        return self.draw(
            newest=newest,
            form=form,
            difference=found,
            parts=[(name, rows[:SHOWN], len(rows)) for name, rows in parts if rows],
            total=len(entries),
            text=decode(as_csv(entries)),
        )


class FundPolicyConfirm(PolicyPage):
    """Second step: the list that was shown comes into force, unless another version came in between."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        compared = request.POST.get("compared_with", "")
        # Without a number there was nothing to compare with, and no version is the newest.
        known = int(compared) if compared.isdecimal() else -1
        try:
            row = policies.set_policy(
                fund=self.fund, by=self.actor, restricted=request.POST.get("list", ""), compared_with=known
            )
            messages.success(request, SET.format(row.version))
        except (Invalid, IllegalMove) as wrong:
            messages.error(request, str(wrong))
        return redirect("fund_policy")


class FundPolicyVersion(PolicyPage):
    """One version as it was set."""

    template = "portal/fund_policy_version.html"

    def get(self, request: HttpRequest, version: int) -> HttpResponse:
        row = self.version()
        entries = kept(row.restricted)
        return self.draw(
            version=row,
            heading=f"Version {row.version}",
            policy=policies.policy_of(row),
            entries=entries[:SHOWN],
            total=len(entries),
        )


class FundPolicyFile(PolicyPage):
    """The restricted list of one version, for a spreadsheet."""

    def get(self, request: HttpRequest, version: int) -> HttpResponse:
        row = self.version()
        headers = {
            "Content-Disposition": f'attachment; filename="restricted-{row.version}.csv"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return HttpResponse(as_csv(kept(row.restricted)), content_type="text/csv; charset=utf-8", headers=headers)


def _form_of(newest: FundPolicy) -> PolicyForm:
    months = newest.cooling_off
    kinds = "\n".join(f"{kind}: {number}" for kind, number in months.items() if kind not in BOTH)
    given = {name: months.get(name) for name in BOTH} | newest.thresholds
    return PolicyForm(initial=given | {"kinds": kinds, "compared_with": newest.version})
