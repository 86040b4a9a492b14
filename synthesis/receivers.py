"""What synthesis does upon news from the apps below."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from interviews.models import ClearedTranscript
from interviews.signals import transcript_cleared
from research.models import Programme
from research.signals import fund_policy_set, questions_amended
from synthesis.services import editions, runs


@receiver(transcript_cleared)
def tag_cleared_text(cleared_id: UUID, **kwargs: Any) -> None:
    """A text was cleared: tag it, if there is a question to tag it against."""
    cleared = ClearedTranscript.objects.live().select_related("programme").filter(pk=cleared_id).first()
    if cleared is not None and cleared.programme.questions.exists():
        runs.request_run(cleared)


@receiver(questions_amended)
def tag_again(programme_id: UUID, **kwargs: Any) -> None:
    """The questions changed: tag every cleared text against the new wording."""
    programme = Programme.objects.filter(pk=programme_id).first()
    if programme is not None and programme.questions.exists():
        runs.request_all(programme)


@receiver(fund_policy_set)
def renew_editions(fund_id: UUID, **kwargs: Any) -> None:
    """A fund's policy changed: make the editions that it now asks for."""
    editions.renew_for(fund_id)
