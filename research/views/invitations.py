"""Who was invited to a programme, what they answered, and the next step. Only who may manage seats comes here."""

from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.urls import reverse

from accounts.models import User
from accounts.moves import now
from accounts.roles import Permission
from research.forms import InviteForm
from research.models import FundMember, Invitation
from research.permissions import claim_obstacle
from research.services import invitations
from research.states import InvitationState as S
from research.states import ParticipationState
from research.views.pages import Act, ProgrammeFormPage

TONES = {S.SENT: "active", S.INTERESTED: "good", S.DECLINED: "idle", S.REVOKED: "idle"}
STANDINGS = {
    "outside": "The address lies outside the fund's domain.",
    "member": "The address has an account of this fund.",
    "elsewhere": "The address has an account that is not this fund's.",
}


@dataclass
class Row:
    """One invitation as its page shows it. `next_step` is hold, admit or nothing; `obstacle` is why it can't be done."""

    invitation: Invitation
    state: str
    tone: str
    live: bool
    remark: str
    next_step: str
    obstacle: str


def rows_of(found: list[Invitation]) -> list[Row]:
    """Rows for the page, in two queries whatever their number."""
    typed = {row.answer["email"] for row in found if row.state == S.INTERESTED}
    known = set(User.objects.filter(email__in=typed).values_list("email", flat=True))
    members = set(
        FundMember.objects.filter(user__email__in=typed, left_at__isnull=True).values_list("fund", "user__email")
    )
    return [_row(row, known, members) for row in found]


def _row(row: Invitation, known: set[str], members: set[tuple[Any, str]]) -> Row:
    live = row.state == S.SENT and row.expires_at > now()
    expired = row.state == S.SENT and not live
    state, tone = ("Expired", "idle") if expired else (S(row.state).label, TONES[S(row.state)])
    remark = next_step = obstacle = ""
    if row.state == S.INTERESTED:
        email, part = row.answer["email"], row.participation
        standing = row.answer.get("standing", "")
        if (part.fund_id, email) in members:
            standing = "member"
        elif email in known:
            standing = "elsewhere"
        remark = STANDINGS.get(standing, "")
        seated = part.state == ParticipationState.SEATED
        next_step = "hold" if not seated else "" if email in known else "admit"
        if standing == "outside":
            obstacle = "Invite an address inside the fund's domain."
    return Row(row, state, tone, live, remark, next_step, obstacle)


class InvitationsPage(ProgrammeFormPage):
    """The invitations of a programme, and a form for one more."""

    permission = Permission.MANAGE_SEATS
    template = "research/invitations.html"
    saved = "The invitation is on its way."

    def make_form(self, data: Any = None) -> Form:
        return InviteForm(data, programme=self.programme)

    def save(self, given: dict[str, Any]) -> str:
        invitations.invite(programme=self.programme, by=self.actor, **given)
        return self.back()

    def back(self) -> str:
        return reverse("invitations", args=[self.programme.slug])

    def context(self) -> dict[str, Any]:
        sent = Invitation.objects.visible_to(self.actor).filter(participation__programme=self.programme)
        found = list(sent.select_related("participation__fund", "by").order_by("-sent_at", "pk"))
        return super().context() | {"rows": rows_of(found), "refusal": claim_obstacle(self.programme)}


class InvitationAct(Act):
    permission = Permission.MANAGE_SEATS

    @property
    def invitation(self) -> Invitation:
        return self.see(Invitation, pk=self.kwargs["invitation"], participation__programme=self.programme)

    def back(self) -> str:
        return reverse("invitations", args=[self.programme.slug])


class InvitationRevoke(InvitationAct):
    def act(self) -> str:
        row = invitations.revoke(invitation=self.invitation, by=self.actor)
        return f"The invitation of {row.name} is taken back. Its link is closed."


class InvitationResend(InvitationAct):
    def act(self) -> str:
        row = invitations.resend(invitation=self.invitation, by=self.actor)
        return f"{row.name} gets a new link. The old one is closed."


class InvitationAdmit(InvitationAct):
    def act(self) -> str:
        member = invitations.admit(invitation=self.invitation, by=self.actor)
        return f"{member.user.name} is the fund's lead and gets a link to set a password."
