import pytest

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from research.models import Segment
from research.services import questions, segments
from tests.factories import make_interview
from tests.research.conftest import events


def test_add_makes_a_code_and_keeps_the_order(cast, draft):
    row = segments.add_segment(programme=draft, by=cast.ana, title="Engineering managers", quota="20")
    assert (row.code, row.quota, row.order) == ("engineering-managers", 20, 2)
    assert events(draft.chain)[-1] == ("segment-added", {"code": "engineering-managers", "quota": 20})


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"quota": 0}, "The quota must be a whole number from 1 to 1000, not 0."),
        ({"quota": "many"}, "The quota must be a whole number from 1 to 1000."),
        ({"quota": 2.5}, "The quota must be a whole number from 1 to 1000."),
        ({"title": ""}, "The segment's title has no words. Write it and save again."),
        ({"code": "new"}, "The segment's code needs letters or digits and can't be “new”. Choose another."),
        ({"code": "customers"}, "This programme has a segment “customers” already. Choose another code."),
    ],
)
def test_add_with_bad_input_says_what_to_do(cast, draft, fields, sentence):
    with pytest.raises(Invalid) as wrong:
        segments.add_segment(programme=draft, by=cast.ana, **({"title": "Brokers", "quota": 2} | fields))
    assert str(wrong.value) == sentence


def test_edit_keeps_the_quota_before_and_after_on_record(cast, draft):
    row = segments.edit_segment(segment=draft.segments.get(), by=cast.ana, quota=5)
    assert row.quota == 5
    assert events(draft.chain)[-1] == ("segment-edited", {"code": "customers", "old_quota": 3, "quota": 5})


def test_remove_is_refused_with_interviews_or_under_locked_questions(cast):
    programme = cast.programme
    make_interview(programme, cast.ana, segment="customers")
    with pytest.raises(IllegalMove, match="This segment has interviews, so it can't be removed."):
        segments.remove_segment(segment=programme.segments.get(code="customers"), by=cast.ana)
    managers = programme.segments.get(code="managers")
    programme.questions.first().segments.add(managers)
    questions.lock_questions(programme=programme, by=cast.ana)
    with pytest.raises(IllegalMove, match="Locked key questions name this segment. Amend the questions first."):
        segments.remove_segment(segment=managers, by=cast.ana)
    segments.remove_segment(segment=programme.segments.get(code="competitors"), by=cast.ana)
    assert [s.code for s in programme.segments.all()] == ["customers", "managers"]


def test_segments_are_for_the_team_and_admins(cast):
    segment = cast.programme.segments.first()
    may = set()
    for user in cast.everyone():
        try:
            segments.edit_segment(segment=segment, by=user, quota=9)
            may.add(user.name)
        except Refused:
            with pytest.raises(Refused):
                segments.add_segment(programme=cast.programme, by=user, title="x", quota=1)
            with pytest.raises(Refused):
                segments.remove_segment(segment=segment, by=user)
    assert may == {"Ana", "Ben", "Ada"}
    assert Segment.objects.filter(programme=cast.programme).count() == 3
