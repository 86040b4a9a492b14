"""Tags a transcript: which expert passages bear on which key question, which way, and on what ground."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from synthesis.nlp import judgement, lexical, weights
from synthesis.nlp.components.entities import teach
from synthesis.nlp.conversation import Conversation, read_conversation
from synthesis.nlp.encoder import Encoder, load_encoder
from synthesis.nlp.pipeline import Passage, load_pipeline, read_turns
from synthesis.nlp.query import read_question
from synthesis.nlp.relevance import Relevance, by_row, relevance
from synthesis.nlp.shapes import MODEL_VERSION, Question, Suggestion, Tagging, Turn

READ, ENCODED = 5, 85  # of a hundred, what reading and what encoding take of the time
SHORTEST = 4  # words: less is no evidence of anything


class Tagger:
    """Holds the loaded pipeline and encoder; one for each worker process."""

    model_version = MODEL_VERSION

    def __init__(self, encoder: Encoder, vocabulary: tuple = ()):
        self.encoder = encoder
        self.vocabulary = tuple(vocabulary)
        self.nlp = load_pipeline(self.vocabulary)
        self.weights = weights.load(weights.path_for(encoder.kind))

    @classmethod
    def load(cls, encoder_dir: Path | None, threads: int = 1, vocabulary: tuple = ()) -> "Tagger":
        """`vocabulary` holds names and terms of the programme: strings, or (text, label) pairs."""
        return cls(load_encoder(encoder_dir, threads), vocabulary)

    def tag(
        self,
        turns: Sequence[Turn],
        questions: Sequence[Question],
        progress: Callable[[int, int], None] | None = None,
    ) -> Tagging:
        """Suggestions for all questions. `progress` hears (done, 100) as it goes on, first 0 and last 100.

        Raises ValueError with a sentence when there is no question, or one without words.
        """
        check_questions(questions)
        tell = progress or (lambda done, total: None)
        tell(0, 100)
        self._learn_terms(questions)
        passages = [p for found in read_turns(self.nlp, turns) for p in found]
        tell(READ, 100)
        talk = read_conversation(passages, self.encoder, lambda share: tell(READ + int(share * ENCODED), 100))
        suggestions: list[Suggestion] = []
        for done, question in enumerate(questions, 1):
            suggestions.extend(self._suggest(talk, question))
            tell(READ + ENCODED + (100 - READ - ENCODED) * done // len(questions), 100)
        evidence = [p for p in passages if p.turn.role == "expert"]
        return Tagging(
            tuple(suggestions), len(evidence), sum(p.words for p in evidence), self.model_version, self.encoder.name
        )

    def rank(self, turns: Sequence[Turn], questions: Sequence[Question]) -> dict[str, tuple[list[float], list[bool]]]:
        """For each question's code: a score for each turn whatever its role, and whether it would be tagged."""
        check_questions(questions)
        passages = [p for found in read_turns(self.nlp, turns, cues=False) for p in found]
        talk = read_conversation(passages, self.encoder)
        place = {turn.index: row for row, turn in enumerate(turns)}
        rows = np.array([place[passage.turn.index] for passage in passages], int)
        words = np.array([passage.words for passage in passages], float)
        out = {}
        for question in questions:
            found = relevance(talk, question, self.encoder, self.weights)
            scores = np.round(by_row(found.probability, words, rows, len(turns)), 6)
            out[question.code] = (scores.tolist(), (scores >= self.weights.threshold).tolist())
        return out

    def _learn_terms(self, questions: Sequence[Question]) -> None:
        terms = [term for question in questions for term in question.terms]
        teach(self.nlp, [*self.vocabulary, *terms])

    def _suggest(self, talk: Conversation, question: Question) -> list[Suggestion]:
        found = relevance(talk, question, self.encoder, self.weights)
        bear, bull = self.encoder.encode([question.bear, question.bull])
        out = []
        for row, passage in enumerate(talk.passages):
            score = round(float(found.probability[row]), 4)
            fits = score >= self.weights.threshold and bool(found.grounded[row])
            if fits and passage.turn.role == "expert" and passage.words >= SHORTEST:
                toward = judgement.toward_bull(talk.own[talk.rows() == row], bear, bull)
                out.append(_suggestion(passage, question, score, found, row, toward))
        return out


def matched(text: str, question: Question) -> list[str]:
    """The words of the text, lower-cased and each once, that meet a word of the question in its normal form."""
    wanted = read_question(question).stems
    return list(dict.fromkeys(word for word in lexical.tokens(text) if lexical.stem(word) in wanted))


def check_questions(questions: Sequence[Question]) -> None:
    if not questions:
        raise ValueError("There is no question to tag against; add one to the programme.")
    for question in questions:
        read_question(question)


def _suggestion(
    passage: Passage, question: Question, score: float, found: Relevance, row: int, toward: float
) -> Suggestion:
    stance, stance_cues = judgement.judge_stance(passage, toward, read_question(question).stems)
    ground, ground_cues = judgement.judge_basis(passage)
    reason = {
        "words": matched(passage.text, question),
        "lexical": round(float(found.lexical[row]), 4),
        "similarity": round(float(found.similarity[row]), 4),
        "stance": stance_cues,
        "basis": ground_cues,
        "figures": [{"text": f.text, "value": f.value, "unit": f.unit} for f in passage.figures],
        "entities": [{"text": text, "label": label} for text, label in passage.entities],
    }
    return Suggestion(question.code, passage.turn.index, passage.start, passage.end, score, stance, ground, reason)
