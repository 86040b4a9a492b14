"""Work that time alone asks for, and what an answered invitation leaves to be done."""

from celery import shared_task

from accounts import jobs
from research.services import invitations
from research.services.seats import expire_holds as expire

jobs.register(invitations.KIND, jobs.Kind(invitations.compare, invitations.tell))


@shared_task(name="research.tasks.expire_holds")
def expire_holds() -> None:
    """Free the holds that have run out. A claim does the same for its own programme, so a late beat costs no fund a seat."""
    expire()
