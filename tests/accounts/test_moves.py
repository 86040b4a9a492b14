import pytest
from django.db import models

from accounts.moves import IllegalMove, Moved, Moves
from research.models import Programme
from research.states import PROGRAMME


class Light(models.TextChoices):
    RED = "red", "Red"
    GREEN = "green", "Green"


def test_moves_with_a_state_missing_from_the_table_is_refused():
    with pytest.raises(ValueError, match="differ"):
        Moves("light", Light, {"red": {"green"}})


def test_obstacle_names_the_thing_and_both_states():
    lights = Moves("light", Light, {"red": {"green"}, "green": set()})
    assert lights.obstacle("red", "green") is None
    assert lights.obstacle("green", "red") == "This light is green, so it can't become red."


def test_make_writes_state_and_fields_together(cast):
    programme = cast.programme
    PROGRAMME.make(programme, "synthesis", thesis="Changed with the state.")
    programme.refresh_from_db()
    assert (programme.state, programme.thesis) == ("synthesis", "Changed with the state.")


def test_make_against_the_table_writes_nothing(cast):
    with pytest.raises(IllegalMove, match="This programme is in the field, so it can't become delivered"):
        PROGRAMME.make(cast.programme, "delivered")
    assert Programme.objects.get(pk=cast.programme.pk).state == "fielding"


def test_make_on_a_stale_row_says_that_another_was_first(cast):
    stale = Programme.objects.get(pk=cast.programme.pk)
    PROGRAMME.make(cast.programme, "synthesis")
    with pytest.raises(Moved, match="Somebody else"):
        PROGRAMME.make(stale, "synthesis")
