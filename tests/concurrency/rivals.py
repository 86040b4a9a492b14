"""Races for one person's time over HTTP, against the real web server on the real database."""

import asyncio
import json
import subprocess
from collections import Counter
from dataclasses import dataclass

from tests.concurrency.burst import Hall
from tests.concurrency.conftest import Workplace


@dataclass
class Race:
    """One race: what was answered, how many calls have a time now, and what is wrong with the rows."""

    name: str
    answers: Counter[str]
    timed: int
    overlaps: int
    halves: list[str]
    broken: bool
    slowest: float

    @property
    def clean(self) -> bool:
        """One booking, refusals in sentences for all others, and nothing half done."""
        refused = sum(self.answers.values()) - 1
        plain = self.answers["200"] == 1 and self.answers["400"] + self.answers["409"] == refused
        return plain and self.timed == 1 and not (self.overlaps or self.halves or self.broken)


class Rivals(Hall):
    """A scratch installation with people to be booked, and a web server."""

    def __init__(self, place: Workplace):
        self.place, self.number = place, 0
        place.env |= {"API_RATE": "100000/min", "HTTPS": "off"}
        self.token = self.diary("diary.fill()")

    def diary(self, code: str) -> str:
        return self.place.python(f"from tests.concurrency import diary\n{code}")

    def announce_many(self, numbers: range) -> list[dict]:
        """The races of these numbers, made in one go."""
        told = self.diary(f"for number in range({numbers.start}, {numbers.stop}):\n    diary.announce(number)")
        return [json.loads(line) for line in told.splitlines()]

    def run(self, told: dict, web: subprocess.Popen) -> Counter[str]:
        """Send all requests of one race at one instant; how often each status was given, and the slowest answer."""
        requests = [self._post(path, body) for path, body in told["asked"]]
        _, answers = asyncio.run(self._send(requests, web, None))
        self.slowest = max(answer.seconds for answer in answers)
        return Counter(str(answer.status) for answer in answers)

    def races(self, numbers: range, web: subprocess.Popen) -> list[Race]:
        """Run these races one after the other, then look at what each left."""
        told, found = self.announce_many(numbers), []
        answers = [(self.run(one, web), self.slowest) for one in told]
        looks = self.diary("\n".join(f"diary.look({one['calls']})" for one in told)).splitlines()
        for one, (counts, slowest), line in zip(told, answers, looks, strict=True):
            found.append(Race(one["name"], counts, slowest=slowest, **json.loads(line)))
        return found

    def _post(self, path: str, body: dict) -> bytes:
        sent = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + sent
