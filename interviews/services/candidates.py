"""Candidates: an expert in a programme, from the list to being heard."""

from accounts.models import User
from interviews.models import Candidate, Expert
from research.models import Programme, Segment


def ensure(programme: Programme, expert: Expert, segment: Segment, *, by: User | None) -> Candidate:
    """The expert's candidacy in this programme, made on the first call. The caller holds the programme's row."""
    candidate, _ = Candidate.objects.get_or_create(
        programme=programme,
        expert=expert,
        defaults={"segment": segment, "descriptor": expert.descriptor, "added_by": by},
    )
    return candidate
