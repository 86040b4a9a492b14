"""A hall full of funds that all want a seat at once: rows for the burst tests, made and looked at inside Django."""

import json
import uuid

from django.db.models import Count
from rest_framework.authtoken.models import Token

from accounts import audit
from accounts.models import Message, User
from accounts.roles import Role
from research.models import Fund, FundMember, Participation, Programme, Seat, Signature
from tests.factories import make_programme


def fill(number: int) -> None:
    """So many funds, each with a lead who has a token."""
    funds = Fund.objects.bulk_create(Fund(name=f"Fund {n}", domain=f"fund{n}.example") for n in range(number))
    leads = User.objects.bulk_create(
        User(email=f"lead@fund{n}.example", name=f"Lead {n}", role=Role.FUND_LEAD, password="!") for n in range(number)
    )
    FundMember.objects.bulk_create(FundMember(fund=f, user=u) for f, u in zip(funds, leads, strict=True))
    Token.objects.bulk_create(Token(user=user, key=uuid.uuid4().hex) for user in leads)


def announce(slug: str, cap: int) -> None:
    """A programme with so many seats to which all funds are invited; prints what each needs to commit."""
    programme = make_programme(slug, cap=cap, state="open")
    Participation.objects.bulk_create(Participation(programme=programme, fund=fund) for fund in Fund.objects.all())
    parts = {part.fund_id: part.pk for part in programme.participations.all()}
    members = FundMember.objects.select_related("user__auth_token").order_by("pk")
    claims = [[str(parts[m.fund_id]), m.user.auth_token.key, m.user.name] for m in members]
    print(json.dumps({"sha256": programme.terms.get().sha256, "claims": claims}))


def look(slug: str) -> None:
    """Prints how many seats are taken, and every sign of a claim that is half there."""
    programme = Programme.objects.get(slug=slug)
    taken = list(Seat.objects.filter(programme=programme).exclude(state="free").select_related("fund"))
    funds = {seat.fund_id for seat in taken}
    seated = set(programme.participations.filter(state="seated").values_list("fund", flat=True))
    signed = {row.fund_id: row.pk for row in Signature.objects.filter(terms__programme=programme)}
    posted = {f"committed:{signed.get(seat.fund_id)}:{seat.pk}" for seat in taken}
    keys = Message.objects.filter(key__startswith="committed:", subject__startswith=programme.title)
    outbox = set(keys.values_list("key", flat=True))
    chains = [programme.chain, *(f"seat:{programme.pk}:{fund}" for fund in funds)]
    twice = Seat.objects.filter(programme=programme).values("number").annotate(n=Count("pk")).filter(n__gt=1).count()
    halves = {
        "participations and seats": seated ^ funds,
        "signatures and seats": set(signed) ^ funds,
        "messages and seats": outbox ^ posted,
        "broken chains": {name for name in chains if audit.verify(name).bad is not None},
        "numbers given twice": set(range(twice)),
    }
    print(json.dumps({"taken": len(taken), "halves": {name: len(odd) for name, odd in halves.items() if odd}}))
