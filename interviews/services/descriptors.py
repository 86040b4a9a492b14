"""The descriptors of a programme's people, written anew whenever its candidates or their posts change; nobody types one."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from interviews.descriptor import FINEST, Post, as_of, generalise, generalised, is_coarser, sharing, telling
from interviews.models import Candidate, ClearedTranscript, Interview, Spell
from interviews.states import CandidateState
from research.models import Programme

# They are not of the programme's people any more, so nobody hides among them.
GONE = (CandidateState.REFUSED, CandidateState.DECLINED)


@dataclass(frozen=True)
class Standing:
    """How a candidate is named and why: the finest line, and how many of the programme share its level and class."""

    finest: str
    sharing: int
    k: int

    def why_coarser(self, said: str) -> str:
        """Why the candidate is named less exactly, as a sentence; nothing when they are named as finely as can be."""
        if said == self.finest:
            return ""
        if self.sharing < self.k:
            people = "nobody else has" if self.sharing <= 1 else f"only {self.sharing} people have"
            return f"Generalised because {people} this level and class of company in the programme; {self.k} must fit."
        return f"Generalised because fewer than {self.k} people of the programme share all that the finer line tells."


def post_of(spell: Spell) -> Post:
    """A spell as the descriptor needs it."""
    return Post(spell.company.name, spell.company.kind, spell.level, spell.start, spell.end, spell.current)


def redescribe(programme: Programme) -> int:
    """Write the descriptors of a programme's candidates and calls; how many changed. The caller holds the transaction.

    A call that has been cleared keeps the words under which it was, unless the new ones tell less.
    """
    programme = Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    candidates = _candidates(programme)
    posts, day = _posts(programme, candidates)
    lines = generalise(_among(candidates, posts), programme.descriptor_k, day)
    changed = [row for row in candidates if lines.get(row.expert_id, row.descriptor) != row.descriptor]
    for row in changed:
        row.descriptor = lines[row.expert_id]
    Candidate.objects.bulk_update(changed, ["descriptor"], batch_size=200)
    cleared = set(ClearedTranscript.objects.filter(programme=programme).values_list("interview", flat=True))
    calls = [row for row in programme.interviews.only("pk", "expert_id", "descriptor") if row.expert_id in lines]
    stale = []
    for call in calls:
        new = lines[call.expert_id]
        may = call.pk not in cleared or is_coarser(posts[call.expert_id], day, new, call.descriptor)
        if new != call.descriptor and may:
            call.descriptor = new
            stale.append(call)
    Interview.objects.bulk_update(sorted(stale, key=lambda call: call.pk), ["descriptor"], batch_size=200)
    return len(changed) + len(stale)


def standing(candidate: Candidate) -> Standing:
    """How a candidate stands among the people of the programme."""
    programme = candidate.programme
    candidates = _candidates(programme)
    posts, day = _posts(programme, candidates)
    mine = posts[candidate.expert_id]
    finest = generalised(mine, day, FINEST) if mine else candidate.descriptor
    among = _among(candidates, posts) | {candidate.expert_id: mine}
    return Standing(finest, sharing(among, candidate.expert_id), programme.descriptor_k)


def _candidates(programme: Programme) -> list[Candidate]:
    return list(Candidate.objects.filter(programme=programme).select_related("about__company"))


def _among(candidates: list[Candidate], posts: dict[UUID, Post | None]) -> dict[UUID, Post | None]:
    """The posts of those who are of the programme's people."""
    return {row.expert_id: posts[row.expert_id] for row in candidates if row.state not in GONE}


def _posts(programme: Programme, candidates: list[Candidate]) -> tuple[dict[UUID, Post | None], date]:
    """The post of each candidate as of their own call or else today, and a day on or after all of those."""
    days = _days(programme)
    spells: dict[UUID, list[Post]] = defaultdict(list)
    for spell in Spell.objects.filter(expert__candidacies__programme=programme).select_related("company"):
        spells[spell.expert_id].append(post_of(spell))
    today = min(max(timezone.localdate(), programme.launch_on), programme.delivery_on)
    posts: dict[UUID, Post | None] = {}
    for row in candidates:
        post = post_of(row.about) if row.about else telling(spells[row.expert_id], programme.subject)
        posts[row.expert_id] = as_of(post, days.get(row.expert_id, today)) if post else None
    return posts, max([programme.delivery_on, *days.values()])


def _days(programme: Programme) -> dict[UUID, date]:
    """The day of each expert's latest call, as their own calendar has it."""
    calls = programme.interviews.filter(starts_at__isnull=False).order_by("starts_at")
    rows = calls.values_list("expert", "starts_at", "zone")
    return {expert: at.astimezone(ZoneInfo(zone)).date() for expert, at, zone in rows if at}
