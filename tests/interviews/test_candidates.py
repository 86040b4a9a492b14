from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Message
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import Block, Candidate, Contact, Expert, IdentityKey, Spell
from interviews.services import blocklist, candidates, experts, identities, scheduling, spells
from interviews.services.candidates import LikelySame
from interviews.services.experts import Employment, Identity
from tests.factories import make_candidate, make_expert, make_interview, make_programme

POST = Employment("Ballycarrow Mutual", "insurer", "Director", date(2015, 4, 1), date(2025, 2, 28))
DANA = Identity("Dana Whitlock", "dana@example.com", "+1 555 010 0123", "linkedin.com/in/dana")


def recruit(cast, identity=DANA, **changes):
    programme = changes.pop("programme", cast.programme)
    fields = {"segment": programme.segments.get(code="customers"), "by": cast.ana, "posts": [POST]}
    return candidates.recruit(programme=programme, identity=identity, **fields | changes)


@pytest.fixture
def other(cast):
    programme = make_programme("harrier")
    for person in (cast.ben, cast.cora):
        programme.assignments.create(user=person)
    return programme


# One record a person --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again",
    [
        Identity("D. Whitlock", "Dana+new@Example.com"),
        Identity("Somebody Else", phone="001 555 010 0123"),
        Identity("Dana", profile="https://uk.linkedin.com/in/Dana/"),
    ],
)
def test_person_whose_key_is_known_is_recruited_again_and_not_made_anew(cast, other, again):
    first = recruit(cast)
    second = recruit(cast, again, programme=other, by=cast.ben, posts=[])
    assert second.candidate.expert == first.candidate.expert
    assert (second.known, second.already, Expert.objects.count()) == (True, False, 1)
    assert "on file already" in second.sentence and "Whitlock" not in second.sentence
    assert {row.programme for row in Candidate.objects.all()} == {cast.programme, other}


def test_person_who_is_in_the_programme_already_is_not_added_twice(cast):
    recruit(cast)
    again = recruit(cast)
    assert (again.already, Candidate.objects.count(), Spell.objects.count()) == (True, 1, 1)


def test_person_found_again_is_completed_by_new_keys_and_posts(cast, other):
    recruit(cast, Identity("Dana Whitlock", "dana@example.com"))
    later = Employment("Larkmoor", "bank", "Vice President", date(2025, 4, 1), current=True)
    recruit(cast, Identity("Dana W.", "dana@example.com", "+15550100123"), programme=other, by=cast.ben, posts=[later])
    expert = Expert.objects.get()
    assert set(IdentityKey.objects.values_list("kind", flat=True)) == {"email", "phone"}
    assert {spell.company.name for spell in expert.spells.all()} == {"Ballycarrow Mutual", "Larkmoor"}
    assert identities.unseal(expert.sealed) == Identity("Dana Whitlock", "dana@example.com", "+15550100123")


def test_details_of_two_people_on_file_are_refused(cast):
    recruit(cast, Identity("Dana Whitlock", "dana@example.com"))
    recruit(cast, Identity("Priya Raman", phone="+15550100999"))
    with pytest.raises(Invalid, match="belong to two experts on file"):
        recruit(cast, Identity("Dana", "dana@example.com", "+15550100999"))
    assert Expert.objects.count() == 2


def test_keys_are_digests_that_do_not_hold_the_address(cast, settings):
    recruit(cast)
    kept = set(IdentityKey.objects.values_list("digest", flat=True))
    assert len(kept) == 3 and not any("dana" in digest or "555" in digest for digest in kept)
    assert AuditEvent.objects.filter(verb="expert-added").count() == 1
    assert not [event for event in AuditEvent.objects.all() if "Dana" in str(event.body) or "dana" in str(event.body)]


