"""A Celery application with three kinds of job for crash tests: steady work, work that kills its worker, and work that never ends."""

import os
import signal
import time

from config.celery import app  # noqa: F401


def install() -> None:
    """Make the kinds known in this process."""
    from accounts import audit, jobs

    def steady(job, progress):
        for step in range(10):
            progress(step, 10)
            time.sleep(0.05)
        return job.subject

    def kill_self(job, progress):
        os.kill(os.getpid(), signal.SIGKILL)

    def commit(job, value):
        # One audit event a job: its chain counts how often the work was committed.
        audit.record(f"work:{job.subject}", "done", f"job:{job.pk}", by=None)

    jobs.register("steady", jobs.Kind(compute=steady, commit=commit))
    jobs.register("poison", jobs.Kind(compute=kill_self, commit=commit))


install_on_import = os.environ.get("WORKSHOP") == "1"
if install_on_import:
    import django

    django.setup()
    install()
