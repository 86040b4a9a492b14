"""Which calls wait because an expert took a consent back."""

from django.db.models import Exists, OuterRef, QuerySet

from interviews.models import ClearedTranscript, Consent, ConsentPurpose, Interview, Transcript
from interviews.states import TranscriptState
from research.models import Programme

# A recording is stopped and deleted by who holds the call; these two touch text that others work with.
TOUCHES_TEXT = (ConsentPurpose.TRANSCRIBE, ConsentPurpose.QUOTE)


def unsettled() -> Exists:
    """Of a call: its text was touched by a withdrawal that compliance has not looked at since.

    It has once the transcript is recalled, or cleared anew after the withdrawal.
    """
    again = Consent.objects.filter(
        interview=OuterRef("interview"), purpose=OuterRef("purpose"), withdrawn_at__isnull=True
    )
    looked = ClearedTranscript.objects.filter(
        transcript=OuterRef("pk"), cleared_at__gte=OuterRef(OuterRef("withdrawn_at"))
    )
    text = Transcript.objects.filter(~Exists(looked), interview=OuterRef("interview")).exclude(
        state__in=[TranscriptState.RECALLED, TranscriptState.FAILED]
    )
    gone = Consent.objects.filter(
        Exists(text), ~Exists(again), interview=OuterRef("pk"), purpose__in=TOUCHES_TEXT, withdrawn_at__isnull=False
    )
    return Exists(gone)


def to_settle(programme: Programme) -> QuerySet[Interview]:
    """The calls of a programme that compliance has to look at because a consent was taken back."""
    return Interview.objects.filter(unsettled(), programme=programme)
