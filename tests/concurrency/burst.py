"""Hundreds of funds commit over HTTP at one instant, against the real web server on the real database."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.supervisor import web_command
from tests.concurrency.conftest import ROOT, Workplace

PATIENCE = 60


@dataclass
class Answer:
    """What one fund was told, and after how many seconds; status 0 when the server was gone."""

    status: int
    code: str
    seconds: float


@dataclass
class Burst:
    """All answers of one burst."""

    answers: list[Answer]
    seconds: float
    taken: int
    halves: dict[str, int]
    counts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = Counter(f"{a.status} {a.code}".strip() for a in self.answers)

    @property
    def p95(self) -> float:
        """Seconds within which 95 of 100 were answered."""
        return statistics.quantiles([a.seconds for a in self.answers], n=20)[-1]


class Hall:
    """A scratch installation with its funds, and a web server that can be killed."""

    def __init__(self, place: Workplace, funds: int):
        self.place, self.number = place, 0
        place.env |= {"API_RATE": "100000/min", "HTTPS": "off"}
        self.django(f"hall.fill({funds})")

    def django(self, code: str) -> str:
        return self.place.python(f"from tests.concurrency import hall\n{code}")

    @contextlib.contextmanager
    def web(self, application: str = "config.wsgi") -> Iterator[subprocess.Popen]:
        """The web server, in a process group of its own."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", *web_command(f"127.0.0.1:{self.port}", application)]
        with (self.place.folder / "web.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.place.env, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._wait_until_up()
            yield process
        finally:
            kill(process)

    def _wait_until_up(self) -> None:
        end = time.monotonic() + 2 * PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
                line.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                if b"200" in line.recv(100):
                    return
            time.sleep(0.1)
        raise AssertionError((self.place.folder / "web.log").read_text(errors="replace")[-2000:])

    def announce(self, cap: int) -> tuple[str, list[bytes]]:
        """A new programme with so many seats, and each fund's request for one."""
        self.number += 1
        slug = f"burst-{self.number}"
        told = json.loads(self.django(f"hall.announce({slug!r}, {cap})"))
        return slug, [self._request(told["sha256"], *claim) for claim in told["claims"]]

    def _request(self, sha256: str, part: str, token: str, name: str) -> bytes:
        body = json.dumps({"sha256": sha256, "name": name}).encode()
        head = (
            f"POST /api/v1/participations/{part}/commit/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body

    def burst(
        self, slug: str, requests: list[bytes], *, web: subprocess.Popen, kill_after: float | None = None
    ) -> Burst:
        """Send all requests at one instant over connections that are open already; `kill_after` seconds the server dies."""
        start, answers = asyncio.run(self._send(requests, web, kill_after))
        seconds = time.monotonic() - start
        found = json.loads(self.django(f"hall.look({slug!r})"))
        return Burst(answers, seconds, found["taken"], found["halves"])

    async def _send(
        self, requests: list[bytes], web: subprocess.Popen, kill_after: float | None
    ) -> tuple[float, list[Answer]]:
        gate = asyncio.Event()
        lines = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", self.port) for _ in requests))
        tasks = [asyncio.create_task(_ask(*line, request, gate)) for line, request in zip(lines, requests, strict=True)]
        await asyncio.sleep(0.2)
        start = time.monotonic()
        gate.set()
        if kill_after is not None:
            await asyncio.sleep(kill_after)
            kill(web)
        return start, await asyncio.gather(*tasks)


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, gate: asyncio.Event
) -> Answer:
    await gate.wait()
    start, reply = time.monotonic(), b""
    with contextlib.suppress(OSError, TimeoutError):
        writer.write(request)
        await writer.drain()
        reply = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    head, _, body = reply.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/") else 0
    code = ""
    with contextlib.suppress(ValueError):
        code = json.loads(body).get("code", "")
    return Answer(status, code, time.monotonic() - start)


def kill(process: subprocess.Popen) -> None:
    """kill -9 of the web server and all its workers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
