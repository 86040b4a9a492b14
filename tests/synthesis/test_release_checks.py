"""What is kept at a release about each interview of it."""

from datetime import date

import pytest

from interviews.models import EligibilityCheck
from tests.conftest import make_cast
from tests.synthesis.evidence import make_evidence, make_released
from tests.synthesis.test_editions import bar, leave


@pytest.mark.django_db(transaction=True)
def test_release_keeps_for_each_interview_what_the_lists_of_that_moment_said():
    evidence = make_evidence(make_cast())
    first, second, third = evidence.texts[:3]
    leave(first, "Cedar", date(2024, 1, 1))
    bar(evidence.cast.heron, "Cedar")
    leave(second, "Dogwood", None)
    make_released(evidence)
    rows = {row.interview_id: row for row in EligibilityCheck.objects.filter(moment="release")}
    assert set(rows) == {text.interview_id for text in evidence.texts}
    assert rows[first.interview_id].codes == ["policy"]
    assert "Cedar" not in str(rows[first.interview_id].sentences)
    assert rows[second.interview_id].codes == ["unknown-end"]
    assert (rows[third.interview_id].eligible, rows[third.interview_id].sentences) == (True, [])
    assert len({row.lists for row in rows.values()}) == 1
