"""Celery's entry points. Each takes ids, may run twice and may be killed; the ledger keeps that harmless."""

import logging
from typing import Any

from celery import shared_task
from celery.signals import task_failure, worker_ready
from django.db import close_old_connections

from accounts import audit, jobs

log = logging.getLogger(__name__)
RUN_JOB = "accounts.tasks.run_job"


@shared_task(name=RUN_JOB)
def run_job(job_id: str) -> None:
    """Do one job of the ledger."""
    close_old_connections()
    jobs.run(job_id)


@shared_task(name="accounts.tasks.sweep_jobs")
def sweep_jobs() -> None:
    """Ring again for jobs that no worker has."""
    for job_id in jobs.due():
        jobs.ring(job_id)


@shared_task(name="accounts.tasks.anchor_audit")
def anchor_audit() -> None:
    """Write the heads of the audit chains to the file outside the database."""
    audit.anchor()


@worker_ready.connect
def sweep_at_start(**kwargs: Any) -> None:
    """What a dead worker left behind is found when the next one starts."""
    sweep_jobs.apply_async(retry=False)


@task_failure.connect(sender=RUN_JOB)
def note_crash(task_id: str = "", exception: BaseException | None = None, args: Any = (), **kwargs: Any) -> None:
    """Runs in the worker's supervising process when a child died or ran past its time limit."""
    close_old_connections()
    if args:
        jobs.crashed(args[0], type(exception).__name__)
