"""Reminders under kill -9, with a real worker, its beat and a real mail server: each comes, and each is one message."""

import time
from collections import Counter

import pytest

from tests.smtp import MailServer

pytestmark = pytest.mark.crash
CALLS = 3
# So many calls a day ahead, of each of which two of the firm and the expert hear; and half an hour ahead, where the expert
# hears twice: the reminder, and the statement that nobody asked for in time.
EXPECTED = CALLS * 3 + CALLS * 4
FIELD = f"""
from datetime import timedelta
from django.utils import timezone
from accounts.roles import Role
from tests.factories import make_expert, make_identity, make_interview, make_programme, make_user
programme = make_programme()
cora = make_user("Cora", Role.COMPLIANCE, programme=programme)
for n, ahead in enumerate([timedelta(hours=23)] * {CALLS} + [timedelta(minutes=50)] * {CALLS}):
    expert = make_expert()
    make_identity(expert, f"dana{{n}}@example.org")
    ana = make_user(f"Ana{{n}}", Role.ANALYST, programme=programme)
    make_interview(programme, ana, state="booked", starts_at=timezone.now() + ahead, chaperone=cora, expert=expert)
"""
SENT = "print(Message.objects.filter(sent_at__isnull=False).count())"


def test_worker_killed_while_it_posts_and_while_it_sends_reminds_each_person_once(workplace):
    workplace.env["CALL_SWEEP"] = "1"
    kills: list[str] = []

    def strike() -> None:
        if kills.count("sending") < 2 and workplace.worker is not None:
            kills.append("sending")
            workplace.kill_worker()

    with MailServer(after=strike) as server:
        workplace.env["MAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
        workplace.python(FIELD)
        end = time.monotonic() + 240
        while time.monotonic() < end and workplace.python(SENT) != str(EXPECTED):
            if workplace.worker is None:
                workplace.start_worker()
            if not kills:
                kill_amid_posting(workplace, end)
                kills.append("posting")
        state = workplace.python("print(*Message.objects.values_list('key', 'sent_at', 'trouble'), sep='\\n')")
        assert workplace.python(SENT) == str(EXPECTED), state + (workplace.folder / "worker.log").read_text()[-3000:]
        # Some more minutes of the beat's clock: nobody is reminded again.
        time.sleep(4)
    assert workplace.python(SENT) == str(EXPECTED) and Counter(kills) == {"posting": 1, "sending": 2}
    arrived = {letter["Message-ID"] for letter in server.taken}
    rows = workplace.python("print(*Message.objects.values_list('message_id', flat=True))").split()
    assert arrived == set(rows) and len(rows) == EXPECTED, "one was lost, or came under a name of its own"
    told: dict[str, set[bytes]] = {}
    for letter in server.taken:
        told.setdefault(letter["Message-ID"], set()).add(letter.as_bytes())
    assert {len(copies) for copies in told.values()} == {1}, "a copy must be the same message, byte for byte"
    assert workplace.python("from interviews.models import ExpertLink; print(ExpertLink.objects.count())") == str(
        2 * CALLS
    )


def kill_amid_posting(workplace, end: float) -> None:
    """Kill the worker once the first reminder stands in the outbox, and before the last one does."""
    while time.monotonic() < end:
        ((count,),) = workplace.query("SELECT count(*) FROM accounts_message")
        if count:
            workplace.kill_worker()
            return
        time.sleep(0.002)