@pytest.mark.parametrize(
    ("name", "company", "likely"),
    [
        ("Whitlock, Dana", "Ballycarrow Mutual Ltd", True),
        ("Dana Whitlok", "ballycarrow mutual", True),
        ("Dana Whitlock", "Larkmoor", False),
        ("Priya Raman", "Ballycarrow Mutual", False),
    ],
)
def test_near_same_name_with_the_same_employer_is_for_a_person_to_decide(cast, name, company, likely):
    first = recruit(cast).candidate.expert
    post = Employment(company, "insurer", "Director", date(2015, 4, 1))
    person = Identity(name, "other@example.com")
    if not likely:
        assert not recruit(cast, person, posts=[post]).known
        return
    with pytest.raises(LikelySame, match="Say whether it is the same person") as told:
        recruit(cast, person, posts=[post])
    assert told.value.people == [first] and "Whitlock" not in str(told.value)
    assert recruit(cast, person, posts=[post], same_as=first.pk).candidate.expert == first
    assert recruit(cast, Identity(name, "third@example.com"), posts=[post], sure=True).candidate.expert != first


def test_same_person_can_be_said_only_of_those_shown(cast):
    stranger = make_expert()
    with pytest.raises(Invalid, match="choose one of those shown"):
        recruit(cast, same_as=stranger.pk)


# Whom to leave alone --------------------------------------------------------------------------------------------------


def test_blocked_person_is_refused_by_every_path_also_as_a_new_record(cast, other):
    candidate = recruit(cast).candidate
    interview = make_interview(cast.programme, cast.ana, expert=candidate.expert, state="open")
    blocklist.block(expert=candidate.expert, reason="Sells what others know.", by=cast.cora)
    for attempt in (
        lambda: candidates.invite(candidate=candidate, by=cast.ana),
        lambda: candidates.note_contact(candidate=candidate, channel="call", by=cast.ana),
        lambda: recruit(cast, programme=other, by=cast.ben),
        lambda: experts.add_expert(programme=other, by=cast.ben, identity=Identity("X", phone="+1 5550100123")),
    ):
        with pytest.raises(Invalid, match="Compliance has blocked this person"):
            attempt()
    assert experts.blocked(candidate.expert) == blocklist.BLOCKED
    Candidate.objects.all().delete()
    interview.delete()
    Expert.objects.all().delete()
    assert Block.objects.get().expert is None
    with pytest.raises(Invalid, match="Compliance has blocked this person"):
        recruit(cast)
    assert not Expert.objects.exists()


def test_blocked_person_is_not_booked(cast):
    candidate = recruit(cast).candidate
    interview = make_interview(cast.programme, cast.ana, expert=candidate.expert, state="open")
    blocklist.block(expert=candidate.expert, reason="A reason.", by=cast.cora)
    from datetime import datetime

    with pytest.raises(Invalid, match="blocked"):
        scheduling.book(interview=interview, wall=datetime(2026, 3, 27, 9, 30), zone="Europe/London", by=cast.ana)
    interview.refresh_from_db()
    assert interview.state == "open"


def test_person_is_blocked_before_anybody_met_them(cast):
    blocklist.block(identity=Identity("", email="DANA@example.com"), reason="A reason.", by=cast.cora)
    with pytest.raises(Invalid, match="Compliance has blocked this person"):
        recruit(cast)


def test_block_by_an_address_finds_the_record_on_file(cast):
    expert = recruit(cast).candidate.expert
    assert (
        blocklist.block(identity=Identity("", phone="+15550100123"), reason="A reason.", by=cast.cora).expert == expert
    )


@pytest.mark.parametrize("who", ["ana", "ada", "rita"])
def test_blocklist_is_for_compliance(cast, who):
    with pytest.raises(Refused):
        blocklist.block(expert=make_expert(), reason="A reason.", by=getattr(cast, who))


def test_block_needs_a_reason_and_a_person(cast):
    with pytest.raises(Invalid, match="why this person is blocked"):
        blocklist.block(expert=make_expert(), reason=" ", by=cast.cora)
    with pytest.raises(Invalid, match="in full"):
        blocklist.block(identity=Identity("", email="dana"), reason="A reason.", by=cast.cora)


