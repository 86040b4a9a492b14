"""Learns the numbers of weights-*.json from meetings with questions and the turn ranges that answer them.

    python -m synthesis.nlp.train train.jsonl.gz --encoder data/encoder [--cache FOLDER] [--kind sentences|words]

A line of the input: {"id", "turns": [{"speaker", "text"}], "questions": [{"code", "text"}], "gold": {code: [[a, b]]}}.
Every step is seeded. The figures and the threshold come from predictions on meetings that the model in question had not
seen (four folds); the shipped numbers are then learnt from all meetings.
"""

import argparse
import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthesis.nlp import features, fitting, weights
from synthesis.nlp.conversation import Conversation, assemble, read_conversation, windows
from synthesis.nlp.encoder import Encoder, load_encoder
from synthesis.nlp.pipeline import load_pipeline, read_turns
from synthesis.nlp.query import read_question
from synthesis.nlp.relevance import Nearness, by_row, nearness, of_passages
from synthesis.nlp.shapes import MODEL_VERSION, Question, Turn
from synthesis.nlp.weights import Weights

FOLDS = 4
FOREIGN = 6  # questions of other meetings asked of each meeting, which it does not answer
QUIET = 67.0  # per cent of those on which the tagger has to keep silent
RANK = 32
SEEDS = (0, 1, 2)
CROPS = (400, 1000, 2500)  # words of the excerpts that teach short transcripts, one of each from a meeting


@dataclass
class Meeting:
    """One conversation with its own and its foreign questions; `gold` says for each code which turns answer it."""

    talk: Conversation
    turn_of: np.ndarray  # [chunks] the turn of each chunk
    turn_words: np.ndarray  # [turns]
    questions: list[Question]
    gold: dict[str, np.ndarray]
    fold: int
    weight: float = 1.0


@dataclass
class Pair:
    """A meeting and a question: features and truth of each chunk, and the summary of the whole."""

    meeting: Meeting
    code: str
    table: np.ndarray
    truth: np.ndarray
    summary: np.ndarray
    near: Nearness

    @property
    def answered(self) -> bool:
        return bool(self.truth.any())


Predicted = tuple[Pair, np.ndarray]  # with a probability of each chunk, or of each turn


class CachingEncoder:
    """Keeps what an encoder gave for a list of texts in a folder, and for single questions in memory."""

    def __init__(self, encoder: Encoder, folder: Path | None):
        self.encoder, self.folder = encoder, folder
        self.name, self.kind, self.width = encoder.name, encoder.kind, encoder.width
        self.known: dict[str, np.ndarray] = {}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if len(texts) <= 2:
            for text in texts:
                if text not in self.known:
                    self.known[text] = self.encoder.encode([text])[0]
            return np.stack([self.known[text] for text in texts])
        if self.folder is None:
            return self.encoder.encode(texts)
        path = self.folder / f"{hashlib.sha256(chr(10).join([self.name, *texts]).encode()).hexdigest()}.npy"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            np.save(path, self.encoder.encode(texts))
        return np.load(path)


def read_meetings(path: Path, encoder: Encoder) -> list[Meeting]:
    """All meetings with their vectors and with foreign questions added."""
    nlp, out = load_pipeline(), []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        given = [json.loads(line) for line in lines]
    for number, data in enumerate(given):
        turns = [Turn(i, "unknown", t["text"], 0, t["speaker"]) for i, t in enumerate(data["turns"])]
        passages = [p for found in read_turns(nlp, turns, cues=False) for p in found]
        talk = read_conversation(passages, encoder)
        counts = np.zeros(len(turns))
        np.add.at(counts, [p.turn.index for p in passages], [p.words for p in passages])
        turn_of = np.array([passages[chunk.row].turn.index for chunk in talk.chunks], int)
        questions = [Question(q["code"], q["text"]) for q in data["questions"]]
        gold = {code: _mask(len(turns), ranges) for code, ranges in data["gold"].items()}
        out.append(Meeting(talk, turn_of, counts, questions, gold, number % FOLDS))
        if (number + 1) % 20 == 0:
            print(f"read {number + 1} of {len(given)} meetings", flush=True)
    _ask_foreign(out)
    rng = np.random.default_rng(0)
    return out + [crop(meeting, words, rng) for meeting in out for words in CROPS]


