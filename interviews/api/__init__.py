"""The endpoints of this app, as (prefix, viewset, basename)."""

from typing import Any


def routes() -> list[tuple[str, Any, str]]:
    """What config/api_urls.py registers."""
    from interviews.api.calls import ExpertViewSet, InterviewViewSet
    from interviews.api.honoraria import HonorariumViewSet
    from interviews.api.plans import PlanViewSet
    from interviews.api.screening import ScreeningViewSet
    from interviews.api.transcripts import ClearedTranscriptViewSet, TranscriptViewSet

    return [
        ("experts", ExpertViewSet, "expert"),
        ("interviews", InterviewViewSet, "interview"),
        ("plans", PlanViewSet, "plan"),
        ("screenings", ScreeningViewSet, "screening"),
        ("honoraria", HonorariumViewSet, "honorarium"),
        ("transcripts", TranscriptViewSet, "transcript"),
        ("cleared-transcripts", ClearedTranscriptViewSet, "cleared-transcript"),
    ]
