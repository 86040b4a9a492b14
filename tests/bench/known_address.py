"""Does the public page tell by its time what it does not tell in words? `python -m tests.bench.known_address [pairs] [port]`

Against a real web server on loopback, by turns and in random order within each turn: posts with an address that has an
account and with one that has none; looks at a link that was taken back and at a forged one, at one that was answered and at
one that was never given out. Prints medians and a rank test for each, and for the control, a page that looks the address
up, how far it would be seen. Ends with 1 when two medians are more than a tenth apart or the rank test is significant.
"""

import http.client
import math
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.bench.case import scratch

ALLOWED = 0.10
SIGNIFICANT = 0.01
WARM_UP = 20


class Judgement(NamedTuple):
    """What two rows of times say: the medians, how far they are apart, and how likely that is by chance alone."""

    one: float
    other: float
    apart: float
    chance: float

    @property
    def told(self) -> bool:
        return self.apart > ALLOWED or self.chance < SIGNIFICANT


def rank_test(one: list[float], other: list[float]) -> float:
    """The two-sided p of Mann and Whitney's test, by the normal approximation with the correction for ties."""
    ordered = sorted((value, side) for side, values in enumerate((one, other)) for value in values)
    ranks, ties, start = [0.0, 0.0], 0.0, 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end][0] == ordered[start][0]:
            end += 1
        ties += (end - start) ** 3 - (end - start)
        for _, side in ordered[start:end]:
            ranks[side] += (start + 1 + end) / 2
        start = end
    n, m = len(one), len(other)
    u = ranks[0] - n * (n + 1) / 2
    spread = math.sqrt(n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
    return math.erfc(abs(u - n * m / 2) / spread / math.sqrt(2)) if spread else 1.0


def judge(one: list[float], other: list[float]) -> Judgement:
    a, b = statistics.median(one), statistics.median(other)
    return Judgement(a, b, abs(a - b) / min(a, b), rank_test(one, other))


class Bench:
    """A programme with invitations, and a web server that answers for it."""

    def __init__(self, port: int):
        from accounts.roles import Role
        from research.models import Fund
        from tests.factories import make_programme, make_user

        self.port = port
        self.programme = make_programme(state="open")
        fund = Fund.objects.create(name="Asked")
        self.part = self.programme.participations.create(fund=fund)
        self.admin = make_user("Ada", Role.ADMIN)
        self.known = [make_user(f"person{n}", Role.ANALYST).email for n in range(50)]

    def link(self, state: str = "sent") -> str:
        from research.models import Invitation
        from research.services.invitations import token_of

        row = Invitation.objects.create(
            participation=self.part,
            email="asked@example.com",
            name="Asked",
            by=self.admin,
            state=state,
            answered_at=datetime(2026, 1, 1, tzinfo=UTC) if state == "interested" else None,
            expires_at=datetime(2100, 1, 1, tzinfo=UTC),
        )
        return f"/invitation/{token_of(row)}/"

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, float]:
        """Status and seconds of one request over a connection of its own."""
        from django.core.cache import cache

        cache.clear()  # else the throttle would answer
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        wire.connect()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        began = time.perf_counter()
        wire.request(method, path, body, headers)
        answer = wire.getresponse()
        answer.read()
        taken = time.perf_counter() - began
        wire.close()
        return answer.status, taken

    def compare(self, pairs: int, expected: int, first: Callable[[], Any], second: Callable[[], Any]) -> Judgement:
        """Time two kinds of request by turns, the order within a turn by lot."""
        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(-WARM_UP, pairs):
            for side in random.sample((0, 1), 2):
                status, seconds = self.ask(*(first, second)[side]())
                assert status == expected, status
                if number >= 0:
                    taken[side].append(seconds * 1000)
        return judge(*taken)


def answer(address: str) -> str:
    return urlencode({"answer": "yes", "name": "Olive Grant", "role": "Partner", "email": address, "note": "Hello."})


def forged() -> str:
    """A link of the right shape with a signature of another key."""
    from django.core.signing import Signer

    return f"/invitation/{Signer(key='guess', salt='research.invitation', sep='.').sign(uuid.uuid4().hex)}/"


def never() -> str:
    """A link with a good signature over an id that was never given out."""
    from django.core.signing import Signer

    return f"/invitation/{Signer(salt='research.invitation', sep='.').sign(uuid.uuid4().hex)}/"


def control(bench: Bench, pairs: int) -> Judgement:
    """What would be seen if a known address cost one slow step more: a password hash, as at a sign-in."""
    from django.contrib.auth.hashers import make_password

    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(pairs):
        for side in random.sample((0, 1), 2):
            _, seconds = bench.ask("GET", forged())
            began = time.perf_counter()
            if side:
                make_password("a long enough one")
            taken[side].append((seconds + time.perf_counter() - began) * 1000)
    return judge(*taken)


def measure(bench: Bench, pairs: int) -> int:
    unknown = lambda: f"nobody{uuid.uuid4().hex[:8]}@example.com"  # noqa: E731
    revoked, answered = ([bench.link(state) for _ in range(30)] for state in ("revoked", "interested"))
    some = random.choice
    rows = {
        "POST known / unknown address": bench.compare(
            pairs,
            200,
            lambda: ("POST", bench.link(), answer(some(bench.known))),
            lambda: ("POST", bench.link(), answer(unknown())),
        ),
        "GET revoked / forged": bench.compare(pairs, 410, lambda: ("GET", some(revoked)), lambda: ("GET", forged())),
        "GET answered / never given out": bench.compare(
            pairs, 410, lambda: ("GET", some(answered)), lambda: ("GET", never())
        ),
        "POST revoked / forged": bench.compare(
            pairs,
            410,
            lambda: ("POST", some(revoked), answer(some(bench.known))),
            lambda: ("POST", forged(), answer(unknown())),
        ),
    }
    for name, row in rows.items():
        verdict = "TELLS" if row.told else "alike"
        print(f"{name:<32} {row.one:6.2f} / {row.other:6.2f} ms, apart {row.apart:5.1%}, p {row.chance:.3f}  {verdict}")
    seen = control(bench, 40)
    print(f"{'control: one password hash more':<32} {seen.one:6.2f} / {seen.other:6.2f} ms, p {seen.chance:.2g}")
    return int(any(row.told for row in rows.values()) or not seen.told)


def main() -> int:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 8870
    scratch()
    from tests.bench.reader import wait_for

    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    web = subprocess.Popen([*command, "--threads", "4", "--log-level", "error"], env=os.environ.copy())
    try:
        wait_for(port)
        return measure(Bench(port), pairs)
    finally:
        web.terminate()
        web.wait()


if __name__ == "__main__":
    raise SystemExit(main())
