"""The ledger under kill -9, with a real Celery worker in processes of its own."""

import os
import subprocess
import time

import pytest

pytestmark = pytest.mark.crash

ASK = "from django.db import transaction\nfor n in range({count}):\n    jobs.request({kind!r}, f'{kind}-{{n}}', jobs.fingerprint(n))"
COUNT = "print(Job.objects.filter(state={state!r}, kind={kind!r}).count())"


def test_ten_kills_lose_no_job_and_commit_none_twice(workplace):
    workplace.python(ASK.format(count=40, kind="steady"))
    for _ in range(10):
        workplace.start_worker()
        workplace.wait_for_live_owner()
        workplace.kill_worker()
    workplace.start_worker()
    workplace.wait(COUNT.format(state="done", kind="steady"), "40", patience=120)
    assert workplace.query("SELECT count(*), coalesce(max(seq), 0) FROM accounts_auditevent") == [(40, 1)]
    interrupted = workplace.query("SELECT sum(expiries) FROM accounts_job")[0][0]
    assert interrupted >= 10, "the kills must have hit running jobs, otherwise this test shows nothing"


def test_poison_is_set_aside_and_the_rest_goes_on(workplace):
    workplace.python(ASK.format(count=2, kind="poison"))
    workplace.python(ASK.format(count=6, kind="steady"))
    workplace.start_worker()
    workplace.wait(COUNT.format(state="done", kind="steady"), "6")
    workplace.wait(COUNT.format(state="quarantined", kind="poison"), "2")
    messages = workplace.python(
        "print(*Job.objects.filter(kind='poison').values_list('crashes', 'message'), sep='\\n')"
    )
    assert messages.count("This work ended its worker process 2 times") == 2


def test_worker_started_before_the_database_exists_waits_and_then_works(tmp_path_factory, workplace):
    """The worker says once why it waits; when the tables come it goes on by itself."""
    if workplace.database:
        workplace._postgres(f"DROP DATABASE {workplace.database} WITH (FORCE)")
        workplace._postgres(f"CREATE DATABASE {workplace.database}")
    else:
        for file in workplace.folder.glob("programme.sqlite3*"):
            file.unlink()
    worker = workplace.start_worker()
    log = workplace.folder / "worker.log"
    end = time.monotonic() + 30
    while "not ready yet" not in log.read_text(errors="replace") and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(2)
    assert worker.poll() is None
    assert log.read_text(errors="replace").count("run `manage.py migrate`") == 1
    workplace.manage("migrate", "-v", "0")
    workplace.python(ASK.format(count=1, kind="steady"))
    workplace.wait(COUNT.format(state="done", kind="steady"), "1")


def test_naive_task_without_the_ledger_loses_work(workplace, tmp_path):
    """The control: the same broker with Celery's own acknowledgement only. If this one lost nothing, the tests above would show nothing."""
    marks = tmp_path / "marks"
    marks.mkdir()
    env = {**workplace.env, "MARKS": str(marks)}
    env.pop("REDIS_URL", None)
    command = [
        "-m",
        "celery",
        "-A",
        "tests.concurrency.naive",
        "worker",
        "--loglevel",
        "ERROR",
        "--without-gossip",
        "--without-mingle",
        "--concurrency",
        "2",
    ]
    import sys

    subprocess.run(
        [sys.executable, "-c", "from tests.concurrency.naive import mark\nfor n in range(20): mark.delay(n)"],
        env=env,
        check=True,
    )
    for patience in (None, None, 12):
        worker = subprocess.Popen(
            [sys.executable, *command],
            env=env,
            start_new_session=True,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + 20
        if patience is None:
            before = len(list(marks.glob("started-*")))
            while len(list(marks.glob("started-*"))) < before + 2 and time.monotonic() < end:
                time.sleep(0.05)
        else:
            time.sleep(patience)
        os.killpg(worker.pid, 9)
        worker.wait()
    assert len(list(marks.glob("done-*"))) < 20
