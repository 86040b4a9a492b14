"""What the firm does about an expert's links, statement and consents, from the page of a call."""

from accounts.moves import Invalid
from accounts.roles import Permission as P
from interviews.models import ConsentPurpose, LinkPurpose
from interviews.services import candidates, consent, links
from interviews.views.calls import InterviewAct

SENT = "The link is on its way by e-mail. The one before it, if there was one, is closed."


class LinkSend(InterviewAct):
    permission = P.LOG_INTERVIEWS

    def act(self) -> str:
        purpose = self.request.POST.get("purpose", "")
        if purpose == LinkPurpose.INVITE:
            candidates.invite(candidate=links.candidate_of(self.interview), by=self.user)
        elif purpose in links.SENDERS:
            links.SENDERS[LinkPurpose(purpose)](self.interview, self.user)
        else:
            raise Invalid("Say what the link is for.")
        return SENT


class AttestationRecord(InterviewAct):
    def act(self) -> str:
        method = self.request.POST.get("method", "")
        if method == "page":
            raise Invalid("On the page only the expert attests: say whether it was spoken or on paper.")
        consent.attest(interview=self.interview, method=method, by=self.user)
        return "It is on record that the expert attested."


class ConsentGive(InterviewAct):
    def act(self) -> str:
        purpose = self.request.POST.get("purpose", "")
        consent.give(interview=self.interview, purpose=purpose, method="spoken", by=self.user)
        return f"It is on record that the expert agreed: {ConsentPurpose(purpose).label.lower()}."


class ConsentWithdraw(InterviewAct):
    def act(self) -> str:
        purpose = self.request.POST.get("purpose", "")
        consent.withdraw(interview=self.interview, purpose=purpose, by=self.user)
        return f"The consent is withdrawn: {ConsentPurpose(purpose).label.lower()}. Compliance sees it."