def crop(meeting: Meeting, words: int, rng: np.random.Generator) -> Meeting:
    """An excerpt of about so many words, from the start of one window to the end of another, so that the windows keep
    their vectors; every other one is laid round an answer. A question counts as answered if the excerpt answers it."""
    talk = meeting.talk
    ranges = windows([chunk.words for chunk in talk.chunks])
    first = int(rng.integers(len(ranges)))
    answered = [code for code, gold in meeting.gold.items() if gold.any()]
    if answered and rng.random() < 0.5:
        inside = np.flatnonzero(meeting.gold[answered[int(rng.integers(len(answered)))]][meeting.turn_of])
        if len(inside):
            first = max(0, int(np.searchsorted([a for a, _ in ranges], rng.choice(inside), side="right")) - 2)
    last = first
    while last + 1 < len(ranges) and talk.words[ranges[first][0] : ranges[last][1]].sum() < words:
        last += 1
    low, high = ranges[first][0], ranges[last][1]
    chunks = talk.chunks[low:high]
    near = talk.near[first : first + len(windows([chunk.words for chunk in chunks]))]
    turn_of = meeting.turn_of[low:high]
    counts = np.bincount(turn_of, weights=talk.words[low:high], minlength=len(meeting.turn_words))
    part = assemble(talk.passages, chunks, talk.own[low:high], near)
    inside = np.zeros(len(counts), bool)
    inside[turn_of] = True
    gold = {code: known & inside for code, known in meeting.gold.items()}
    return Meeting(part, turn_of, counts, meeting.questions, gold, meeting.fold, 1 / len(CROPS))


def _mask(size: int, ranges: list[list[int]]) -> np.ndarray:
    out = np.zeros(size, bool)
    for first, last in ranges:
        out[first : last + 1] = True
    return out


