"""The endpoints of this app, as (prefix, viewset, basename)."""

from typing import Any


def routes() -> list[tuple[str, Any, str]]:
    """What config/api_urls.py registers."""
    from interviews.api.calls import ExpertViewSet, InterviewViewSet
    from interviews.api.transcripts import ClearedTranscriptViewSet, TranscriptViewSet

    return [
        ("experts", ExpertViewSet, "expert"),
        ("interviews", InterviewViewSet, "interview"),
        ("transcripts", TranscriptViewSet, "transcript"),
        ("cleared-transcripts", ClearedTranscriptViewSet, "cleared-transcript"),
    ]
