"""Random operations on seats by eight threads at once, watched by a trigger that looks at every single statement.

Eight operations start at one instant, over and over. Whatever their order, no statement may leave more seats held, signed
or active than there are, and after each eight the rows must agree with each other. SEAT_OPERATIONS sets how many.
"""

import os
import threading
import uuid

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts import audit
from accounts.moves import IllegalMove, Invalid, now
from accounts.roles import Role
from research.models import Fund, Participation, Programme, Seat
from research.models.seats import CEILING
from research.services import seats, terms
from research.services.cap import set_cap
from tests.factories import make_programme, make_user

THREADS = 8
FUNDS = 9
OPERATIONS = int(os.environ.get("SEAT_OPERATIONS", "400"))
ACTS = (
    "hold",
    "extend",
    "take",
    "activate",
    "free",
    "cap",
    "wait",
    "leave",
    "commit",
    "join",
    "decline",
    "lapse",
    "paper",
)
pytestmark = pytest.mark.django_db(transaction=True)


def watch() -> None:
    """A table of what each statement on seats left behind, filled by triggers."""
    counted = (
        "SELECT programme_id, COUNT(*), SUM(CASE WHEN state <> 'free' THEN 1 ELSE 0 END)"
        " FROM research_seat GROUP BY programme_id"
    )
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE seat_watch (programme TEXT, seats INTEGER, live INTEGER)")
        if connection.vendor == "sqlite":
            for verb in ("INSERT", "UPDATE", "DELETE"):
                cursor.execute(
                    f"CREATE TRIGGER seat_watch_{verb} AFTER {verb} ON research_seat BEGIN INSERT INTO seat_watch {counted}; END"
                )
        else:
            cursor.execute(
                "CREATE FUNCTION seat_watch() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN INSERT INTO seat_watch {counted}; RETURN NULL; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER seat_watch AFTER INSERT OR UPDATE OR DELETE ON research_seat"
                " FOR EACH STATEMENT EXECUTE FUNCTION seat_watch()"
            )


def unwatch() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for verb in ("INSERT", "UPDATE", "DELETE"):
                cursor.execute(f"DROP TRIGGER seat_watch_{verb}")
        else:
            cursor.execute("DROP FUNCTION seat_watch() CASCADE")
        cursor.execute("DROP TABLE seat_watch")