def _ask_foreign(meetings: list[Meeting]) -> None:
    """Half of them questions of the next meeting, often on the same matter, half of meetings far away."""
    own = [list(meeting.questions) for meeting in meetings]
    count = len(meetings)
    for number, meeting in enumerate(meetings):
        far = [own[(number + count // 3 + 7 * step) % count][0] for step in range(FOREIGN // 2)]
        for place, question in enumerate([*own[(number + 1) % count][: FOREIGN // 2], *far]):
            code = f"foreign-{place}"
            meeting.questions.append(Question(code, question.text))
            meeting.gold[code] = np.zeros(len(meeting.turn_words), bool)


def turn_examples(meetings: Sequence[Meeting], encoder: Encoder) -> list[tuple[int, fitting.Example]]:
    """(fold, example) for each answered question."""
    out = []
    for meeting in meetings:
        talk = meeting.talk
        ranges = np.array(windows([chunk.words for chunk in talk.chunks]))
        centred = talk.near - talk.near.mean(axis=0)
        for question in meeting.questions:
            truth = meeting.gold[question.code][meeting.turn_of] * talk.words
            sums, words = (np.concatenate([[0], np.cumsum(v)]) for v in (truth, talk.words))
            share = (sums[ranges[:, 1]] - sums[ranges[:, 0]]) / (words[ranges[:, 1]] - words[ranges[:, 0]])
            if share.sum():
                core = encoder.encode([read_question(question, talk.speakers).core])[0]
                out.append((meeting.fold, fitting.Example(centred, core, share / share.sum())))
    return out


def make_pairs(meetings: Sequence[Meeting], encoder: Encoder, turns: dict[int, np.ndarray | None]) -> list[Pair]:
    """Features of every meeting and question; `turns` holds the matrix for meetings of each fold."""
    out = []
    for meeting in meetings:
        for question in meeting.questions:
            raw = features.signals(meeting.talk, question, encoder, turns[meeting.fold])
            table, _ = features.matrix(meeting.talk, raw)
            truth = meeting.gold[question.code][meeting.turn_of].astype(np.float32)
            near = nearness(meeting.talk, question, encoder, raw)
            summary = features.summary(meeting.talk, raw)
            out.append(Pair(meeting, question.code, table, truth, summary, near))
    return out


def learn(pairs: Sequence[Pair], seeds: Sequence[int]) -> Weights:
    """Networks from the answered pairs, the gate from all; not yet bent to the observed shares."""
    answered = [pair for pair in pairs if pair.answered]
    x, truth = (np.concatenate(parts) for parts in zip(*((p.table, p.truth) for p in answered), strict=True))
    weight = np.concatenate([_weights(pair) for pair in answered]).astype(np.float32)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    x = np.clip((x - mean) / scale, -5, 5)
    nets = [fitting.fit_net(x, truth, weight / weight.mean(), seed) for seed in seeds]
    summaries = np.stack([pair.summary for pair in pairs])
    gate_mean, gate_scale = summaries.mean(axis=0), summaries.std(axis=0) + 1e-6
    known = np.array([float(pair.answered) for pair in pairs])
    weight = np.array([pair.meeting.weight for pair in pairs])
    x = np.clip((summaries - gate_mean) / gate_scale, -5, 5)
    gate = fitting.fit_logistic(x, known, weight, ridge=100.0)
    _, names = features.matrix(pairs[0].meeting.talk, _blank(pairs[0]))
    return Weights(MODEL_VERSION, 0.5, names, mean, scale, nets, gate_mean, gate_scale, gate, (1.0, 0.0))


def _weights(pair: Pair) -> np.ndarray:
    """Of the chunks by their words, so that every pair of a whole meeting counts the same."""
    return pair.meeting.weight * pair.meeting.talk.words / pair.meeting.talk.words.sum()


def _blank(pair: Pair) -> dict[str, np.ndarray]:
    names = (
        "own full",
        "own core",
        "near full",
        "near core",
        "near turned",
        "fed core",
        "fed turned",
        "words",
        "speaker",
    )
    return {name: np.zeros(len(pair.truth)) for name in names}


def bend_and_cut(predicted: Sequence[Predicted]) -> tuple[tuple[float, float], float]:
    """Slope and shift that make unseen probabilities true, and the lowest threshold at which QUIET of the questions
    that a meeting does not answer get no tag to speak of: reading past a stray tag costs people time and trust."""
    logit = np.concatenate([_logit(chance) for _, chance in predicted])
    truth = np.concatenate([pair.truth for pair, _ in predicted])
    weight = np.concatenate([_weights(pair) for pair, _ in predicted])
    shift, slope = fitting.fit_logistic(logit[:, None], truth, weight, ridge=0.0)
    bend = (round(float(slope), 6), round(float(shift), 6))
    bent = bend_all(predicted, bend)
    whole = of_turns([(pair, chance) for pair, chance in bent if pair.meeting.weight == 1])
    grid = [round(0.04 + 0.01 * step, 2) for step in range(50)]
    return bend, next((t for t in grid if judge(whole, t)["quiet"] >= QUIET), grid[-1])


def bend_all(predicted: Sequence[Predicted], bend: tuple[float, float]) -> list[Predicted]:
    return [(pair, weights.logistic(bend[0] * _logit(chance) + bend[1])) for pair, chance in predicted]


def _logit(chance: np.ndarray) -> np.ndarray:
    return np.log(chance / (1 - chance))


def _f1(pair: Pair, chance: np.ndarray, threshold: float) -> float:
    words, tagged = pair.meeting.turn_words, chance >= threshold
    gold = pair.meeting.gold[pair.code]
    if not (words * gold).sum():
        return float((words * tagged).sum() < 0.02 * words.sum())
    return 2 * (words * (tagged & gold)).sum() / ((words * tagged).sum() + (words * gold).sum())


def of_turns(predicted: Sequence[Predicted]) -> list[Predicted]:
    """From probabilities of chunks to those of turns, by way of passages as the tagger does it."""
    out = []
    for pair, chance in predicted:
        talk, turns = pair.meeting.talk, np.array([passage.turn.index for passage in pair.meeting.talk.passages], int)
        words = np.bincount(talk.rows(), weights=talk.words, minlength=len(turns))
        passages = of_passages(talk, chance, pair.near)
        out.append((pair, by_row(passages, words, turns, len(pair.meeting.turn_words))))
    return out


def judge(predicted: Sequence[Predicted], threshold: float) -> dict[str, float]:
    """Word-weighted recall in the best quarter, average precision, F1 and quiet, in per cent."""
    found: list[float] = []
    precise: list[float] = []
    f1: list[float] = []
    quiet: list[float] = []
    for pair, chance in predicted:
        (f1 if pair.answered else quiet).append(_f1(pair, chance, threshold))
        if not pair.answered:
            continue
        order = np.argsort(-chance, kind="stable")
        words, gold = pair.meeting.turn_words[order], pair.meeting.gold[pair.code][order]
        used, hit = np.cumsum(words), np.cumsum(words * gold)
        place = np.searchsorted(used, used[-1] / 4, side="right")
        found.append(hit[place - 1] / hit[-1] if place else 0.0)
        precise.append((hit / np.maximum(used, 1e-9) * words * gold).sum() / hit[-1])
    named = {"R@1/4": found, "AP": precise, "F1": f1, "quiet": quiet}
    return {name: round(100 * float(np.mean(values)), 1) for name, values in named.items()}


def train(meetings: list[Meeting], encoder: Encoder) -> Weights:
    """The whole course: turn, networks and gate on folds, bend and threshold on what they predict, then all again."""
    examples = turn_examples([meeting for meeting in meetings if meeting.weight == 1], encoder)
    turns: dict[int, np.ndarray | None] = dict.fromkeys(range(FOLDS))
    whole = None
    if encoder.kind == "sentences":
        for fold in range(FOLDS):
            turns[fold] = _narrowed(fitting.fit_turn([x for f, x in examples if f != fold]))
        whole = _narrowed(fitting.fit_turn([x for _, x in examples]))
    pairs = make_pairs(meetings, encoder, turns)
    predicted: list[Predicted] = []
    for fold in range(FOLDS):
        learnt = learn([p for p in pairs if p.meeting.fold != fold], SEEDS)
        unseen = [p for p in pairs if p.meeting.fold == fold]
        predicted += [(p, learnt.probability(p.table, p.summary)) for p in unseen]
        print(f"fold {fold + 1} of {FOLDS} done", flush=True)
    bend, threshold = bend_and_cut(predicted)
    learnt = learn(pairs, SEEDS)
    seen = {name: judge(part, threshold) for name, part in _by_length(of_turns(bend_all(predicted, bend))).items()}
    return Weights(**{**learnt.__dict__, "bend": bend, "threshold": threshold, "turn": whole, "figures": seen})


def _by_length(predicted: Sequence[Predicted]) -> dict[str, list[Predicted]]:
    """Predictions on whole meetings, and on excerpts by their length."""
    out: dict[str, list[Predicted]] = {}
    for pair, chance in predicted:
        words = pair.meeting.talk.words.sum()
        near = min(CROPS, key=lambda size: abs(np.log(words / size)))
        out.setdefault("whole meetings" if pair.meeting.weight == 1 else f"about {near} words", []).append(
            (pair, chance)
        )
    return out


def _narrowed(turn: np.ndarray) -> np.ndarray:
    left, right = weights.narrow(turn, RANK)
    return left.astype(np.float32) @ right.astype(np.float32).T


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the meetings, as gzipped JSON lines")
    parser.add_argument("--encoder", type=Path, help="the folder of the built encoder (kind sentences)")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the vectors between runs")
    parser.add_argument("--kind", choices=("sentences", "words"), default="sentences")
    parser.add_argument("--out", type=Path, help="where to write the weights; default: beside the code")
    given = parser.parse_args(argv)
    encoder = load_encoder(given.encoder if given.kind == "sentences" else None, threads=2)
    if encoder.kind != given.kind:
        raise SystemExit("There is no built encoder in that folder; build it first or train the kind 'words'.")
    encoder = CachingEncoder(encoder, given.cache)
    learnt = train(read_meetings(given.path, encoder), encoder)
    path = given.out or weights.path_for(given.kind)
    weights.save(learnt, path, RANK)
    print(f"{path.name}: threshold {learnt.threshold}, bend {learnt.bend}, {learnt.figures}")


if __name__ == "__main__":
    main()
