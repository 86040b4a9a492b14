"""What this app does in the background. The heavy libraries are loaded by the work itself, never by this module."""

from celery import shared_task
from django.db import close_old_connections

from accounts.jobs import Kind, register
from synthesis.services import charts, deliverables, runs

register(runs.KIND, Kind(runs.compute, runs.commit))
register(charts.KIND, Kind(charts.compute, charts.commit))
register(deliverables.KIND, Kind(deliverables.compute, deliverables.commit, deliverables.failed))


@shared_task(name="synthesis.tasks.sweep_untagged")
def sweep_untagged() -> None:
    """Find cleared texts that a lost signal left untagged."""
    close_old_connections()
    runs.sweep_untagged()
