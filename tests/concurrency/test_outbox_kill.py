"""The outbox under kill -9, with a real worker and a real mail server: at least once, and never two messages for one."""

import time
from collections import Counter

import pytest

from tests.smtp import MailServer

pytestmark = pytest.mark.crash
COUNT = 12
KILLS = 3
POST = """
from django.db import transaction
from accounts import outbox
from tests.factories import make_programme
with transaction.atomic():
    programme = make_programme()
    for n in range({count}):
        outbox.post(to=f"p{{n}}@example.com", template="committed", key=str(n), name="P", programme=programme)
"""
SENT = "print(Message.objects.filter(sent_at__isnull=False).count())"


def test_worker_killed_between_hand_over_and_commit_loses_no_message(workplace):
    """The server kills the worker after it has taken a message and before it says so."""
    kills: list[int] = []

    def strike() -> None:
        if len(kills) < KILLS and workplace.worker is not None:
            kills.append(len(server.taken))
            workplace.kill_worker()

    with MailServer(after=strike) as server:
        workplace.env["MAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
        workplace.python(POST.format(count=COUNT))
        end = time.monotonic() + 240
        while time.monotonic() < end and workplace.python(SENT) != str(COUNT):
            if workplace.worker is None:
                workplace.start_worker()
        assert workplace.python(SENT) == str(COUNT), (workplace.folder / "worker.log").read_text()[-3000:]
    arrived = Counter(letter["Message-ID"] for letter in server.taken)
    expected = workplace.python("print(*Message.objects.values_list('message_id', flat=True))").split()
    assert set(arrived) == set(expected) and len(expected) == COUNT, "one was lost, or came under a name of its own"
    assert len(kills) == KILLS
    assert sum(arrived.values()) >= COUNT + KILLS, "the kills must have hit after the hand-over, or this shows nothing"
    told: dict[str, set[bytes]] = {}
    for letter in server.taken:
        told.setdefault(letter["Message-ID"], set()).add(letter.as_bytes())
    assert {len(copies) for copies in told.values()} == {1}, "a copy must be the same message, byte for byte"


def test_control_that_marks_a_message_before_it_is_handed_over_loses_it(workplace):
    """The other order: noted as sent, then handed over. A worker killed between the two loses the message."""
    workplace.python(POST.format(count=1))
    killed = """
import os, signal
from accounts import outbox
message = Message.objects.get()
Message.objects.filter(pk=message.pk).update(sent_at=message.created_at)
if not os.fork():
    os.kill(os.getpid(), signal.SIGKILL)
os.wait()
"""
    with MailServer() as server:
        workplace.env["MAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
        workplace.python(killed)
        workplace.start_worker()
        workplace.wait("print(Job.objects.filter(kind='mail', state='done').count())", "1")
    assert server.taken == []