def seen(condition: str = "1 = 1") -> int:
    """How many of the watched statements left such a state."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM seat_watch WHERE {condition}")
        return cursor.fetchone()[0]


class House(RuleBasedStateMachine):
    """One programme with nine funds that want its seats."""

    done = 0
    wrong: list[str] = []

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        tag = uuid.uuid4().hex[:12]
        self.programme = make_programme(f"machine-{tag}", cap=3)
        self.admin = make_user(f"Admin-{tag}", Role.ADMIN)
        self.funds = [Fund.objects.create(name=f"Fund {n} of {tag}") for n in range(FUNDS)]
        # The leads come before their funds are asked: nobody has signed yet, so that signing is part of committing alone.
        self.leads = [make_user(f"Lead-{n}-{tag}", Role.FUND_LEAD, fund=fund) for n, fund in enumerate(self.funds)]
        for fund in self.funds:
            Participation.objects.create(programme=self.programme, fund=fund)
        self.text = terms.in_force(self.programme)

    def act(self, name: str, who: int, number: int) -> object:
        """One operation of an admin or of a fund's lead."""
        programme, admin, fund, lead = self.programme, self.admin, self.funds[who], self.leads[who]
        given = {"programme": programme, "fund": fund, "by": admin}
        part = Participation.objects.get(programme=programme, fund=fund)
        seat = programme.seats.select_related("programme").filter(number=number).first()
        if name in ("extend", "activate", "free") and seat is None:
            return None
        return {
            "hold": lambda: seats.hold_seat(**given),
            "extend": lambda: seats.extend_hold(seat=seat, by=admin),
            "take": lambda: seats.take_seat(**given),
            "activate": lambda: seats.activate_seat(seat=seat, by=admin),
            "free": lambda: seats.free_seat(seat=seat, by=admin),
            "cap": lambda: set_cap(programme=programme, cap=number, by=admin),
            "wait": lambda: seats.put_on_wait_list(**given),
            "leave": lambda: seats.take_off_wait_list(participation=part, by=admin),
            "commit": lambda: seats.commit(participation=part, sha256=self.text.sha256, name=lead.name, by=lead),
            "join": lambda: seats.join_wait_list(participation=part, by=lead),
            "decline": lambda: seats.decline(participation=part, by=lead),
            "lapse": self.lapse,
            "paper": lambda: terms.file_paper(participation=part, name="A Hand", note="File 7", by=admin),
        }[name]()

    def lapse(self) -> int:
        """Time passes: one hold runs out."""
        held = self.programme.seats.filter(state="held").values_list("pk", flat=True).first()
        Seat.objects.filter(pk=held, state="held").update(held_until=now())
        return seats.expire_holds(programme=self.programme)

    @rule(
        acts=st.lists(
            st.tuples(st.sampled_from(ACTS), st.integers(0, FUNDS - 1), st.integers(1, CEILING)),
            min_size=THREADS,
            max_size=THREADS,
        )
    )
    def eight_at_once(self, acts: list[tuple[str, int, int]]) -> None:
        gate = threading.Barrier(THREADS)

        def run(act: tuple[str, int, int]) -> None:
            try:
                gate.wait(timeout=60)
                self.act(*act)
            except (IllegalMove, Invalid):
                pass
            except Exception as fault:  # must be seen, not lost in its thread
                self.faults.append(f"{act}: {type(fault).__name__}: {fault}")
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
        House.done += len(acts)

    @invariant()
    def rows_agree(self) -> None:
        """Threads can't be replayed, so what is wrong is kept and not raised here."""
        House.wrong += self.faults
        self.faults.clear()
        rows = list(self.programme.seats.select_related("fund"))
        seated = [seat.fund_id for seat in rows if seat.state != "free"]
        parts = {part.fund_id: part for part in Participation.objects.filter(programme=self.programme)}
        waits = any(part.state == "waiting" for part in parts.values())
        signed = set(self.text.signatures.filter(binding=True).values_list("fund", flat=True))
        holds = {
            "one to five seats": 1 <= len(rows) <= CEILING,
            "a number once": len({seat.number for seat in rows}) == len(rows),
            "a fund once": len(set(seated)) == len(seated),
            "participations say who sits": {pk for pk, part in parts.items() if part.state == "seated"} == set(seated),
            "nobody waits beside a free seat": not waits or all(seat.state != "free" for seat in rows),
            "who sits for good has signed": {s.fund_id for s in rows if s.state in ("signed", "active")} <= signed,
            "the chain is whole": audit.verify(self.programme.chain).bad is None,
        }
        House.wrong += [f"after {House.done}: not {what}" for what, true in holds.items() if not true]


def test_random_operations_by_eight_threads_never_pass_the_cap(transactional_db, monkeypatch):
    House.done, House.wrong = 0, []
    if connection.vendor == "postgresql":
        connection.close_pool()
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", {"min_size": 1, "max_size": THREADS + 2})
    watch()
    try:
        while House.done < OPERATIONS and not House.wrong:
            run_state_machine_as_test(
                House,
                settings=settings(
                    max_examples=2,
                    stateful_step_count=25,
                    deadline=None,
                    # What threads do can't be done again the same way, so a failure is not made smaller.
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                    database=None,
                ),
            )
        statements, past = seen(), seen(f"live > seats OR seats > {CEILING}")
    finally:
        unwatch()
    print(f"{House.done} operations, {statements} statements on seats, {past} past the cap")
    assert (House.wrong, past) == ([], 0)
    assert statements > House.done / 10


def test_control_a_trigger_sees_what_passes_the_cap(transactional_db):
    """The watch itself: a live seat more than the cap is seen, even when it is gone before anybody looks."""
    programme = make_programme("control", cap=1)
    watch()
    try:
        before = seen("live >= 1")
        Seat.objects.filter(programme=programme).update(
            state="active", fund=Fund.objects.create(name="Quick"), since=now()
        )
        Programme.objects.filter(pk=programme.pk).update(title="Something else")
        Seat.objects.filter(programme=programme).update(state="free", fund=None, since=None)
        assert seen("live >= 1") == before + 1
    finally:
        unwatch()
