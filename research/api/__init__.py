"""The endpoints of this app, as (prefix, viewset, basename)."""

from typing import Any


def routes() -> list[tuple[str, Any, str]]:
    """What config/api_urls.py registers."""
    from research.api.fees import InvoiceViewSet
    from research.api.funds import FundViewSet
    from research.api.participations import ParticipationViewSet
    from research.api.programmes import ProgrammeViewSet, QuestionViewSet, SegmentViewSet
    from research.api.register import ClaimViewSet, DisagreementViewSet, IncidentViewSet, SourceViewSet
    from research.api.seats import SeatViewSet
    from research.api.terms import TermsViewSet

    return [
        ("programmes", ProgrammeViewSet, "programme"),
        ("questions", QuestionViewSet, "question"),
        ("segments", SegmentViewSet, "segment"),
        ("seats", SeatViewSet, "seat"),
        ("participations", ParticipationViewSet, "participation"),
        ("funds", FundViewSet, "fund"),
        ("terms", TermsViewSet, "terms"),
        ("invoices", InvoiceViewSet, "invoice"),
        ("sources", SourceViewSet, "source"),
        ("incidents", IncidentViewSet, "incident"),
        ("claims", ClaimViewSet, "claim"),
        ("disagreements", DisagreementViewSet, "disagreement"),
    ]
