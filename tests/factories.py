"""Rows for tests, made directly: small, explicit, and without the services that are under test elsewhere."""

import hashlib
import itertools
from datetime import UTC, date, datetime

from allauth.mfa.models import Authenticator
from django.utils import timezone

from accounts.adapter import SecondFactors
from accounts.models import User
from accounts.roles import GUARDED, Role
from interviews import texts
from interviews.models import (
    Attestation,
    Candidate,
    ClearedTranscript,
    ClearedTurn,
    Company,
    Credential,
    Expert,
    ExpertImport,
    Honorarium,
    HonorariumRule,
    IdentityKey,
    Interview,
    PlanRun,
    Proposal,
    ScreeningQuestion,
    SealedIdentity,
    Speaker,
    Spell,
    Transcript,
    Turn,
)
from interviews.services import imports
from interviews.services.identities import Identity, keys_of, seal
from research.models import (
    Assignment,
    CreditNote,
    FeePlan,
    Fund,
    FundMember,
    Invoice,
    KeyQuestion,
    Participation,
    Programme,
    Seat,
    Segment,
    Signature,
    Terms,
)
from synthesis.models import Codebook, Passage, Run, Suggestion, Tag

_counter = itertools.count(1)
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

SEGMENTS = [
    ("customers", "Customers", 35),
    ("managers", "Engineering managers", 20),
    ("competitors", "Competitors", 15),
]
QUESTIONS = [
    (
        "Q1",
        "Customer confidence",
        "Are outages shifting cloud procurement?",
        "customers leave",
        "customers stay",
        ["outage", "multi-cloud"],
    ),
    (
        "Q2",
        "Productivity",
        "Does the approval policy cancel the speed gain?",
        "review caps delivery",
        "the gain is kept",
        ["review", "approval"],
    ),
]


def make_user(
    name: str, role: Role, *, programme: Programme | None = None, fund: Fund | None = None, signed: bool = True
) -> User:
    """A person who can sign in with the password "correct horse battery"; a fund's person has signed the terms."""
    user = User.objects.create(
        email=f"{name.lower()}@example.com",
        name=name,
        role=role,
        password="md5$salt$" + hashlib.md5(b"saltcorrect horse battery").hexdigest(),
    )
    if role in GUARDED:
        make_app(user)
    if programme:
        Assignment.objects.create(programme=programme, user=user)
    if fund:
        FundMember.objects.create(fund=fund, user=user)
        terms = Terms.objects.filter(in_force=True, programme__participations__fund=fund)
        for row in terms if signed else []:
            make_signature(row, user)
    return user


def make_app(user: User) -> Authenticator:
    """An authenticator app that shows the codes of TOTP_SECRET."""
    sealed = SecondFactors().encrypt(TOTP_SECRET)
    return Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": sealed})


def make_signature(terms: Terms, user: User) -> Signature:
    """A person of a fund has signed these terms."""
    return Signature.objects.create(
        terms=terms,
        fund=user.membership.fund,
        user=user,
        name=user.name,
        binding=user.role != Role.FUND_READER,
        sha256=terms.sha256,
        language=terms.language,
        at=datetime(2026, 3, 9, tzinfo=UTC),
        method="page",
    )


def make_terms(programme: Programme, text: str = "What is read here stays here.") -> Terms:
    """The terms in force of a programme."""
    return Terms.objects.create(
        programme=programme, version=1, text=text, sha256=hashlib.sha256(text.encode()).hexdigest()
    )


def sign_on_paper(programme: Programme, fund: Fund) -> Signature:
    """The fund, which may have nobody with an account, has signed the terms in force."""
    terms = Terms.objects.get(programme=programme, in_force=True)
    return Signature.objects.create(
        terms=terms,
        fund=fund,
        name="Paper Hand",
        binding=True,
        sha256=terms.sha256,
        language=terms.language,
        at=datetime(2026, 3, 9, tzinfo=UTC),
        method="paper",
        note="File 7",
    )


