"""News for the apps above, sent after commit and carrying ids only. A sweep finds what a lost message missed."""

from django.dispatch import Signal

# transcript_cleared(cleared_id: UUID)
transcript_cleared = Signal()
