"""What this app does in the background. The heavy libraries are loaded by the work itself, never by this module."""

from celery import shared_task
from django.db import close_old_connections

from accounts.jobs import Kind, register
from synthesis.services import charts, deliverables, editions, runs

register(runs.KIND, Kind(runs.compute, runs.commit))
register(charts.KIND, Kind(charts.compute, charts.commit))
register(deliverables.KIND, Kind(deliverables.compute, deliverables.commit, deliverables.failed))
register(editions.KIND, Kind(editions.compute, editions.commit, editions.failed))


@shared_task(name="synthesis.tasks.sweep_untagged")
def sweep_untagged() -> None:
    """Find cleared texts that a lost signal left untagged."""
    close_old_connections()
    runs.sweep_untagged()


@shared_task(name="synthesis.tasks.sweep_editions")
def sweep_editions() -> None:
    """Find released versions of which a fund's policy asks for an edition that nobody has made."""
    close_old_connections()
    editions.sweep()
