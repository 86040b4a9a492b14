"""The pages that an expert's link opens. No account, no cookie, no script; opening a page changes nothing, one POST acts."""

from collections.abc import Callable
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from allauth.core.internal.ratelimit import consume
from csp.constants import NONE
from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts.addresses import client_address
from accounts.moves import IllegalMove, Invalid, now
from interviews import expert_words, texts
from interviews.link_forms import AnswersForm, OfferForm
from interviews.models import ConsentPurpose, ExpertLink, LinkPurpose
from interviews.services import by_link, conduct, consent, links
from interviews.services.by_link import Done
from interviews.walltime import zone_of

# Each page and each act counts, for the caller's address and for the link, whatever the link is worth.
RATES = {"expert": "60/m/ip,30/m/key"}
APART = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
L = LinkPurpose


# No session is at work here, so there is nothing that another site could misuse: the link itself is the authority.
@method_decorator(
    [login_not_required, csrf_exempt, csp_replace({"script-src": [NONE], "connect-src": [NONE]})], name="dispatch"
)
class ExpertPage(View):
    """One page for every kind of link: what it is for decides what it shows and what it may do."""

    http_method_names = ["get", "head", "post", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        within = consume(request, app="interviews", action="expert", config=RATES, key=kwargs["token"], limit_get=True)
        answer = super().dispatch(request, *args, **kwargs) if within else self.draw("busy", 429)
        for name, value in APART.items():
            answer[name] = value
        return answer  # type: ignore[return-value]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        found = links.open_link(token)
        return self.show(found) if found else self.closed()

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        found = links.open_link(token)
        if found is None:
            return self.closed()
        act = self.ACTS.get((found.purpose, request.POST.get("act", "")))
        if act is None:
            return self.show(found, 400)
        try:
            done = act(self, token, found)
        except (Invalid, IllegalMove) as wrong:
            return self.show(found, 400, trouble=str(wrong))
        if isinstance(done, HttpResponse):
            return done
        return self.draw("done", done=done, **self.about(found)) if done else self.closed()

    # What is shown --------------------------------------------------------------------------------------------------

    def show(self, link: ExpertLink, status: int = 200, **more: Any) -> HttpResponse:
        """The page of a link, with what is wrong, if anything is."""
        return self.draw(link.purpose, status, **self.about(link) | self.SHOWS[link.purpose](self, link) | more)

    def about(self, link: ExpertLink) -> dict[str, Any]:
        return expert_words.about(link.candidate, link.interview)

    def invite(self, link: ExpertLink) -> dict[str, Any]:
        form = AnswersForm(self.typed("interested"), questions=by_link.questions(link))
        zone = self.about(link)["zone"]
        return {"form": form, "until": expert_words.in_words(link.expires_at, zone)}

    def choose(self, link: ExpertLink) -> dict[str, Any]:
        zone = self.zone_of(link)
        found = expert_words.days(by_link.open_times(link.interview, zone), zone) if link.interview else []
        return {"zone": zone, "zones": expert_words.zones(), "days": found, "form": OfferForm(self.typed("offer"))}

    def manage(self, link: ExpertLink) -> dict[str, Any]:
        call = link.interview
        if call is None or call.starts_at is None:
            return {}
        zone = self.zone_of(link)
        late = conduct.lateness_refusal(call) is None
        return self.choose(link) | {"starts": expert_words.in_words(call.starts_at, zone), "late": late}

    def attest(self, link: ExpertLink) -> dict[str, Any]:
        opens = link.interview and consent.window(link.interview)
        zone = self.about(link)["zone"]
        return {
            "wording": texts.current(texts.ATTESTATION),
            "opens": expert_words.in_words(opens[0], zone) if opens and opens[0] > now() else "",
        }

    def consent(self, link: ExpertLink) -> dict[str, Any]:
        stands = consent.standing(link.interview) if link.interview else set()
        gone = {row.purpose for row in consent.withdrawn(link.interview)} if link.interview else set()
        return {
            "purposes": [
                (purpose, texts.consent_of(purpose), "yes" if purpose in stands else "no" if purpose in gone else "")
                for purpose in ConsentPurpose.values
            ]
        }

    def typed(self, act: str) -> Any:
        """What was sent with this act, so that nobody types it twice; None otherwise."""
        return self.request.POST if self.request.POST.get("act") == act else None

    def zone_of(self, link: ExpertLink) -> ZoneInfo:
        """The zone that the reader asked for, or their own as it is on file."""
        asked = self.request.POST.get("zone") or self.request.GET.get("zone")
        try:
            return zone_of(asked or "")
        except Invalid:
            return self.about(link)["zone"]

    # What is done ---------------------------------------------------------------------------------------------------

    def accept(self, token: str, link: ExpertLink) -> Done | HttpResponse | None:
        form = AnswersForm(self.request.POST, questions=by_link.questions(link))
        if not form.is_valid():
            return self.show(link, 400)
        return by_link.accept(token=token, answers=form.cleaned_data)

    def decline(self, token: str, link: ExpertLink) -> Done | None:
        return by_link.decline(token=token, never=self.request.POST["act"] == "never")

    def take_time(self, token: str, link: ExpertLink) -> Done | None:
        at = by_link.instant(self.request.POST.get("at", ""))
        return by_link.choose(token=token, at=at, zone=self.request.POST.get("zone", ""))

    def offer(self, token: str, link: ExpertLink) -> Done | HttpResponse | None:
        form = OfferForm(self.request.POST)
        if not form.is_valid():
            return self.show(link, 400)
        return by_link.offer(token=token, times=form.stretches(), zone=self.request.POST.get("zone", ""))

    def cancel(self, token: str, link: ExpertLink) -> Done | None:
        return by_link.cancel(token=token)

    def confirm(self, token: str, link: ExpertLink) -> Done | None:
        if not self.request.POST.get("true"):
            raise Invalid("Tick the box to confirm that each line is true, or cancel or move the call instead.")
        return by_link.attest(token=token, seen=self.request.POST.get("seen", ""), address=client_address(self.request))

    def agree(self, token: str, link: ExpertLink) -> Done | None:
        given = {purpose: self.request.POST.get(purpose) for purpose in ConsentPurpose.values}
        wishes = {purpose: answer == "yes" for purpose, answer in given.items() if answer in ("yes", "no")}
        seen = {purpose: self.request.POST.get(f"seen_{purpose}", "") for purpose in ConsentPurpose.values}
        return by_link.set_consents(token=token, wishes=wishes, seen=seen)

    SHOWS: ClassVar[dict[str, Callable[..., dict[str, Any]]]] = {
        L.INVITE: invite,
        L.CHOOSE: choose,
        L.MANAGE: manage,
        L.ATTEST: attest,
        L.CONSENT: consent,
    }
    ACTS: ClassVar[dict[tuple[str, str], Callable[..., Done | HttpResponse | None]]] = {
        (L.INVITE, "interested"): accept,
        (L.INVITE, "no"): decline,
        (L.INVITE, "never"): decline,
        (L.CHOOSE, "choose"): take_time,
        (L.CHOOSE, "offer"): offer,
        (L.MANAGE, "choose"): take_time,
        (L.MANAGE, "offer"): offer,
        (L.MANAGE, "cancel"): cancel,
        (L.ATTEST, "confirm"): confirm,
        (L.CONSENT, "agree"): agree,
    }

    # ----------------------------------------------------------------------------------------------------------------

    def closed(self) -> HttpResponse:
        """One page for every link that is not open, whyever it is not."""
        return self.draw("closed", 410)

    def draw(self, page: str, status: int = 200, **context: Any) -> HttpResponse:
        return HttpResponse(render_to_string(f"expert/{page}.html", context), status=status)
