"""The three processes of one machine, kept alive together: web server, worker, beat. No server to install."""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

# Seconds that the processes get to end by themselves.
PATIENCE = 4


class NotStarted(Exception):
    """The processes could not be started; the message says why and what to do."""


def _end_with_parent() -> None:
    """On Linux a child is told to stop when this process vanishes, even by kill -9."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Process:
    """One supervised program: started, watched, restarted when it dies, stopped with patience and then with force."""

    def __init__(self, name: str, command: list[str], log: Path):
        self.name, self.command, self.log = name, command, log
        self.popen: subprocess.Popen | None = None
        self.starts: list[float] = []

    def start(self) -> None:
        self.starts.append(time.monotonic())
        with self.log.open("ab") as out:
            self.popen = subprocess.Popen(  # noqa: S603  our own command lines
                self.command,
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    def keep(self) -> None:
        """Start again what has died, at most once a second."""
        if self.popen and self.popen.poll() is not None and time.monotonic() - self.starts[-1] > 1:
            self._end_group(signal.SIGKILL)
            self.start()

    def ask_to_stop(self) -> None:
        """SIGTERM, if it is still there."""
        if self.popen and self.popen.poll() is None:
            self.popen.terminate()

    def stop(self, patience: float) -> None:
        """Wait so many seconds for its own end, then SIGKILL to the whole process group."""
        if self.popen is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(max(patience, 0.1))
        self._end_group(signal.SIGKILL)
        self.popen.wait()

    def _end_group(self, sign: int) -> None:
        if self.popen:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, sign)

    def tail(self, lines: int = 5) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""


def web_command(bind: str, application: str = "config.wsgi") -> list[str]:
    """The web server as it is always run, as the arguments of `python -m`."""
    return [
        "gunicorn",
        application,
        "--bind",
        bind,
        "--workers",
        "2",
        "--threads",
        "4",
        "--backlog",
        "2048",
        "--log-level",
        "warning",
    ]


class Household:
    """Web server, worker and beat under one roof; `with Household(port):` starts them and stops all of them."""

    def __init__(self, host: str = "127.0.0.1", port: int = 8000):
        self.host, self.port = host, port
        logs = settings.DATA_DIR / "logs"
        logs.mkdir(exist_ok=True)
        python, bind = sys.executable, f"{host}:{port}"
        web = web_command(bind)
        worker = ["celery", "-A", "config", "worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
        beat = ["celery", "-A", "config", "beat", "--loglevel", "WARNING", "--pidfile", ""]
        self.processes = [
            Process(name, [python, "-m", *command], logs / f"{name}.log")
            for name, command in (("web", web), ("worker", worker), ("beat", beat))
        ]

    @property
    def address(self) -> str:
        """Where the site answers."""
        return f"http://{'localhost' if self.host == '127.0.0.1' else self.host}:{self.port}/"

    def __enter__(self) -> "Household":
        self._lock()
        self._port_is_free()
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *exc: object) -> None:
        # All at once and not for long: a job that is cut off goes back to the ledger and is done again.
        end = time.monotonic() + PATIENCE
        for process in self.processes:
            process.ask_to_stop()
        for process in self.processes:
            process.stop(end - time.monotonic())
        self.lock.close()

    def _lock(self) -> None:
        self.lock = (settings.DATA_DIR / "serve.lock").open("w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            self.lock.close()
            raise NotStarted(
                f"Another server already works on {settings.DATA_DIR}. Stop it first, or set DATA_DIR to another folder."
            ) from taken

    def _port_is_free(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as taken:
                self.lock.close()
                raise NotStarted(
                    f"Port {self.port} is taken by another program. Choose another one, e.g. PORT={self.port + 1} make demo."
                ) from taken

    def keep(self) -> None:
        """Restart whichever process has died; call it every second or so."""
        for process in self.processes:
            process.keep()

    def wait_until_it_answers(self, patience: float = 60) -> None:
        """Return when the site answers; raise NotStarted with the end of its log otherwise."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.keep()
            if answers(f"http://{self.host}:{self.port}/readyz"):
                return
            time.sleep(0.2)
        raise NotStarted(f"The site does not answer on {self.address}. The end of its log:\n{self.processes[0].tail()}")


def answers(url: str) -> bool:
    """True when a GET of this address gives 200."""
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  a loopback address of ours
        return response.status == 200
    return False


@contextlib.contextmanager
def until_told_to_stop() -> Iterator[list[bool]]:
    """Yield a list that becomes non-empty when SIGINT or SIGTERM arrives."""
    told: list[bool] = []
    previous = {sign: signal.signal(sign, lambda *_: told.append(True)) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for sign, handler in previous.items():
            signal.signal(sign, handler)
