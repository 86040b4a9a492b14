import os
import socket
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction

from accounts import jobs
from accounts.models import AuditChain, Job, JobState
from accounts.moves import now

DONE: list[str] = []


@pytest.fixture
def kind(monkeypatch):
    """A kind of job that notes what it did; `kind(compute=..., commit=...)` changes a part."""
    DONE.clear()

    def make(**parts):
        whole = {
            "compute": lambda job, progress: job.subject.upper(),
            "commit": lambda job, value: DONE.append(value),
            **parts,
        }
        monkeypatch.setitem(jobs.KINDS, "note", jobs.Kind(**whole))

    make()
    return make


@pytest.fixture
def bell(monkeypatch):
    """Hear the bell instead of a broker."""
    rung: list = []
    monkeypatch.setattr(jobs, "ring", rung.append)
    return rung


def ask(subject: str = "a", **more) -> Job:
    return jobs.request("note", subject, jobs.fingerprint(subject), **more)


def test_request_twice_is_one_row(db, kind, bell):
    assert ask().pk == ask().pk
    assert Job.objects.count() == 1


def test_request_rings_after_commit_only(db, kind, bell, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
        assert bell == []
    assert bell == [job.pk]


def test_request_when_the_broker_is_away_keeps_the_row(db, kind, monkeypatch, django_capture_on_commit_callbacks):
    from accounts.tasks import run_job

    def away(*args, **kwargs):
        raise OSError("no broker")

    monkeypatch.setattr(run_job, "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
    assert jobs.due() == [job.pk]


def test_run_computes_commits_and_ends(db, kind, bell):
    job = ask("abc")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (DONE, job.state, job.percent) == (["ABC"], JobState.DONE, 100)


def test_run_of_a_done_or_unknown_job_returns_quietly(db, kind, bell):
    job = ask()
    jobs.run(job.pk)
    jobs.run(job.pk)
    jobs.run("00000000-0000-0000-0000-000000000000")
    assert DONE == ["A"]


def test_claim_is_given_to_one_owner_only(db, kind, bell):
    job = ask()
    assert jobs.claim(job.pk, "one").owner == "one"
    assert jobs.claim(job.pk, "two") is None


def test_expired_lease_can_be_claimed_and_is_counted(db, kind, bell):
    job = ask()
    jobs.claim(job.pk, "one")
    Job.objects.update(lease_until=now() - timedelta(seconds=1))
    assert jobs.due() == [job.pk]
    taken = jobs.claim(job.pk, "two")
    assert (taken.owner, taken.expiries) == ("two", 1)


def test_commit_of_an_owner_that_lost_its_lease_writes_nothing(db, kind, bell):
    def lose_it(job, progress):
        Job.objects.filter(pk=job.pk).update(owner="another")
        return "late"

    kind(compute=lose_it)
    job = ask()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (DONE, job.state, job.owner) == ([], JobState.RUNNING, "another")


def test_commit_that_fails_leaves_no_half_result(db, kind, bell):
    def half(job, value):
        AuditChain.objects.create(name="half", head="x")
        raise OperationalError("disk I/O error")

    kind(commit=half)
    job = ask()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert not AuditChain.objects.filter(name="half").exists()
    assert (job.state, job.expiries) == (JobState.PENDING, 1)


def test_unfit_work_fails_with_its_sentence_and_tells_its_app(db, kind, bell):
    told = []

    def compute(job, progress):
        raise jobs.Unfit("This file has no words. Upload another one.")

    kind(compute=compute, failed=lambda job, sentence: told.append(sentence))
    job = ask()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.FAILED, "This file has no words. Upload another one.")
    assert told == [job.message]


def test_unexpected_fault_becomes_a_state_that_a_person_sees(db, kind, bell):
    kind(compute=lambda job, progress: 1 / 0)
    job = ask()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED and "ZeroDivisionError" in job.message


def test_request_of_failed_work_opens_it_again(db, kind, bell):
    kind(compute=lambda job, progress: 1 / 0)
    job = ask()
    jobs.run(job.pk)
    kind()
    assert ask().state == JobState.PENDING
    jobs.drain()
    assert DONE == ["A"]


def put_off(kind) -> Job:
    def not_now(job, progress):
        raise jobs.Later(60, "The other side is away.")

    kind(compute=not_now)
    job = ask()
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


def test_work_that_was_put_off_is_not_due_before_its_moment(db, kind, bell):
    job = put_off(kind)
    assert (job.state, job.owner, job.delays, job.expiries) == (JobState.PENDING, "", 1, 0)
    assert job.message == "The other side is away."
    assert timedelta(seconds=55) < job.not_before - now() <= timedelta(seconds=60)
    assert jobs.due() == []
    assert jobs.claim(job.pk, "one") is None
    Job.objects.update(not_before=now())
    assert jobs.due() == [job.pk]
    kind()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (DONE, job.state, job.message, job.tries) == (["A"], JobState.DONE, "", 2)


def test_request_of_work_that_was_put_off_makes_it_due_at_once(db, kind, bell):
    job = put_off(kind)
    assert ask().delays == 0
    assert jobs.due() == [job.pk]


def test_owner_that_lost_its_lease_can_not_put_the_job_off(db, kind, bell):
    job = ask()
    jobs.claim(job.pk, "one")
    Job.objects.update(owner="two")
    jobs.put_off(job, "one", jobs.Later(60, "Away."))
    job.refresh_from_db()
    assert (job.state, job.owner, job.not_before) == (JobState.RUNNING, "two", None)


def dead_pid() -> int:
    """The number of a process that has just ended."""
    import subprocess

    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def owned_by(parent: int, pid: int) -> Job:
    job = ask()
    jobs.claim(job.pk, f"{socket.gethostname()}:{parent}:{pid}:x")
    jobs.reap()
    job.refresh_from_db()
    return job


def test_reap_leaves_a_living_owner_alone(db, kind, bell):
    job = owned_by(os.getppid(), os.getpid())
    assert (job.state, job.crashes, job.expiries) == (JobState.RUNNING, 0, 0)


def test_reap_counts_a_child_that_died_alone_as_a_crash(db, kind, bell):
    job = owned_by(os.getpid(), dead_pid())
    assert (job.state, job.crashes, job.expiries) == (JobState.PENDING, 1, 0)


def test_reap_counts_a_whole_worker_that_vanished_as_an_expiry(db, kind, bell):
    job = owned_by(dead_pid(), dead_pid())
    assert (job.state, job.crashes, job.expiries) == (JobState.PENDING, 0, 1)
    assert bell == [job.pk]


def test_second_crash_sets_the_job_aside_with_a_reason(db, kind, bell):
    told = []
    kind(failed=lambda job, sentence: told.append(sentence))
    owned_by(os.getpid(), dead_pid())
    job = owned_by(os.getpid(), dead_pid())
    assert (job.state, job.crashes) == (JobState.QUARANTINED, 2)
    assert job.message == "This work ended its worker process 2 times. It was set aside so that other work can go on."
    assert told == [job.message]
    assert jobs.due() == []


def test_eleventh_expiry_sets_the_job_aside(db, kind, bell):
    job = ask()
    Job.objects.update(expiries=11)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.QUARANTINED and DONE == []


def test_rolled_back_request_leaves_no_job(db, kind, bell):
    with pytest.raises(RuntimeError), transaction.atomic():
        ask()
        raise RuntimeError
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_heartbeat_renews_the_lease_and_shows_progress(kind, bell, settings):
    import time

    settings.JOB_LEASE = 1
    seen = []

    def slow(job, progress):
        progress(2, 5)
        time.sleep(1.6)
        row = Job.objects.get(pk=job.pk)
        seen.append((row.done, row.total, row.lease_until > now()))
        return "x"

    kind(compute=slow)
    job = ask()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (seen, job.state, job.done) == ([(2, 5, True)], JobState.DONE, 5)
