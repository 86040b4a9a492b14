import socket
import subprocess
import sys

import pytest
import spacy

from synthesis.nlp.components import entities
from synthesis.nlp.pipeline import CONFIG, load_pipeline, read_turns
from synthesis.nlp.shapes import Turn


def test_pipeline_is_described_by_its_config_and_loads_offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("The pipeline asked for the network.")

    monkeypatch.setattr(socket, "socket", refuse)
    nlp = load_pipeline(["second cloud"])

    wanted = ["speech_sentences", "passages", "entity_ruler", "figures", "polarity", "basis"]
    assert nlp.pipe_names == wanted
    assert spacy.util.load_config(CONFIG)["nlp"]["pipeline"] == wanted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We use aws and a Second Cloud.", [("aws", "ORG"), ("Second Cloud", "TERM")]),
        ("Second clouds mean less lock in.", [("Second clouds", "TERM"), ("lock in", "TERM")]),
        ("Lock-in is real.", [("Lock-in", "TERM")]),
        ("The clouds are grey.", []),
    ],
)
def test_entities_of_the_vocabulary_are_found_in_any_case_and_number(nlp, text, expected):
    assert [(e.text, e.label_) for e in nlp(text).ents] == expected


def test_teach_again_forgets_the_terms_before(nlp):
    other = load_pipeline(["second cloud"])
    entities.teach(other, ["pager"])

    assert [e.text for e in other("A pager on a second cloud.").ents] == ["pager"]


def test_teach_nothing_leaves_the_ruler_out_without_a_warning(recwarn):
    nlp = load_pipeline()

    assert "entity_ruler" not in nlp.pipe_names
    assert [ps[0].text for ps in read_turns(nlp, [Turn(0, "expert", "A pager.", 0)])] == ["A pager."]
    assert [str(w.message) for w in recwarn if "entity_ruler" in str(w.message)] == []


def test_read_turns_without_cues_finds_the_same_passages(nlp):
    turns = [Turn(0, "expert", "We lost $5m. " * 60, 0), Turn(1, "interviewer", "Why?", 800)]
    full = [[(p.start, p.end) for p in ps] for ps in read_turns(nlp, turns)]
    plain = [[(p.start, p.end) for p in ps] for ps in read_turns(nlp, turns, cues=False)]

    assert plain == full
    assert [len(ps) for ps in plain] == [2, 1]


def test_shapes_import_neither_spacy_nor_onnx_nor_numpy():
    code = (
        "import sys, synthesis.nlp.shapes, synthesis.nlp\n"
        "print(sorted({'spacy', 'onnx', 'onnxruntime', 'numpy', 'django'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "[]"
