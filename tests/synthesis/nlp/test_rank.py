import io
import json

import pytest

from synthesis.nlp.rank import main

ASKED = {
    "id": "talk-1",
    "turns": [
        {"speaker": "A", "text": "We moved our workloads to a second cloud after the outage."},
        {"speaker": "B", "text": ""},
        {"speaker": "A", "text": "The cake on Fridays is good and the soup is warm."},
    ],
    "questions": [{"code": "q0", "text": "Did the outage move workloads?"}, {"code": "q1", "text": "How is the cake?"}],
}


def ranked(*asked: dict, encoder_dir=None) -> list[dict]:
    out = io.StringIO()
    main(io.StringIO("".join(json.dumps(a) + "\n" for a in asked)), out, encoder_dir)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("model", [True, False])
def test_rank_puts_the_turn_that_answers_first(request, model):
    folder = request.getfixturevalue("encoder_dir") if model else None
    (found,) = ranked(ASKED, encoder_dir=folder)

    assert found["id"] == "talk-1"
    assert [len(found["scores"][code]) for code in ("q0", "q1")] == [3, 3]
    assert [max(range(3), key=found["scores"][code].__getitem__) for code in ("q0", "q1")] == [0, 2]
    assert found["scores"]["q0"][1] == 0.0
    assert {type(x) for code in ("q0", "q1") for x in found["tagged"][code]} == {bool}


def test_rank_of_a_talk_does_not_depend_on_the_talks_around_it(encoder_dir):
    other = {**ASKED, "id": "other", "turns": ASKED["turns"][::-1] * 4}

    assert ranked(other, ASKED, other, encoder_dir=encoder_dir)[1] == ranked(ASKED, encoder_dir=encoder_dir)[0]


def test_rank_without_questions_or_turns_answers_all_the_same():
    assert ranked({**ASKED, "questions": []}) == [{"id": "talk-1", "scores": {}, "tagged": {}}]
    assert ranked({**ASKED, "turns": []})[0]["scores"] == {"q0": [], "q1": []}


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"id": 1}', '"text"'])
def test_rank_of_a_bad_line_says_which(line):
    with pytest.raises(ValueError, match="Line 2 is not a JSON object with id, turns and questions"):
        main(io.StringIO(json.dumps(ASKED) + "\n" + line + "\n"), io.StringIO())
