"""What the tests of tagging share: the real pipeline, the real encoder where its weights are installed, one talk."""

from pathlib import Path

import pytest

from synthesis.nlp import graph
from synthesis.nlp.encoder import HashingEncoder, OnnxEncoder
from synthesis.nlp.pipeline import load_pipeline
from synthesis.nlp.shapes import Question, Turn
from synthesis.nlp.tagger import Tagger

SHARED = Path(__file__).resolve().parents[4] / "shared"

TALK = (
    ("interviewer", "Thanks for joining. What did you do after the outage in October?"),
    (
        "expert",
        "We moved 30% of our workloads to a second cloud after the outage in October 2025. It took six weeks and cost us "
        "$2 million. The outage showed that one provider was not reliable enough for us.",
    ),
    ("interviewer", "And the food in the canteen, has that changed?"),
    (
        "expert",
        "No. The soup is the same as ever, and the cake on Fridays is still good. My dentist likes the cake too, which is "
        "funny. I bring him a slice when I can, wrapped in paper.",
    ),
    ("chaperone", "Please keep names of people out of it."),
    ("interviewer", "Would you move more workloads to a second cloud if there were another outage?"),
    (
        "expert",
        "I heard that other customers would leave at once. I think we might move the databases as well if another outage "
        "came, but it would not be cheap.",
    ),
)
QUESTION = Question(
    "Q1",
    "Are outages making customers move workloads to another cloud?",
    title="Customer confidence",
    bear="customers move workloads away after outages",
    bull="customers stay and treat outages as normal",
    terms=("outage", "multi-cloud", "second cloud"),
)


def turns_from(pairs) -> list[Turn]:
    turns, start = [], 0
    for index, (role, text) in enumerate(pairs):
        turns.append(Turn(index, role, text, start))
        start += len(text) + 1
    return turns


@pytest.fixture
def turns() -> list[Turn]:
    return turns_from(TALK)


@pytest.fixture
def whole() -> str:
    return "\n".join(text for _, text in TALK)


@pytest.fixture
def question() -> Question:
    return QUESTION


@pytest.fixture(scope="session")
def nlp():
    return load_pipeline(["second cloud", "lock-in", ("AWS", "ORG")])


@pytest.fixture(scope="session")
def encoder_dir(tmp_path_factory) -> Path:
    try:
        return graph.build_encoder(tmp_path_factory.mktemp("encoder"))
    except graph.EncoderMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def onnx(encoder_dir) -> OnnxEncoder:
    return OnnxEncoder(encoder_dir)


@pytest.fixture(scope="session")
def by_sentences(encoder_dir) -> Tagger:
    return Tagger.load(encoder_dir)


@pytest.fixture(scope="session")
def by_words() -> Tagger:
    tagger = Tagger.load(None)
    assert isinstance(tagger.encoder, HashingEncoder)
    return tagger
