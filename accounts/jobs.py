"""The ledger of background work. The row is the truth; a broker message only rings the bell.

A job is claimed by one conditional update with a lease, computed outside any transaction, and committed in one short transaction that is
fenced: it writes only while this owner still holds the lease. A sweep finds what a dead worker or a lost message left behind.
"""

import contextlib
import hashlib
import json
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Case, F, Q, Value, When

from accounts.models import Job, JobState, User
from accounts.moves import now

log = logging.getLogger(__name__)

# A process that died alone, while its parent lived, was probably ended by the job itself;
# when all of a worker vanished, it probably was not.
MOST_CRASHES = 2
MOST_EXPIRIES = 10


class Unfit(Exception):
    """The work can't be done, and trying again won't help. The message is a sentence for a person."""


class Later(Exception):
    """The work can't be done just now. The job goes back and is not due before `seconds` have passed; the message says why."""

    def __init__(self, seconds: float, sentence: str):
        super().__init__(sentence)
        self.seconds = seconds


class LostLease(Exception):
    """Somebody else owns the job now; what this owner computed is thrown away."""


@dataclass(frozen=True)
class Kind:
    """How one kind of job is done.

    compute(job, progress) runs outside any transaction and returns a value; commit(job, value) writes it inside the fenced transaction;
    failed(job, sentence), if given, writes what a person should see, in the transaction that ends the job.
    """

    compute: Callable[[Job, Callable[[int, int], None]], Any]
    commit: Callable[[Job, Any], None]
    failed: Callable[[Job, str], None] = lambda job, sentence: None


KINDS: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    """Make a kind of job known; each app does so once, in the ready() of its AppConfig or in its tasks module."""
    KINDS[name] = kind


def fingerprint(*parts: Any) -> str:
    """SHA-256 over what a job's result depends on, in hex."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def request(kind: str, subject: Any, input_hash: str, *, scope: Any = "", by: User | None = None) -> Job:
    """Ask for a piece of work; the same work asked for twice is one row. Rings the bell after commit.

    A job that failed or was set aside is opened again, and one that was put off is due at once: a person asked for it anew.
    """
    job, created = Job.objects.get_or_create(
        kind=kind,
        subject=str(subject),
        input_hash=input_hash,
        defaults={"scope": str(scope), "asked_by": by.pk if by else None},
    )
    if not created:
        ended = Q(state__in=[JobState.FAILED, JobState.QUARANTINED])
        put_off = Q(state=JobState.PENDING, not_before__isnull=False)
        counts = {"crashes": 0, "expiries": 0, "delays": 0, "done": 0, "total": 0}
        again = Job.objects.filter(ended | put_off, pk=job.pk)
        again.update(state=JobState.PENDING, not_before=None, message="", finished_at=None, **counts)
        job.refresh_from_db()
    if job.state == JobState.PENDING:
        transaction.on_commit(lambda: ring(job.pk))
    return job


def ring(job_id: uuid.UUID) -> None:
    """Tell the workers that there is work. A broker that does not answer is no fault: the sweep finds the row."""
    from accounts.tasks import run_job

    try:
        run_job.apply_async(args=(str(job_id),), retry=False)
    except Exception as trouble:
        log.warning("The broker did not take the call for job %s (%s); the sweep will find it.", job_id, trouble)


def database_now() -> datetime:
    """The database server's clock, so that workers on several machines agree about leases; this machine's when the database is a file."""
    if connection.vendor != "postgresql":
        return now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def owner_name() -> str:
    """This machine, this process's parent, this process, and this run in it."""
    return f"{socket.gethostname()}:{os.getppid()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _free(stamp: datetime) -> Q:
    """Pending and not put off beyond this moment, or running under a lease that has run out."""
    ready = Q(not_before__isnull=True) | Q(not_before__lte=stamp)
    return Q(ready, state=JobState.PENDING) | Q(state=JobState.RUNNING, lease_until__lt=stamp)


def claim(job_id: uuid.UUID | str, owner: str) -> Job | None:
    """Take a pending job, or one whose lease ran out, by one conditional update; None when it is not to be had."""
    stamp = database_now()
    taken = Job.objects.filter(_free(stamp), pk=job_id).update(
        state=JobState.RUNNING,
        owner=owner,
        lease_until=stamp + timedelta(seconds=settings.JOB_LEASE),
        started_at=stamp,
        done=0,
        total=0,
        expiries=F("expiries") + Case(When(state=JobState.RUNNING, then=Value(1)), default=Value(0)),
    )
    return Job.objects.get(pk=job_id) if taken else None


def run(job_id: uuid.UUID | str) -> None:
    """Claim, compute and commit one job. Returns quietly when there is nothing to do."""
    owner = owner_name()
    job = claim(job_id, owner)
    if job is None:
        return
    if job.expiries > MOST_EXPIRIES:
        finish(
            job,
            owner,
            JobState.QUARANTINED,
            f"Workers vanished {job.expiries} times during this work. Ask an admin to look at the log.",
        )
        return
    kind = KINDS[job.kind]
    try:
        with _heartbeat(job, owner) as progress:
            value = kind.compute(job, progress)
        _commit(job, owner, kind, value)
    except LostLease:
        log.info("Job %s was taken over by another worker.", job.pk)
    except Later as later:
        put_off(job, owner, later)
    except Unfit as unfit:
        finish(job, owner, JobState.FAILED, str(unfit))
    except DatabaseError:
        log.exception("Job %s met database trouble; it will be tried again.", job.pk)
        give_back(job, owner)
    except Exception as fault:
        log.exception("Job %s failed.", job.pk)
        finish(
            job,
            owner,
            JobState.FAILED,
            f"The work stopped with an unexpected fault ({type(fault).__name__}: {fault}). It can be started again.",
        )


