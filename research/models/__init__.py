from research.models.funds import Fund, FundMember, FundPolicy
from research.models.programmes import Assignment, Programme
from research.models.questions import Amendment, KeyQuestion
from research.models.register import Claim, Disagreement, Incident, Source, Statement
from research.models.seats import Seat
from research.models.segments import Segment

__all__ = [
    "Amendment",
    "Assignment",
    "Claim",
    "Disagreement",
    "Fund",
    "FundMember",
    "FundPolicy",
    "Incident",
    "KeyQuestion",
    "Programme",
    "Seat",
    "Segment",
    "Source",
    "Statement",
]