def make_programme(slug: str = "kestrel", *, cap: int = 5, state: str = "fielding", **fields) -> Programme:
    """A programme with three segments, two key questions and `cap` free seats."""
    programme = Programme.objects.create(
        slug=slug,
        title=fields.pop("title", f"Programme {slug}"),
        question="Does the fast roll-out damage reliability?",
        subject="Subject plc",
        launch_on=date(2026, 3, 17),
        delivery_on=date(2026, 3, 31),
        state=state,
        **fields,
    )
    for order, (code, title, quota) in enumerate(SEGMENTS):
        Segment.objects.create(programme=programme, code=code, title=title, quota=quota, order=order)
    for order, (code, title, text, bear, bull, terms) in enumerate(QUESTIONS):
        KeyQuestion.objects.create(
            programme=programme,
            code=code,
            title=title,
            text=text,
            bear_signpost=bear,
            bull_signpost=bull,
            terms=terms,
            order=order,
        )
    Seat.objects.bulk_create(Seat(programme=programme, number=number) for number in range(1, cap + 1))
    make_terms(programme)
    return programme


def seat_fund(programme: Programme, fund: Fund, *, state: str = "active") -> Seat:
    """Put a fund on the first free seat; its people have signed the terms."""
    seat = programme.seats.filter(state="free").order_by("number").first()
    seat.fund, seat.state, seat.since = fund, state, datetime(2026, 3, 10, tzinfo=UTC)
    seat.held_until = datetime(2030, 1, 1, tzinfo=UTC) if state == "held" else None
    seat.save()
    Participation.objects.create(programme=programme, fund=fund, state="seated", since=seat.since)
    for member in fund.members.select_related("user"):
        make_signature(programme.terms.get(in_force=True), member.user)
    return seat


def make_plan(programme: Programme, by: User, **fields) -> FeePlan:
    """The fee plan of a programme: GBP 90,000.00 in three equal shares."""
    plain = {"version": 1, "price": 90_000, "currency": "GBP", "rule": "equal", "payers": 3, "due_days": 30}
    return FeePlan.objects.create(programme=programme, by=by, refund_rule="pro_rata", **{**plain, **fields})


def make_refunded(programme: Programme, fund: Fund, by: User) -> CreditNote:
    """An invoice of a fund that was paid and then given back in part."""
    plan = programme.fee_plans.first() or make_plan(programme, by)
    day, code = date(2026, 3, 10), f"T{next(_counter):04}"
    invoice = Invoice.objects.create(
        plan=plan,
        participation=programme.participations.get(fund=fund),
        number=f"{code}-0001",
        state="refunded",
        amount=30_000,
        currency="GBP",
        launch_on=programme.launch_on,
        delivery_on=programme.delivery_on,
        issued_on=day,
        due_on=day,
        paid_on=day,
        reference=f"Payment of {fund}",
    )
    given = {"paid": 30_000, "computed": 15_000, "amount": 15_000, "reckoning": "Half of the days were left."}
    return CreditNote.objects.create(invoice=invoice, number=f"{code}-0002", issued_on=day, left_on=day, by=by, **given)


def make_expert(descriptor: str = "Former Director, insurer, left 2025") -> Expert:
    expert = Expert.objects.create(descriptor=descriptor)
    company, _ = Company.objects.get_or_create(name="Harrow Mutual", defaults={"kind": "insurer"})
    Spell.objects.create(
        expert=expert,
        company=company,
        level="Director",
        function="Cloud",
        start=date(2019, 1, 1),
        end=date(2025, 6, 30),
    )
    return expert


def make_identity(expert: Expert, email: str = "dana@example.org") -> SealedIdentity:
    """Who the expert is, sealed, and found again by the e-mail address."""
    identity = Identity(name="Dana Whitlock", email=email)
    for kind, digest in keys_of(identity).items():
        IdentityKey.objects.get_or_create(expert=expert, kind=kind, digest=digest)
    return SealedIdentity.objects.create(expert=expert, ciphertext=seal(identity))


def make_candidate(programme: Programme, expert: Expert, *, segment: str = "customers", **fields) -> Candidate:
    """The expert's candidacy in a programme, the one that is there or a new one."""
    given = {"segment": programme.segments.get(code=segment), "descriptor": expert.descriptor, **fields}
    return Candidate.objects.get_or_create(programme=programme, expert=expert, defaults=given)[0]


