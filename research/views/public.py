"""The page that an invitation's link opens. No account, no cookie, no script; who has the link may answer once."""

from typing import Any

from allauth.core.internal.ratelimit import consume
from csp.constants import NONE
from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts.moves import Invalid
from research.forms import InterestForm
from research.models import Invitation
from research.services import invitations

# Each page and each answer counts, for the caller's address and for the link, whatever the link is worth.
RATES = {"invitation": "60/m/ip,30/m/key"}
APART = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


# No session is at work here, so there is nothing that another site could misuse: the link itself is the authority.
@method_decorator(
    [login_not_required, csrf_exempt, csp_replace({"script-src": [NONE], "connect-src": [NONE]})], name="dispatch"
)
class PublicProgramme(View):
    """What a programme asks and gives, and a form for the fund's answer."""

    http_method_names = ["get", "head", "post", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        within = consume(
            request, app="research", action="invitation", config=RATES, key=kwargs["token"], limit_get=True
        )
        answer = super().dispatch(request, *args, **kwargs) if within else self.draw("busy", 429)
        for name, value in APART.items():
            answer[name] = value
        return answer  # type: ignore[return-value]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        found = invitations.open_invitation(token)
        return self.show(found, InterestForm()) if found else self.closed()

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        found = invitations.open_invitation(token)
        if found is None:
            return self.closed()
        interested = request.POST.get("answer") != "no"
        form = InterestForm(request.POST if interested else None)
        if interested and not form.is_valid():
            return self.show(found, form, 400)
        try:
            taken = invitations.answer(token=token, interested=interested, **(form.cleaned_data if interested else {}))
        except Invalid as wrong:
            form.add_error(None, str(wrong))
            return self.show(found, form, 400)
        return self.draw("answered") if taken else self.closed()

    def show(self, found: Invitation, form: InterestForm, status: int = 200) -> HttpResponse:
        offer = invitations.offer_of(found)
        return self.draw("programme", status, offer=offer, form=form, until=found.expires_at)

    def closed(self) -> HttpResponse:
        """One page for every link that is not open, whyever it is not."""
        return self.draw("closed", 410)

    def draw(self, page: str, status: int = 200, **context: Any) -> HttpResponse:
        return HttpResponse(render_to_string(f"public/{page}.html", context), status=status)
