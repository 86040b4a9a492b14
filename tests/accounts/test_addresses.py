import pytest
from django.test import RequestFactory

from accounts.addresses import client_address


@pytest.mark.parametrize(
    ("behind", "remote", "forwarded", "expected"),
    [
        (False, "192.0.2.7", "203.0.113.9", "192.0.2.7"),
        (False, "2001:DB8::1", "", "2001:db8::1"),
        (False, "", "203.0.113.9", None),
        (True, "127.0.0.1", "203.0.113.9", "203.0.113.9"),
        (True, "127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (True, "127.0.0.1", "", "127.0.0.1"),
        (True, "127.0.0.1", "unknown", None),
    ],
)
def test_client_address_believes_only_our_own_proxy(settings, behind, remote, forwarded, expected):
    settings.BEHIND_PROXY = behind
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **headers)) == expected