def make_question(programme: Programme, *, segment: str = "", **fields) -> ScreeningQuestion:
    """A knock-out question of a programme, of every segment or of one: "Yes" knocks out."""
    plain = {"kind": "knock_out", "text": "Are you an official?", "options": ["No", "Yes"], "wrong": ["Yes"]}
    of = programme.segments.get(code=segment) if segment else None
    order = programme.screening_questions.count()
    return ScreeningQuestion.objects.create(programme=programme, segment=of, order=order, **{**plain, **fields})


def grant_papers(expert: Expert, *, on: date = date(2026, 1, 1), until: date = date(2026, 12, 31)) -> None:
    """The expert has done the training and accepted the terms."""
    for kind in ("training", "terms"):
        Credential.objects.create(expert=expert, kind=kind, on=on, expires_on=until, method="page")


def make_import(programme: Programme, by: User) -> ExpertImport:
    """A file of one invented expert that was read and waits."""
    data = b"Name,Segment\nSam Example,customers\n"
    return imports.read(programme=programme, filename="experts.csv", data=data, by=by)


def make_interview(
    programme: Programme, interviewer: User, *, segment: str = "customers", state: str = "held", **fields
) -> Interview:
    expert = fields.pop("expert", None) or make_expert()
    candidate = make_candidate(programme, expert, segment=segment, state="eligible")
    starts_at = fields.pop("starts_at", datetime(2026, 3, 18, 14, tzinfo=UTC))
    if state == "tentative":
        fields.setdefault("held_until", starts_at)
    if state == "started":
        fields.setdefault("started_at", starts_at)
    return Interview.objects.create(
        programme=programme,
        number=fields.pop("number", programme.interviews.count() + 1),
        segment=programme.segments.get(code=segment),
        expert=expert,
        descriptor=fields.pop("descriptor", candidate.descriptor),
        interviewer=interviewer,
        state=state,
        starts_at=starts_at,
        **fields,
    )


def make_attestation(interview: Interview, *, at: datetime | None = None, method: str = "spoken") -> Attestation:
    """The expert's word for a call, to the text in force, at its start unless said."""
    wording = texts.current(texts.ATTESTATION)
    given = {"sha256": wording.sha256, "text": wording.text, "method": method, "by": interview.interviewer}
    return Attestation.objects.create(interview=interview, at=at or interview.starts_at or timezone.now(), **given)


def make_rule(programme: Programme, by: User, **fields) -> HonorariumRule:
    """GBP 400.00 an hour: a quarter for the first 15 minutes, then steps of 5."""
    return HonorariumRule.objects.create(programme=programme, by=by, **{"hourly": 40_000, "ceiling": 100_000} | fields)


def make_honorarium(interview: Interview, by: User, **fields) -> Honorarium:
    """What a call of an hour pays, under the programme's rule or a new one that `by` set."""
    rule = interview.programme.honorarium_rules.first() or make_rule(interview.programme, by)
    plain = {"agreed_minutes": 60, "agreed_at": timezone.now(), "interviewer": interview.interviewer}
    return Honorarium.objects.create(interview=interview, rule=rule, **plain | fields)


def make_planned(candidate: Candidate, by: User, **fields) -> Proposal:
    """A plan of the candidate's programme that is done, with one proposal: a call with `by` on 8 March 2027."""
    days = {"first": "2027-03-08", "last": "2027-03-12"}
    wishes = {"minutes": 60, "step": 15, "most_a_day": None, "pause": None, "most_moved": 0, "interviewers": []}
    counts = {"asked": 1, "placed": 1, "stay": 0, "moved": 0, "bound": 1, "gap": 0, "seconds": 0.1, "waiting": 0}
    at = datetime(2027, 3, 8, 14, tzinfo=UTC)
    run = PlanRun.objects.create(
        programme=candidate.programme,
        by=by,
        wishes=days | wishes,
        done_at=at,
        outcome=counts | {"unplaced": [], "from": {}},
    )
    given = {"interviewer": by, "starts_at": at, "minutes": 60, **fields}
    return Proposal.objects.create(run=run, candidate=candidate, **given)


TURNS = [
    ("interviewer", "What did the outage change for you?"),
    (
        "expert",
        "We moved two workloads after the outage. Honestly, nobody panicked, but the board asked for a second provider.",
    ),
    ("interviewer", "And how long did review take?"),
    ("expert", "I heard from a colleague that approvals now take three days, up from one."),
]