def _commit(job: Job, owner: str, kind: Kind, value: Any) -> None:
    with transaction.atomic():
        stamp = database_now()
        fenced = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, owner=owner)
        if not fenced.update(state=JobState.DONE, finished_at=stamp, message="", done=F("total")):
            raise LostLease
        job.state = JobState.DONE
        kind.commit(job, value)


def finish(job: Job, owner: str, state: str, sentence: str) -> None:
    """End a job without a result, with a sentence that a person reads, and tell its app in the same transaction."""
    with transaction.atomic():
        ended = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, owner=owner)
        if ended.update(state=state, message=sentence, finished_at=database_now()):
            job.state, job.message = state, sentence
            KINDS[job.kind].failed(job, sentence)


def give_back(job: Job, owner: str) -> None:
    """Put a job back; the lease runs out on its own if even this can't be written."""
    with contextlib.suppress(DatabaseError):
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING, owner=owner).update(
            state=JobState.PENDING, owner="", lease_until=None, expiries=F("expiries") + 1
        )


def put_off(job: Job, owner: str, later: Later) -> None:
    """Put a job back until the moment that it asked for; the lease runs out on its own if even this can't be written."""
    with contextlib.suppress(DatabaseError):
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING, owner=owner).update(
            state=JobState.PENDING,
            owner="",
            lease_until=None,
            not_before=database_now() + timedelta(seconds=later.seconds),
            delays=F("delays") + 1,
            message=str(later),
        )


def reap() -> None:
    """Take back the jobs of processes that died on this machine, without waiting for their leases.

    A worker child that died while its parent lives counts as a crash; a whole worker that vanished counts as an expiry.
    """
    for job in Job.objects.filter(state=JobState.RUNNING, owner__startswith=f"{socket.gethostname()}:"):
        _host, parent, pid, _run = job.owner.split(":")
        if _alive(pid):
            continue
        if _alive(parent):
            crashed(job)
        else:
            give_back(job, job.owner)
        ring(job.pk)


def crashed(job: Job) -> None:
    """The process of this job died by itself: try once more, then set the job aside."""
    if job.crashes + 1 >= MOST_CRASHES:
        sentence = f"This work ended its worker process {job.crashes + 1} times. It was set aside so that other work can go on."
        finish(job, job.owner, JobState.QUARANTINED, sentence)
    mine = Job.objects.filter(pk=job.pk, owner=job.owner)
    mine.update(crashes=F("crashes") + 1)
    mine.filter(state=JobState.RUNNING).update(state=JobState.PENDING, owner="", lease_until=None)


def due() -> list[uuid.UUID]:
    """Jobs that wait for a worker: pending, or running under a lease that ran out; oldest first."""
    return list(Job.objects.filter(_free(database_now())).order_by("created_at").values_list("pk", flat=True))


@contextlib.contextmanager
def _heartbeat(job: Job, owner: str) -> Iterator[Callable[[int, int], None]]:
    """Renew the lease and write progress from a thread while the work goes on; yields progress(done, total)."""
    state = {"done": 0, "total": 0}
    stop = threading.Event()

    def beat() -> None:
        last_lease, last_written = time.monotonic(), (0, 0)
        while not stop.wait(min(1.0, settings.JOB_LEASE / 4)):
            written = (state["done"], state["total"])
            if written == last_written and time.monotonic() - last_lease < settings.JOB_LEASE / 4:
                continue
            with contextlib.suppress(DatabaseError):
                lease = database_now() + timedelta(seconds=settings.JOB_LEASE)
                Job.objects.filter(pk=job.pk, state=JobState.RUNNING, owner=owner).update(
                    lease_until=lease, done=min(written), total=written[1]
                )
                last_lease, last_written = time.monotonic(), written
        connection.close()

    def progress(done: int, total: int) -> None:
        state["done"], state["total"] = done, total

    thread = threading.Thread(target=beat, daemon=True, name=f"heartbeat {job.pk}")
    thread.start()
    try:
        yield progress
    finally:
        stop.set()
        thread.join(timeout=10)


def drain(*, limit: float = 600) -> int:
    """Do all due work in this process, one job after another; the number done. For tests and commands without a worker."""
    start, count = time.monotonic(), 0
    while (waiting := due()) and time.monotonic() - start < limit:
        for job_id in waiting:
            run(job_id)
            count += 1
    return count


def wait_until_migrated() -> None:
    """Block until the ledger's table is there, saying once why nothing happens."""
    said = False
    while True:
        try:
            Job.objects.exists()
            return
        except DatabaseError:
            if not said:
                log.warning(
                    "The database is not ready yet: run `manage.py migrate`. This worker waits and starts by itself."
                )
                said = True
            close_old_connections()
            connection.close()
            time.sleep(1)
