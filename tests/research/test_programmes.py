import pytest
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from research.models import Assignment, Programme
from research.services import programmes
from tests.research.conftest import events

GIVEN = {
    "title": "Cedar",
    "question": "Does it hold?",
    "subject": "Subject plc",
    "launch_on": "2026-05-01",
    "delivery_on": "2026-05-15",
}
EDITORS = {"Ana", "Ben", "Stranger", "Ada"}


def test_create_makes_a_draft_with_its_maker_on_the_team_and_one_event(cast):
    programme = programmes.create_programme(by=cast.ana, **GIVEN)
    assert (programme.slug, programme.state, programme.questions_locked_at) == ("cedar", "draft", None)
    assert [a.user for a in programme.assignments.all()] == [cast.ana]
    assert events(programme.chain) == [("programme-created", {"slug": "cedar"})]
    assert audit.verify(programme.chain).bad is None


def test_create_is_for_analysts_and_admins_only(cast):
    made = set()
    for number, user in enumerate(cast.everyone()):
        try:
            programmes.create_programme(by=user, **GIVEN, slug=f"p{number}")
            made.add(user.name)
        except Refused as refusal:
            assert str(refusal) == "Only an analyst or admin may set up or change a programme."
    assert made == EDITORS


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (
            "delivery_on",
            "2026-04-30",
            "The delivery date (30 April 2026) must come after the launch date (1 May 2026). Choose a later delivery.",
        ),
        (
            "delivery_on",
            "2026-05-01",
            "The delivery date (1 May 2026) must come after the launch date (1 May 2026). Choose a later delivery.",
        ),
        ("delivery_on", "soon", "The delivery date must be a date such as 2026-03-31."),
        ("title", "  ", "The title has no words. Write it and save again."),
        ("question", "", "The investment question has no words. Write it and save again."),
        ("title", "x" * 161, "The title is 161 characters long; the most is 160. Shorten it."),
        (
            "subject",
            "a\x00b",
            "The subject company holds a character that can't be stored. Type it anew rather than pasting it.",
        ),
        ("slug", "new", "The short name needs letters or digits and can't be “new”. Choose another."),
        ("slug", "???", "The short name needs letters or digits and can't be “new”. Choose another."),
        ("slug", "kestrel", "The short name “kestrel” is taken. Choose another."),
    ],
)
def test_create_with_bad_input_says_what_to_do(cast, field, value, sentence):
    with pytest.raises(Invalid) as wrong:
        programmes.create_programme(by=cast.ana, **{**GIVEN, field: value})
    assert str(wrong.value) == sentence
    assert Programme.objects.count() == 1


def test_database_refuses_a_delivery_before_the_launch(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Programme.objects.filter(pk=cast.programme.pk).update(delivery_on="2026-03-16")


def test_edit_writes_only_what_differs_and_checks_the_dates_together(cast, draft):
    programmes.edit_programme(programme=draft, by=cast.ana, title="Third look", subject="Subject plc")
    assert events(draft.chain)[-1] == ("programme-edited", {"fields": ["title"]})
    with pytest.raises(Invalid, match="must come after the launch date"):
        programmes.edit_programme(programme=draft, by=cast.ana, launch_on="2026-06-01")
    count = len(events(draft.chain))
    programmes.edit_programme(programme=draft, by=cast.ana, title="Third look")
    assert len(events(draft.chain)) == count


def test_edit_of_a_field_that_is_not_open_to_it_is_refused(cast, draft):
    with pytest.raises(Invalid, match="A programme has no field state."):
        programmes.edit_programme(programme=draft, by=cast.ana, state="closed")


def test_edit_is_for_the_team_and_admins(cast):
    edited = set()
    for user in cast.everyone():
        try:
            programmes.edit_programme(programme=cast.programme, by=user, title=f"By {user.name}")
            edited.add(user.name)
        except Refused:
            pass
    assert edited == {"Ana", "Ben", "Ada"}
    with pytest.raises(Refused, match="You are not on the team of this programme. Ask an admin to assign you."):
        programmes.edit_programme(programme=cast.programme, by=cast.stranger, title="x")


def test_edit_after_delivery_is_refused(cast):
    Programme.objects.filter(pk=cast.programme.pk).update(state="delivered")
    with pytest.raises(IllegalMove, match="This programme is delivered, so its set-up can't be changed any more."):
        programmes.edit_programme(programme=cast.programme, by=cast.ana, title="x")


def test_assign_gives_sight_once_and_unassign_takes_it(cast, draft):
    assert not Programme.objects.visible_to(cast.stranger).exists()
    programmes.assign(programme=draft, user=cast.stranger, by=cast.ana)
    programmes.assign(programme=draft, user=cast.stranger, by=cast.ana)
    assert list(Programme.objects.visible_to(cast.stranger)) == [draft]
    assert [verb for verb, _ in events(draft.chain)].count("person-assigned") == 1
    programmes.unassign(programme=draft, user=cast.stranger, by=cast.ana)
    assert not Programme.objects.visible_to(cast.stranger).exists()
    with pytest.raises(Invalid, match="Stranger is not on the team of this programme."):
        programmes.unassign(programme=draft, user=cast.stranger, by=cast.ana)


def test_a_funds_person_never_joins_a_team(cast, draft):
    with pytest.raises(Invalid, match="Rita is not an active member of the firm and can't join the team."):
        programmes.assign(programme=draft, user=cast.rita, by=cast.ana)
    assert not Assignment.objects.filter(user=cast.rita).exists()