def make_transcript(interview: Interview, *, state: str = "mapped", turns=TURNS, names=None) -> Transcript:
    """A parsed transcript with mapped speakers; `names` gives the label of each role."""
    names = names or {"interviewer": "Mara Ellison", "expert": "Dana Whitlock", "chaperone": "Ruth Feldman"}
    text = "\n".join(words for _, words in turns)
    raw = f"{next(_counter)}:{text}".encode()
    transcript = Transcript.objects.create(
        programme=interview.programme,
        interview=interview,
        state=state,
        filename="call.txt",
        size=len(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
        uploaded_by=interview.interviewer,
        format="text",
        text=text,
    )
    speakers = {
        role: Speaker.objects.create(transcript=transcript, label=names[role], role=role, guess=role)
        for role in dict.fromkeys(r for r, _ in turns)
    }
    at = 0
    for index, (role, words) in enumerate(turns):
        Turn.objects.create(
            transcript=transcript,
            index=index,
            speaker=speakers[role],
            start=at,
            end=at + len(words),
            start_ms=index * 10_000,
            end_ms=index * 10_000 + 9_000,
        )
        at += len(words) + 1
    return transcript


def make_cleared(interview: Interview, *, turns=TURNS) -> ClearedTranscript:
    """A cleared transcript whose words are those of `turns`."""
    transcript = make_transcript(interview, state="cleared", turns=turns)
    cleared = ClearedTranscript.objects.create(
        programme=interview.programme,
        interview=interview,
        transcript=transcript,
        text=transcript.text,
        sha256=hashlib.sha256(transcript.text.encode()).hexdigest(),
        words=len(transcript.text.split()),
        cleared_at=datetime(2026, 3, 20, tzinfo=UTC),
    )
    ClearedTurn.objects.bulk_create(
        ClearedTurn(
            cleared=cleared,
            index=t.index,
            label=t.speaker.get_role_display(),
            role=t.speaker.role,
            start_ms=t.start_ms,
            end_ms=t.end_ms,
            start=t.start,
            end=t.end,
        )
        for t in transcript.turns.select_related("speaker")
    )
    return cleared


def make_run(cleared: ClearedTranscript) -> Run:
    codebook, _ = Codebook.objects.get_or_create(
        programme=cleared.programme, version=1, defaults={"sha256": "0" * 64, "questions": []}
    )
    return Run.objects.create(cleared=cleared, codebook=codebook, model="test-1", encoder="none", words=cleared.words)


def make_suggestion(
    cleared: ClearedTranscript,
    quote: str,
    question: KeyQuestion,
    *,
    run: Run | None = None,
    score: float = 0.8,
    stance: str = "bear",
    basis: str = "first-hand",
) -> Suggestion:
    """A suggestion on the passage that holds exactly `quote`."""
    start = cleared.text.index(quote)
    turn = cleared.turns.filter(start__lte=start).order_by("-index").first()
    passage, _ = Passage.objects.get_or_create(
        cleared=cleared, start=start, end=start + len(quote), defaults={"turn_index": turn.index}
    )
    run = run or cleared.runs.filter(current=True).first() or make_run(cleared)
    return Suggestion.objects.create(
        run=run, passage=passage, question=question, score=score, stance=stance, basis=basis, reason={"words": []}
    )


def make_tag(
    cleared: ClearedTranscript,
    quote: str,
    question: KeyQuestion,
    by: User,
    *,
    verdict: str = "accepted",
    stance: str = "bear",
    basis: str = "first-hand",
) -> Tag:
    start = cleared.text.index(quote)
    turn = cleared.turns.filter(start__lte=start).order_by("-index").first()
    passage, _ = Passage.objects.get_or_create(
        cleared=cleared, start=start, end=start + len(quote), defaults={"turn_index": turn.index}
    )
    return Tag.objects.create(
        passage=passage,
        question=question,
        verdict=verdict,
        stance=stance,
        basis=basis,
        origin="person",
        decided_by=by,
        decided_at=datetime(2026, 3, 21, tzinfo=UTC),
    )
