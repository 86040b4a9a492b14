"""Ranks the turns of transcripts against questions: JSON lines in, JSON lines out, no database.

in   {"id": str, "turns": [{"speaker": str, "text": str}, ...], "questions": [{"code": str, "text": str, ...}, ...]}
out  {"id": str, "scores": {code: [float, one a turn]}, "tagged": {code: [bool, one a turn]}}

    python -m synthesis.nlp.rank [ENCODER_FOLDER] < transcripts.jsonl > ranked.jsonl
"""

import json
import sys
from pathlib import Path
from typing import TextIO

from synthesis.nlp.graph import EncoderMissing, build_encoder
from synthesis.nlp.shapes import Question, Turn
from synthesis.nlp.tagger import Tagger

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "data" / "encoder"


def main(stdin: TextIO, stdout: TextIO, encoder_dir: Path | None = None, threads: int = 2) -> int:
    """Answer each line of `stdin`; returns the number of transcripts. Raises ValueError for a line that is none."""
    tagger = Tagger.load(encoder_dir, threads)
    done = 0
    for number, line in enumerate(stdin, 1):
        if line.strip():
            print(json.dumps(answer(tagger, _read(line, number)), ensure_ascii=False), file=stdout, flush=True)
            done += 1
    return done


def answer(tagger: Tagger, asked: dict) -> dict:
    """The reply to one transcript with its questions."""
    turns, start = [], 0
    for index, turn in enumerate(asked["turns"]):
        turns.append(Turn(index, "unknown", turn["text"], start, turn.get("speaker", "")))
        start += len(turn["text"]) + 1
    questions = [_question(q) for q in asked["questions"]]
    ranked = tagger.rank(turns, questions) if questions else {}
    return {
        "id": asked["id"],
        "scores": {code: scores for code, (scores, _) in ranked.items()},
        "tagged": {code: tagged for code, (_, tagged) in ranked.items()},
    }


def _question(given: dict) -> Question:
    names = ("code", "text", "title", "definition", "bear", "bull")
    return Question(**{name: given[name] for name in names if name in given}, terms=tuple(given.get("terms", ())))


def _read(line: str, number: int) -> dict:
    try:
        asked = json.loads(line)
        if {"id", "turns", "questions"} <= asked.keys():
            return asked
    except (ValueError, AttributeError):
        pass
    raise ValueError(f"Line {number} is not a JSON object with id, turns and questions.")


def find_encoder(folder: Path = DEFAULT_FOLDER) -> Path | None:
    """The built encoder, made now if its weights are installed; None when they are not."""
    try:
        return build_encoder(folder)
    except EncoderMissing as missing:
        print(f"{missing} Ranking by words alone.", file=sys.stderr)
        return None


if __name__ == "__main__":
    main(sys.stdin, sys.stdout, find_encoder(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FOLDER))
