"""Who tries the doors, as data: what each person's part is, and what of the programmes they may see.

The programmes: `here` (Kestrel, released to Heron and Ibis), `there` (Harrier, of another team, released to Osprey), and four
of Harrier's team in which Heron has or had a part: `unreleased` (its report is signed but not released), `recalled` (its
report was taken back), `left` (Heron withdrew after the release) and `unsigned` (new terms that nobody has signed yet).
"""

from dataclasses import dataclass

PLACES = ("here", "there", "unreleased", "recalled", "left", "unsigned")
RELEASED = {"here", "there", "left", "unsigned"}


@dataclass(frozen=True)
class Persona:
    """`letters` are those of a policy line that open for them, `sees` the programmes in their sight, `fund` the fund whose
    own things are theirs; `unsigned` those that only their own signature is missing for, whose pages lead to the terms;
    `door` says that they are sent to sign in, everywhere or only on pages, or to set up a second factor."""

    who: str
    letters: str = ""
    sees: tuple[str, ...] = ()
    fund: str = ""
    door: str = ""
    unsigned: tuple[str, ...] = ()

    @property
    def of_firm(self) -> bool:
        return bool(set(self.letters) & set("ACD"))

    @property
    def of_fund(self) -> bool:
        return "F" in self.letters


# Where a fund is asked to sign the terms: from its invitation on, and no more once it has withdrawn.
ASKED_AT = {
    "heron": ("here", "unreleased", "recalled", "unsigned"),
    "ibis": ("here",),
    "kite": ("here",),
    "plover": ("here",),
    "swift": ("here",),
    "teal": ("here",),
    "osprey": ("there",),
}
HERON = ("here", "unreleased", "recalled")
NEW_TERMS = ("unsigned",)
PERSONAS = {
    "nobody": Persona("not signed in", door="everywhere"),
    # The firm
    "ana": Persona("analyst on the programme, leads its calls", "A", ("here",)),
    "ben": Persona("analyst on the programme", "A", ("here",)),
    "stranger": Persona("analyst on no programme", "A"),
    "cora": Persona("compliance on the programme", "C", ("here",)),
    "wanda": Persona("compliance on another programme", "C", ("there", "unreleased", "recalled", "left", "unsigned")),
    "ada": Persona("admin", "D", PLACES),
    "mara": Persona("admin without a second factor", "D", PLACES, door="factor"),
    # A: Heron
    "rita": Persona("reader of Heron", "FR", HERON, "heron", unsigned=NEW_TERMS),
    "lena": Persona("lead of Heron", "FL", HERON, "heron", unsigned=NEW_TERMS),
    "carl": Persona("compliance of Heron", "FK", HERON, "heron", unsigned=NEW_TERMS),
    "tom": Persona("reader of Heron, by token", "FR", HERON, "heron", door="pages", unsigned=NEW_TERMS),
    "milo": Persona(
        "compliance of Heron without a second factor", "FK", HERON, "heron", door="factor", unsigned=NEW_TERMS
    ),
    "nils": Persona("reader of Heron who has not signed the terms", "FR", (), "heron", unsigned=(*HERON, *NEW_TERMS)),
    "eve": Persona("once a reader of Heron", "FR"),
    "gone": Persona("reader of Heron whose account is closed", "FR", door="everywhere"),
    # B: Ibis, on a seat here too
    "bob": Persona("reader of Ibis", "FR", ("here",), "ibis"),
    "bianca": Persona("compliance of Ibis", "FK", ("here",), "ibis"),
    # Other funds
    "zoe": Persona("reader of Osprey, which reads elsewhere", "FR", ("there",), "osprey"),
    "olga": Persona("reader of a fund without a part anywhere", "FR", (), "outsider"),
    "ivo": Persona("lead of an invited fund", "FL", (), "kite"),
    "walt": Persona("lead of a fund on the wait-list", "FL", (), "plover"),
    "hugo": Persona("lead of a fund whose seat is held", "FL", (), "swift"),
    "sven": Persona("lead of a fund that has signed and whose seat is not active yet", "FL", (), "teal"),
    "wes": Persona("reader of a fund that withdrew", "FR", (), "crane"),
}
