"""The Celery application. Messages carry only the number of a job; the ledger in the database is the truth."""

import os

from celery import Celery
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def wait_for_the_database(**kwargs) -> None:
    """A worker may be started before the database exists: say so once and wait, rather than fail every job."""
    from accounts.jobs import wait_until_migrated

    wait_until_migrated()
