"""Words of a text in a normal form, and how rare each is: the lexical half of relevance."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")

STOP = frozenset(
    """a about above after again all almost also although always am among an and another any anybody anyone anything are
    aren't around as at away back be because been before being below between both but by came can can't cannot come could
    couldn't did didn't do does doesn't doing don't done down during each either else etc even ever every everybody everyone
    everything far few first for from further get gets getting go goes going gone gonna got had hadn't has hasn't have haven't
    having he he'd he'll he's her here hers herself hey him himself his how however hmm i i'd i'll i'm i've if in into is isn't
    it it's its itself just kind know last least less let let's like lot made make makes many may maybe me mean might mm more
    most much must my myself neither never no nobody none nor not nothing now of off oh ok okay on once one only onto or other
    others our ours ourselves out over own per perhaps probably put quite rather really right said same say saying says see she
    she'd she'll she's should shouldn't since so some somebody someone something sometimes somewhat sort still such sure take
    than that that's the their theirs them themselves then there there's these they they'd they'll they're they've thing things
    think this those though through thus to together too toward towards two uh um under until up upon us very want was wasn't
    way we we'd we'll we're we've well went were weren't what what's when where whether which while who whole whom whose why will
    with within without won't would wouldn't yeah yep yes yet you you'd you'll you're you've your yours yourself yourselves
    s t d ll re ve m n't 's 're 've 'll 'd 'm ain't wanna gotta cause cos hm mhm mm-hmm uh-huh alright""".split()
)


def tokens(text: str) -> list[str]:
    """Lower-case words of the text in order, possessives and contractions cut."""
    plain = unicodedata.normalize("NFKD", text.lower()).replace("’", "'")
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A light normal form of an English word: plural, -ing, -ed, -ly, -er endings cut and a double consonant halved.

    Its only duty is that forms of one word meet ("migrating", "migrated", "migrations"); it makes no dictionary words.
    """
    word = word.split("'")[0]
    if len(word) <= 3 or any(c.isdigit() for c in word):
        return word
    word = _plural(word)
    for ending, keep in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= keep:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    if word.endswith("e") and len(word) > 4:
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


_ENDINGS = (
    ("ational", 4),
    ("ations", 4),
    ("ation", 4),
    ("ating", 4),
    ("ated", 4),
    ("ators", 4),
    ("ator", 4),
    ("ate", 4),
    ("ments", 4),
    ("ment", 4),
    ("ness", 4),
    ("ions", 4),
    ("ion", 4),
    ("ings", 3),
    ("ing", 3),
    ("edly", 4),
    ("ed", 3),
    ("ally", 4),
    ("ly", 4),
    ("ers", 4),
    ("er", 4),
    ("al", 5),
)


def _plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def stems(text: str) -> list[str]:
    """Normal forms of the words that carry meaning, in order."""
    return [stem(word) for word in tokens(text) if word not in STOP and word.split("'")[0] not in STOP]