def test_person_who_opted_out_is_left_alone_everywhere(cast, other):
    first = recruit(cast).candidate
    second = recruit(cast, programme=other, by=cast.ben).candidate
    candidates.opt_out(expert=first.expert, by=None)
    for row in (first, second):
        row.refresh_from_db()
        assert row.state == "declined"
    with pytest.raises(Invalid, match="asked not to be contacted again"):
        candidates.invite(candidate=second, by=cast.ben)
    assert Message.objects.count() == 0
    first.expert.refresh_from_db()
    assert candidates.contactable(first.expert) == blocklist.OPTED_OUT


def test_person_is_contacted_at_most_three_times_in_thirty_days_over_all_programmes(cast, other):
    first = recruit(cast).candidate
    second = recruit(cast, programme=other, by=cast.ben).candidate
    for candidate, by in ((first, cast.ana), (second, cast.ben), (first, cast.ana)):
        candidates.note_contact(candidate=candidate, channel="call", by=by)
    with pytest.raises(Invalid, match="contacted 3 times in the last 30 days. Ask again from"):
        candidates.note_contact(candidate=second, channel="other", by=cast.ben)
    assert Contact.objects.count() == 3
    Contact.objects.filter(programme=other).update(at=timezone.now() - timedelta(days=31))
    candidates.note_contact(candidate=second, channel="other", by=cast.ben)


def test_person_heard_lately_is_not_asked_again(cast):
    candidate = recruit(cast).candidate
    call = make_interview(
        cast.programme, cast.ana, expert=candidate.expert, starts_at=timezone.now() - timedelta(days=2)
    )
    assert "was heard once in the last 30 days" in candidates.contactable(candidate.expert)
    call.starts_at = timezone.now() - timedelta(days=31)
    call.save()
    assert candidates.contactable(candidate.expert) is None


# Moves ----------------------------------------------------------------------------------------------------------------


def test_invitation_writes_the_contact_and_one_neutral_mail(cast):
    candidate = recruit(cast).candidate
    candidates.invite(candidate=candidate, by=cast.ana)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.invited_at is not None) == ("invited", True)
    message, contact = Message.objects.get(), Contact.objects.get()
    assert (contact.channel, contact.by, contact.programme) == ("mail", cast.ana, cast.programme)
    assert "dana" not in message.to
    for word in (cast.programme.subject, cast.programme.title, cast.programme.slug, "Heron", "Ibis", "Dana"):
        assert word.lower() not in f"{message.subject} {message.body}".lower()


def test_invitation_needs_an_address(cast):
    candidate = recruit(cast, Identity("Dana Whitlock", phone="+15550100123")).candidate
    with pytest.raises(Invalid, match="No e-mail address is on file"):
        candidates.invite(candidate=candidate, by=cast.ana)
    assert not Contact.objects.exists()


def test_candidate_who_declined_can_be_asked_again_but_not_one_screened_out(cast):
    candidate = recruit(cast).candidate
    candidate = candidates.decline(candidate=candidate, by=cast.ana)
    assert candidates.note_contact(candidate=candidate, channel="call", by=cast.ana).state == "invited"
    Candidate.objects.update(state="refused")
    with pytest.raises(IllegalMove, match="screened out"):
        candidates.note_contact(candidate=candidate, channel="call", by=cast.ana)


def test_priority_is_one_of_three(cast):
    candidate = recruit(cast).candidate
    assert candidates.set_priority(candidate=candidate, priority=1, by=cast.ben).priority == 1
    with pytest.raises(Invalid, match="as 1"):
        candidates.set_priority(candidate=candidate, priority=4, by=cast.ben)


@pytest.mark.parametrize("who", ["cora", "ada", "rita", "stranger"])
def test_recruiting_is_for_analysts_of_the_team(cast, who):
    with pytest.raises(Refused):
        recruit(cast, by=getattr(cast, who))
    candidate = recruit(cast).candidate
    for attempt in (candidates.invite, candidates.decline):
        with pytest.raises(Refused):
            attempt(candidate=candidate, by=getattr(cast, who))


# Posts ----------------------------------------------------------------------------------------------------------------


