"""The background work of this app, for the ledger of jobs."""

from celery import shared_task
from django.db import close_old_connections

from accounts import jobs
from interviews import reading, sources
from interviews.models import Transcript
from interviews.services import transcripts
from interviews.states import PARSE


def _read(job, progress):
    transcript = Transcript.objects.filter(pk=job.subject).first()
    if transcript is None:
        raise jobs.Unfit("This transcript is gone, so there is nothing to read.")
    progress(0, 1)
    parsed = reading.read(transcript)
    progress(1, 1)
    return parsed


def _save(job, parsed) -> None:
    transcripts.save_parsed(job.subject, parsed)


def _failed(job, sentence: str) -> None:
    transcripts.note_failure(job.subject, sentence)


@shared_task(name="interviews.tasks.sweep_sources")
def sweep_sources() -> None:
    """Remove what broken uploads left in the file store."""
    close_old_connections()
    sources.sweep()


jobs.register(PARSE, jobs.Kind(compute=_read, commit=_save, failed=_failed))
