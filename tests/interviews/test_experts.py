from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import Company, Expert, IdentityRequest
from interviews.services import experts
from interviews.services.experts import Employment, Identity

POSTS = [
    Employment("Subject", "hyperscaler", "Engineering Manager", date(2017, 5, 1), date(2025, 2, 28)),
    Employment("Ballycarrow Mutual", "insurer", "Director", date(2025, 4, 1), current=True),
]
DANA = Identity("Dana Whitlock", "dana@example.com", "+1 555 0100")


def add(cast, **changes):
    fields = {"programme": cast.programme, "by": cast.ana, "posts": POSTS, "identity": DANA, "on": date(2026, 3, 20)}
    return experts.add_expert(**fields | changes)


@pytest.fixture
def expert(cast):
    return add(cast)


def test_add_expert_writes_the_descriptor_and_seals_the_identity(cast, expert):
    assert expert.descriptor == "Former Engineering Manager, hyperscaler, left 2025"
    assert b"Whitlock" not in bytes(expert.sealed.ciphertext)
    assert [spell.company.name for spell in expert.spells.all()] == ["Ballycarrow Mutual", "Subject"]
    event = AuditEvent.objects.get(verb="expert-added")
    assert (event.actor, event.subject, event.body) == (
        cast.ana.pk,
        f"expert:{expert.pk}",
        {"posts": 2, "sealed": True},
    )


def test_add_expert_takes_the_post_that_a_person_chose(cast):
    assert add(cast, about=1).descriptor == "Current Director, insurer"


def test_add_expert_without_posts_or_name_is_a_respondent_without_background(cast):
    expert = add(cast, posts=[], identity=None)
    assert expert.descriptor == "Respondent, background not on file"
    assert not hasattr(expert, "sealed")


def test_add_expert_keeps_the_class_that_a_company_has(cast):
    add(cast)
    add(cast, posts=[Employment("Subject", "bank", "Director", date(2020, 1, 1), current=True)])
    assert Company.objects.get(name="Subject").kind == "hyperscaler"


@pytest.mark.parametrize(
    ("post", "sentence"),
    [
        (Employment(" ", "bank", "Director", date(2020, 1, 1)), "A post needs the name of its company."),
        (
            Employment("Larkmoor", "bank", "Director", date(2020, 1, 1), date(2019, 1, 1)),
            "The post at Larkmoor ends before it starts: check the two dates.",
        ),
        (
            Employment("Larkmoor", "bank", "Director", date(2020, 1, 1), date(2021, 1, 1), current=True),
            "The post at Larkmoor can't be current and have an end: leave one of them out.",
        ),
    ],
)
def test_add_expert_with_an_impossible_post_says_what_is_wrong(cast, post, sentence):
    with pytest.raises(Invalid, match=f"^{sentence}$"):
        add(cast, posts=[post])
    assert not Expert.objects.exists()


@pytest.mark.parametrize(("field", "words"), [("kind", "is no class of company"), ("level", "is no level")])
def test_add_expert_takes_only_known_levels_and_classes(cast, field, words):
    fields = {"company": "L", "kind": "bank", "level": "Director", "start": date(2020, 1, 1), field: "Head of Kiro"}
    with pytest.raises(Invalid, match=words):
        add(cast, posts=[Employment(**fields)])


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("cora", "Only an analyst may add experts and log interviews."),
        ("ada", "Only an analyst may add experts and log interviews."),
        ("rita", "Only an analyst may add experts and log interviews."),
        ("stranger", "You are not on this programme's team: ask an admin to add you."),
    ],
)
def test_add_expert_by_another_role_or_team_is_refused(cast, who, sentence):
    with pytest.raises(Refused, match=f"^{sentence}$"):
        add(cast, by=getattr(cast, who))


def test_identity_opens_after_a_second_person_agreed_and_each_step_is_on_the_record(cast, expert):
    request = experts.ask_identity(expert=expert, programme=cast.programme, purpose="conflict", by=cast.cora)
    experts.agree_identity(request=request, by=cast.cyrus)
    assert experts.reveal_identity(request=request, by=cast.cora) == DANA
    verbs = AuditEvent.objects.filter(verb__startswith="identity").values_list("verb", "actor")
    assert list(verbs) == [
        ("identity-asked", cast.cora.pk),
        ("identity-agreed", cast.cyrus.pk),
        ("identity-revealed", cast.cora.pk),
    ]


def test_identity_stays_sealed_until_somebody_agreed(cast, expert):
    request = experts.ask_identity(expert=expert, programme=cast.programme, purpose="conflict", by=cast.cora)
    with pytest.raises(IllegalMove, match="A second person has not agreed"):
        experts.reveal_identity(request=request, by=cast.cora)
    with pytest.raises(Refused, match="a second person must agree"):
        experts.agree_identity(request=request, by=cast.cora)


def test_identity_opens_only_to_the_person_who_asked_and_for_a_day(cast, expert):
    request = experts.ask_identity(expert=expert, programme=cast.programme, purpose="conflict", by=cast.cora)
    experts.agree_identity(request=request, by=cast.cyrus)
    with pytest.raises(Refused, match="Only the person who asked"):
        experts.reveal_identity(request=request, by=cast.cyrus)
    IdentityRequest.objects.update(agreed_at=timezone.now() - timedelta(hours=25))
    with pytest.raises(IllegalMove, match="more than a day old"):
        experts.reveal_identity(request=request, by=cast.cora)


@pytest.mark.parametrize("who", ["ana", "ada", "rita", "stranger"])
def test_identity_is_for_compliance_only(cast, expert, who):
    with pytest.raises(Refused):
        experts.ask_identity(expert=expert, programme=cast.programme, purpose="conflict", by=getattr(cast, who))


def test_identity_without_a_purpose_or_without_a_name_is_refused_in_words(cast, expert):
    with pytest.raises(Invalid, match="choose one of the purposes"):
        experts.ask_identity(expert=expert, programme=cast.programme, purpose="curious", by=cast.cora)
    unnamed = add(cast, identity=None)
    with pytest.raises(Invalid, match="No identity was sealed"):
        experts.ask_identity(expert=unnamed, programme=cast.programme, purpose="conflict", by=cast.cora)


def test_database_refuses_one_person_alone_for_an_identity(cast, expert):
    request = experts.ask_identity(expert=expert, programme=cast.programme, purpose="conflict", by=cast.cora)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdentityRequest.objects.filter(pk=request.pk).update(agreed_by=cast.cora, agreed_at=timezone.now())