def test_post_is_verified_by_another_person_with_evidence(cast):
    spell = recruit(cast).candidate.expert.spells.get()
    with pytest.raises(Refused, match="another person must verify"):
        spells.verify_spell(spell=spell, programme=cast.programme, evidence="Register, page 3", by=cast.ana)
    with pytest.raises(Invalid, match="what shows this post"):
        spells.verify_spell(spell=spell, programme=cast.programme, evidence=" ", by=cast.cora)
    done = spells.verify_spell(spell=spell, programme=cast.programme, evidence="Register, page 3", by=cast.cora)
    assert (done.verified_by, done.evidence) == (cast.cora, "Register, page 3")
    with pytest.raises(IllegalMove, match="already"):
        spells.verify_spell(spell=spell, programme=cast.programme, evidence="x", by=cast.ben)


def test_corrected_post_is_to_be_verified_again_and_descriptors_follow(cast):
    cast.programme.descriptor_k = 1
    cast.programme.save()
    candidate = recruit(cast).candidate
    assert candidate.descriptor == "Former Director, insurer, left 2025"
    spell = spells.verify_spell(
        spell=candidate.expert.spells.get(), programme=cast.programme, evidence="Register", by=cast.cora
    )
    fixed = Employment("Ballycarrow Mutual", "insurer", "Vice President", date(2015, 4, 1), date(2024, 2, 28))
    spells.write_spell(expert=candidate.expert, programme=cast.programme, post=fixed, by=cast.ana, spell=spell)
    candidate.refresh_from_db()
    spell.refresh_from_db()
    assert (candidate.descriptor, spell.verified_at) == ("Former Vice President, insurer, left 2024", None)


# Descriptors ----------------------------------------------------------------------------------------------------------


def test_descriptor_gets_finer_as_more_people_fit_it(cast):
    first = recruit(cast, None).candidate
    assert first.descriptor == "Professional, company"
    call = make_interview(cast.programme, cast.ana, expert=first.expert)
    recruit(cast, None)
    recruit(cast, None)
    call.refresh_from_db()
    assert call.descriptor == "Former Director, insurer, left 2025"
    assert set(Candidate.objects.values_list("descriptor", flat=True)) == {call.descriptor}


def test_descriptor_of_a_cleared_call_gets_coarser_only(cast):
    from tests.factories import make_cleared

    one, *others = (recruit(cast, None).candidate for _ in range(3))
    fine, coarse = "Former Director, insurer, left 2025", "Professional, company"
    kept = make_interview(cast.programme, cast.ana, expert=one.expert, descriptor=coarse)
    make_cleared(kept)
    recruit(cast, None)
    kept.refresh_from_db()
    assert kept.descriptor == coarse
    type(kept).objects.filter(pk=kept.pk).update(descriptor=fine)
    for row in others:
        candidates.decline(candidate=row, by=cast.ana)
    kept.refresh_from_db()
    assert kept.descriptor == "Professional, company"


def test_descriptor_with_k_of_one_is_the_finest(cast):
    cast.programme.descriptor_k = 1
    cast.programme.save()
    assert recruit(cast).candidate.descriptor == "Former Director, insurer, left 2025"


def test_descriptor_of_a_current_post_stays_current_after_the_call(cast):
    cast.programme.descriptor_k = 1
    cast.programme.save()
    leaving = Employment("Ballycarrow Mutual", "insurer", "Director", date(2015, 4, 1), date(2026, 3, 20))
    candidate = recruit(cast, posts=[leaving]).candidate
    assert candidate.descriptor == "Former Director, insurer, left 2026"
    make_interview(cast.programme, cast.ana, expert=candidate.expert)
    recruit(cast, None)
    candidate.refresh_from_db()
    assert candidate.descriptor == "Current Director, insurer"


def test_candidate_made_by_a_call_is_described_with_the_others(cast):
    expert = make_expert()
    make_candidate(cast.programme, make_expert())
    call = scheduling.plan_interview(
        programme=cast.programme,
        segment=cast.programme.segments.first(),
        expert=expert,
        interviewer=cast.ana,
        by=cast.ana,
    )
    assert call.descriptor == "Professional, company"
