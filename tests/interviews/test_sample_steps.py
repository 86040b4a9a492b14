import pytest

from accounts import jobs
from accounts.moves import Invalid
from interviews import sample
from interviews.models import Interview
from research import sample as research_sample


@pytest.fixture
def programme(db):
    return research_sample.load(demo=False)


def test_sample_steps_are_taken_one_by_one_with_a_worker_between(programme):
    assert sample.plan(programme) == 48
    assert sample.receive(programme) == 18
    assert sample.map_speakers(programme) == 0
    jobs.drain()
    assert (sample.map_speakers(programme), sample.map_speakers(programme)) == (18, 0)
    told = []
    assert sample.clear_sample(programme, progress=lambda done, total: told.append((done, total))) == 18
    assert told[-1] == (18, 18)
    assert sample.clear_sample(programme) == 0


def test_sample_says_who_is_missing_on_the_team(programme):
    programme.assignments.filter(user__name="Tom Okafor").delete()
    with pytest.raises(Invalid, match="The sample needs Tom Okafor on the programme's team"):
        sample.plan(programme)
    assert not Interview.objects.exists()
