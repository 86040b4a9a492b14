"""`manage.py serve` with its real processes, on a scratch data folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from accounts.supervisor import answers

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def place(tmp_path):
    """(environment, port) of an installation of its own with an empty, migrated database."""
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL") and not k.startswith("PYTEST")}
    env |= {"DATA_DIR": str(tmp_path), "STATIC_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=env, check=True)
    return env, free_port()


def serve(env, port) -> subprocess.Popen:
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for(condition, patience: float = 40) -> None:
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def children(pid: int) -> set[int]:
    return {int(x) for x in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@pytest.mark.crash
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for child processes in /proc")
def test_serve_restarts_what_dies_refuses_a_second_one_and_leaves_nothing_behind(place):
    env, port = place
    url = f"http://127.0.0.1:{port}/healthz"
    house = serve(env, port)
    try:
        wait_for(lambda: answers(url))
        first = children(house.pid)
        assert len(first) == 3
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(children(house.pid) - first) == 3)
        wait_for(lambda: answers(url))

        second = serve(env, free_port())
        assert second.wait(30) == 1
        assert "Another server already works on" in second.stdout.read()

        later = children(house.pid)
        house.send_signal(signal.SIGINT)
        assert house.wait(15) == 0
        assert [pid for pid in later if Path(f"/proc/{pid}").exists()] == []
    finally:
        house.kill()


def test_serve_on_a_taken_port_says_so(place):
    env, _ = place
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        house = serve(env, port)
        assert house.wait(30) == 1
        assert (
            f"Port {port} is taken by another program. Choose another one, e.g. PORT={port + 1}" in house.stdout.read()
        )
