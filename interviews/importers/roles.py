"""Who interviews and who is the expert: a guess from labels, questions and talk, which a person confirms."""

from collections.abc import Sequence
from dataclasses import dataclass

from .labels import role_of
from .losses import words
from .shapes import ParsedTurn, RoleGuess

# below this share of all words a speaker is too quiet to be guessed
QUIET = 0.04
# how much more often an interviewer's turns end in a question
CLEARLY_MORE = 0.06
# "Really?" and "Yeah, right?" are listening, not asking
LISTENING = 6
_HARDLY_SPEECH = 3
_ENOUGH = 5
_QUESTIONS = ("?", "？")
_AFTER = " \"'”’*_).…]"


@dataclass(slots=True)
class _Talk:
    order: int
    turns: int = 0
    words: int = 0
    asking: int = 0
    longer: int = 0
    longer_asking: int = 0

    @property
    def asks(self) -> float:
        """Share of the turns that end in a question; short ones count only in a short talk."""
        return self.longer_asking / self.longer if self.longer >= _ENOUGH else self.asking / self.turns


def guess_roles(turns: Sequence[ParsedTurn]) -> tuple[RoleGuess, ...]:
    """One guess a speaker, in order of appearance. Labels that state a role win; then questions, then talk."""
    talks: dict[str, _Talk] = {}
    for turn in turns:
        talk = talks.setdefault(turn.speaker, _Talk(len(talks)))
        talk.turns += 1
        length = words(turn.text)
        talk.words += length
        asking = turn.text.rstrip(_AFTER).endswith(_QUESTIONS)
        talk.asking += asking
        talk.longer += length >= LISTENING
        talk.longer_asking += asking and length >= LISTENING
    roles = _by_label(talks)
    roles |= _by_talk({who: talk for who, talk in talks.items() if who not in roles}, roles, talks)
    return tuple(RoleGuess(who, *roles[who], turns=talk.turns, words=talk.words) for who, talk in talks.items())


def _by_label(talks: dict[str, _Talk]) -> dict[str, tuple[str, str]]:
    found = {who: role_of(who) for who in talks if who}
    stated = {who: (role, f"the label says so: {who}") for who, role in found.items() if role}
    return stated | ({"": ("unknown", "the file does not say who speaks")} if "" in talks else {})


def _by_talk(open_: dict[str, _Talk], stated: dict, talks: dict[str, _Talk]) -> dict[str, tuple[str, str]]:
    """Roles of speakers whose labels state none, by how often their turns end in a question and how much they talk."""
    total = sum(talk.words for talk in talks.values()) or 1
    loud = {who: talk for who, talk in open_.items() if talk.words / total >= QUIET and talk.words > _HARDLY_SPEECH}
    roles = {who: ("unknown", "says too little to tell") for who in open_ if who not in loud}
    known = {role for who, (role, _) in stated.items() if who}
    if "interviewer" in known:
        rest = dict.fromkeys(loud, ("expert", "another speaker is labelled as the interviewer"))
    elif "expert" in known and len(loud) == 1:
        rest = dict.fromkeys(loud, ("interviewer", "the other speaker is labelled as the expert"))
    elif len(loud) < 2:
        rest = dict.fromkeys(loud, ("unknown", "the only speaker with more than a few words"))
    else:
        rest = _askers_and_answerers(loud, total)
    return roles | rest


def _askers_and_answerers(loud: dict[str, _Talk], total: int) -> dict[str, tuple[str, str]]:
    most = max(loud, key=lambda who: (loud[who].asks, -loud[who].order))
    least = min(loud, key=lambda who: (loud[who].asks, loud[who].order))
    gap = loud[most].asks - loud[least].asks
    if gap < CLEARLY_MORE:
        talker = max(loud, key=lambda who: loud[who].words)
        first = min((who for who in loud if who != talker), key=lambda who: loud[who].order)
        return {
            who: ("expert", f"talks most ({talk.words / total:.0%} of the words); all ask about equally often")
            if who == talker
            else ("interviewer", f"talks less and comes first ({talk.words / total:.0%} of the words)")
            if who == first
            else ("unknown", "neither questions nor talk tell")
            for who, talk in loud.items()
        }
    middle = loud[least].asks + gap / 2
    return {
        who: (
            "interviewer" if talk.asks >= middle else "expert",
            f"{talk.asks:.0%} of the turns end in a question; {talk.words / total:.0%} of the words",
        )
        for who, talk in loud.items()
    }
