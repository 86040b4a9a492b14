"""Celery's entry points. Each takes ids, may run twice and may be killed; the ledger keeps that harmless."""

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import close_old_connections

from accounts import audit, jobs, outbox

log = logging.getLogger(__name__)
jobs.register(outbox.KIND, jobs.Kind(outbox.send, outbox.sent, outbox.failed))


@shared_task(name="accounts.tasks.run_job")
def run_job(job_id: str) -> None:
    """Do one job of the ledger, once the jobs of dead processes are back in it: a sweep may wait behind a long queue."""
    close_old_connections()
    jobs.reap()
    jobs.run(job_id)


@shared_task(name="accounts.tasks.sweep_jobs")
def sweep_jobs() -> None:
    """Take back the jobs of dead processes, and ring again for all that no worker has."""
    jobs.reap()
    for job_id in jobs.due():
        jobs.ring(job_id)


@shared_task(name="accounts.tasks.anchor_audit")
def anchor_audit() -> None:
    """Write the heads of the audit chains to the file outside the database."""
    audit.anchor()


@shared_task(name="accounts.tasks.verify_audit")
def verify_audit() -> None:
    """Check every chain; the pages show the result, and a chain that does not hold is logged as an error."""
    for name in audit.names():
        if (verdict := audit.check(name)).bad is not None:
            log.error("The audit chain %s does not hold at event %s. %s", name, verdict.bad, verdict.reason)


@worker_ready.connect
def sweep_at_start(**kwargs: Any) -> None:
    """What a dead worker left behind is found when the next one starts."""
    sweep_jobs.apply_async(retry=False)
