from django.urls import reverse
from rest_framework.authtoken.models import Token

from accounts.models import AuditEvent


def test_token_is_shown_once_works_and_can_be_ended(cast, client):
    client.force_login(cast.ana)
    page = client.post(reverse("api_token"), {"act": "make"}).content.decode()
    key = Token.objects.get(user=cast.ana).key
    assert key in page
    assert key not in client.get(reverse("api_token")).content.decode()
    client.logout()
    headers = {"Authorization": f"Token {key}"}
    assert client.get("/api/v1/", headers=headers).status_code == 200
    client.force_login(cast.ana)
    client.post(reverse("api_token"), {"act": "end"})
    client.logout()
    assert client.get("/api/v1/", headers=headers).status_code == 401
    assert list(AuditEvent.objects.filter(chain="house").values_list("verb", flat=True)) == [
        "api-token-made",
        "api-token-ended",
    ]


def test_second_token_ends_the_first(cast, client):
    client.force_login(cast.rita)
    for _ in range(2):
        client.post(reverse("api_token"), {"act": "make"})
    assert Token.objects.filter(user=cast.rita).count() == 1
