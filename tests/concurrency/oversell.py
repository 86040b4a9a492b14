"""The site with its guard off: a seat is given by counting and then inserting, as it must never be done.

Its database has lost the two constraints on the numbers of seats (see `unguard`). The burst must oversell here, or it proves nothing.
"""

import time

from django.db import connection

from config.wsgi import application
from research.models import Fund, Participation, Programme, Seat
from research.services import seats

__all__ = ["application"]


def unguard() -> None:
    """Take the constraints on seats out of this database."""
    with connection.schema_editor() as editor:
        for constraint in Seat._meta.constraints:
            if constraint.name in ("seat_number_once", "seat_number_1_to_5"):
                editor.remove_constraint(Seat, constraint)


def naive_commit(*, participation: Participation, by: object, **given: object) -> Seat:
    """Look whether there is room, then sit down, in two steps."""
    programme = Programme.objects.get(pk=participation.programme_id)
    taken = Seat.objects.filter(programme=programme).exclude(state="free").count()
    if taken >= Seat.objects.filter(programme=programme, number__lte=5).count():
        raise seats.ProgrammeFull(seats.NO_SEAT)
    time.sleep(0.05)
    fund = Fund.objects.get(pk=participation.fund_id)
    free = Seat.objects.filter(programme=programme, state="free").order_by("number").first()
    if free is not None:
        free.state, free.fund = "signed", fund
        free.save()
        return free
    return Seat.objects.create(programme=programme, number=9, fund=fund, state="signed")


seats.commit = naive_commit
