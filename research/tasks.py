"""Work that time alone asks for."""

from celery import shared_task

from research.services.seats import expire_holds as expire


@shared_task(name="research.tasks.expire_holds")
def expire_holds() -> None:
    """Free the holds that have run out. A claim does the same for its own programme, so a late beat costs no fund a seat."""
    expire()
