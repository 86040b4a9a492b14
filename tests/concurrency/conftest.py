"""Real workers on a real ledger: each test has a data folder and a database of its own, outside pytest's."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Workplace:
    """A scratch installation: its own data folder (and PostgreSQL database, when one is configured), and a worker that can be killed.

    Its database is migrated, or a copy of that of `template`: migrating takes ten seconds.
    """

    def __init__(self, folder: Path, template: "Workplace | None" = None):
        self.folder = folder
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("PYTEST")},
            "DATA_DIR": str(folder),
            "JOB_LEASE": "3",
            "JOB_SWEEP": "1",
            "WORKSHOP": "1",
            "SECRET_KEY": "scratch",
            "AUDIT_KEY": "scratch",
            "IDENTITY_KEY": "M2tzY3JhdGNoc2NyYXRjaHNjcmF0Y2hzY3JhdGNoMTI=",
            "ALLOWED_HOSTS": "localhost",
            "PYTHONPATH": str(ROOT),
        }
        self.database = ""
        if url := os.environ.get("DATABASE_URL"):
            self.database = f"scratch_{uuid.uuid4().hex[:10]}"
            self.admin_url = url
            self._postgres(f"CREATE DATABASE {self.database} TEMPLATE {template.database if template else 'template1'}")
            self.env["DATABASE_URL"] = url.rsplit("/", 1)[0] + "/" + self.database
        if redis := os.environ.get("REDIS_URL"):
            self.env["REDIS_URL"] = redis.rsplit("/", 1)[0] + "/9"
        self.worker: subprocess.Popen | None = None
        if template is None:
            self.manage("migrate", "-v", "0")
        elif not self.database:
            shutil.copyfile(template.folder / "programme.sqlite3", folder / "programme.sqlite3")

    def _postgres(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def python(self, code: str) -> str:
        """Run a few lines inside Django and return what they print."""
        start = (
            "import django; django.setup()\nfrom tests.concurrency import workshop\n"
            "from accounts import jobs\nfrom accounts.models import *\n"
        )
        env = {**self.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
        done = subprocess.run([sys.executable, "-c", start + code], cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def query(self, statement: str) -> list[tuple]:
        """Look into the database from outside, quickly enough to aim a kill."""
        if self.database:
            import psycopg

            with psycopg.connect(self.env["DATABASE_URL"]) as connection:
                return connection.execute(statement).fetchall()
        with sqlite3.connect(self.folder / "programme.sqlite3", timeout=20) as connection:
            return connection.execute(statement).fetchall()

    def wait_for_live_owner(self, patience: float = 30) -> None:
        """Return when a job is running in a process of the present worker: a dead worker's lease still looks alive."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            for (owner,) in self.query("SELECT owner FROM accounts_job WHERE state = 'running'"):
                try:
                    if os.getpgid(int(owner.split(":")[2])) == self.worker.pid:
                        return
                except ProcessLookupError:
                    continue
            time.sleep(0.02)
        pytest.fail("no job ever ran in the present worker")

    def start_worker(self, app: str = "tests.concurrency.workshop") -> subprocess.Popen:
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            app,
            "worker",
            "--beat",
            "--schedule",
            str(self.folder / "beat"),
            "--loglevel",
            "WARNING",
        ]
        command += ["--without-gossip", "--without-mingle", "--concurrency", "2"]
        self.log = (self.folder / "worker.log").open("ab")
        self.worker = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=self.log, stderr=self.log, start_new_session=True
        )
        return self.worker

    def kill_worker(self) -> None:
        """kill -9 of the whole worker group: parent, children and beat."""
        if self.worker:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait()
            self.worker = None

    def wait(self, code: str, expected: str, patience: float = 60) -> None:
        """Poll until the code prints what is expected; fail with the worker's log otherwise."""
        end, got = time.monotonic() + patience, ""
        while time.monotonic() < end:
            got = self.python(code)
            if got == expected:
                return
            time.sleep(0.3)
        pytest.fail(
            f"waited for {expected!r}, last saw {got!r}\n{(self.folder / 'worker.log').read_text(errors='replace')[-3000:]}"
        )

    def close(self) -> None:
        self.kill_worker()
        if self.database:
            self._postgres(f"DROP DATABASE {self.database} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """An installation that nothing is done in: its database is copied."""
    place = Workplace(tmp_path_factory.mktemp("migrated"))
    yield place
    place.close()


@pytest.fixture
def workplace(tmp_path, migrated):
    place = Workplace(tmp_path, migrated)
    yield place
    place.close()
