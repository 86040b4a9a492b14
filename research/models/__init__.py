from research.models.fees import CreditNote, FeePlan, Invoice, InvoiceSeries
from research.models.funds import Fund, FundMember, FundPolicy, Vehicle
from research.models.participations import Invitation, Participation
from research.models.programmes import Assignment, Programme
from research.models.questions import Amendment, KeyQuestion
from research.models.register import Claim, Disagreement, Incident, Source, Statement
from research.models.seats import Seat
from research.models.segments import Segment
from research.models.terms import Signature, Terms

__all__ = [
    "Amendment",
    "Assignment",
    "Claim",
    "CreditNote",
    "Disagreement",
    "FeePlan",
    "Fund",
    "FundMember",
    "FundPolicy",
    "Incident",
    "Invitation",
    "Invoice",
    "InvoiceSeries",
    "KeyQuestion",
    "Participation",
    "Programme",
    "Seat",
    "Segment",
    "Signature",
    "Source",
    "Statement",
    "Terms",
    "Vehicle",
]
