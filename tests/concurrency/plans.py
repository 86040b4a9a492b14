"""A programme whose fortnight takes a moment to plan, for the kill test; run inside Django, in a scratch installation."""

import random
from datetime import date, time, timedelta

PEOPLE = 60
SEED = 4


def fill() -> None:
    """Sixty experts with hours of their own in several zones, four interviewers; all may speak."""
    from accounts.roles import Role
    from interviews.models import Expert, Hours
    from tests.factories import make_candidate, make_expert, make_programme, make_user

    programme, dice = make_programme(), random.Random(SEED)
    for name in ("Ana", "Ben", "Dee", "Eli"):
        make_user(name, Role.ANALYST, programme=programme)
    segments = [segment.code for segment in programme.segments.all()]
    for _ in range(PEOPLE):
        expert = make_expert()
        Expert.objects.filter(pk=expert.pk).update(
            zone=dice.choice(["Europe/London", "America/New_York", "Asia/Dubai"])
        )
        for weekday in dice.sample(range(5), 3):
            begin = dice.choice([9, 12, 14])
            given = {"start": time(begin), "end": time(begin + 3), "zone": "Europe/London"}
            Hours.objects.create(expert=expert, weekday=weekday, **given)
        make_candidate(programme, expert, segment=dice.choice(segments))


def ask() -> None:
    """Ask for the fortnight from the Monday after next."""
    from accounts.models import User
    from interviews.services import planning
    from research.models import Programme

    first = date.today() + timedelta(days=14 - date.today().weekday())
    planning.ask(
        programme=Programme.objects.get(),
        wishes=planning.Wishes(first, first + timedelta(days=11), most_a_day=2),
        by=User.objects.get(name="Ana"),
    )


def found() -> str:
    """Where everybody is proposed, by the order in which they were added."""
    from interviews.models import Candidate, Proposal

    order = {pk: n for n, pk in enumerate(Candidate.objects.order_by("added_at").values_list("pk", flat=True))}
    rows = Proposal.objects.select_related("interviewer")
    return "\n".join(sorted(f"{order[r.candidate_id]} {r.starts_at.isoformat()} {r.interviewer.name}" for r in rows))
