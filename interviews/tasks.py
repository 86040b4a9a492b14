"""The background work of this app, for the ledger of jobs."""

from celery import shared_task
from django.db import close_old_connections

from accounts import jobs
from accounts.moves import now
from interviews import reading, sources
from interviews.models import Transcript
from interviews.services import hours, planning, reminders, scheduling, transcripts
from interviews.states import PARSE, PLAN


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


@shared_task(name="interviews.tasks.tend_calls")
def tend_calls() -> None:
    """What time asks of booked calls: give back holds that ran out, call off what is barred, and remind, in this order."""
    close_old_connections()
    reminders.each([lambda: scheduling.expire_holds(now()), reminders.recheck, reminders.remind])


@shared_task(name="interviews.tasks.refresh_busy_feeds")
def refresh_busy_feeds() -> None:
    """Read the calendars that people follow again, each hour."""
    close_old_connections()
    hours.refresh_due(now())


jobs.register(
    hours.BUSY_FEED,
    jobs.Kind(
        compute=lambda job, progress: hours.read_feed(job.subject),
        commit=lambda job, times: hours.save_times(job.subject, times),
        failed=lambda job, sentence: hours.note_trouble(job.subject, sentence),
    ),
)
jobs.register(
    PLAN,
    jobs.Kind(
        compute=lambda job, progress: planning.reckon(job.subject, progress),
        commit=lambda job, found: planning.save(job.subject, found),
        failed=lambda job, sentence: planning.note_failure(job.subject, sentence),
    ),
)
jobs.register(PARSE, jobs.Kind(compute=_read, commit=_save, failed=_failed))
