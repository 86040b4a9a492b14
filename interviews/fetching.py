"""One file from an address that a person gave, without letting that address reach anything but the open internet.

https alone, on its own port, to an address that belongs to nobody's own network; the name is looked up once and the
connection goes to what was found, so that it can't be looked up anew in between. No redirects, no credentials, little time.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from accounts.moves import Invalid

SECONDS, ALL_SECONDS = 10, 30
Address = tuple[str, int]


def url_trouble(url: str) -> str | None:
    """Why an address can't be used, as a sentence, or None. Looks nothing up."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "This address can't be read: copy it whole, from https:// to its end."
    if parts.scheme != "https":
        return "Give an address that begins with https://; others can be read on the way."
    if parts.username is not None or parts.password is not None:
        return "Leave the name and password out of the address: use the private link that your calendar offers."
    if not host or not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        return "This address can't be read: copy it whole, from https:// to its end."
    if port not in (None, 443):
        return "Only the usual port of https can be used: leave the number after the colon out."
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return None if "." in host else "Give the whole name of the machine, such as calendar.example.com."
    return None if is_public(str(literal)) else "This address belongs to a private network and can't be used."


def is_public(address: str) -> bool:
    """True for an address of the open internet: not of a private network, this machine, a link, or a way into one."""
    try:
        there = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(there, ipaddress.IPv6Address):
        inside = there.ipv4_mapped or there.sixtofour or (there.teredo[1] if there.teredo else None)
        # 64:ff9b::/96 and its local sister carry an IPv4 address in their last 32 bits (RFC 6052, 8215).
        if there in ipaddress.ip_network("64:ff9b::/96") or there in ipaddress.ip_network("64:ff9b:1::/48"):
            inside = ipaddress.IPv4Address(int(there) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
    return there.is_global and not (there.is_multicast or there.is_reserved or there.is_unspecified)


def public_address(host: str) -> Address:
    """Where a name leads. Invalid when it leads nowhere, or anywhere that is not public."""
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise Invalid(f"There is no machine called {host}: look at the address again.") from None
    if not found or not all(is_public(address) for address in found):
        raise Invalid("This address belongs to a private network and can't be used.")
    # IPv4 first: many machines have no way out by IPv6.
    return min(found, key=lambda address: (":" in address, address)), 443


class _Line(http.client.HTTPSConnection):
    """A connection to an address that was looked up before, with the certificate of the name."""

    def __init__(self, host: str, address: Address, context: ssl.SSLContext):
        super().__init__(host, timeout=SECONDS, context=context)
        self.address, self.wrapping = address, context

    def connect(self) -> None:
        line = socket.create_connection(self.address, SECONDS)
        self.sock = self.wrapping.wrap_socket(line, server_hostname=self.host)


def fetch(
    url: str,
    most: int,
    *,
    resolve: Callable[[str], Address] = public_address,
    context: ssl.SSLContext | None = None,
) -> bytes:
    """The bytes at an address, at most `most`. Invalid, with a sentence, for whatever goes wrong."""
    if sentence := url_trouble(url):
        raise Invalid(sentence)
    parts = urlsplit(url)
    host = str(parts.hostname)
    line = _Line(host, resolve(host), context or ssl.create_default_context())
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("GET", path, headers={"Accept": "text/calendar", "User-Agent": "calendar-reader"})
        return _body(line.getresponse(), most)
    except ssl.SSLError:
        raise Invalid("The other machine could not prove who it is, so nothing was read.") from None
    except (OSError, http.client.HTTPException):
        raise Invalid("The other machine did not answer as it should. It will be asked again later.") from None
    finally:
        line.close()


def _body(answer: http.client.HTTPResponse, most: int) -> bytes:
    if 300 <= answer.status < 400:
        raise Invalid("This address leads on to another one: give the one to which it leads.")
    if answer.status != 200:
        raise Invalid(f"The other machine refused to give the calendar (it answered {answer.status}).")
    end, parts, size = time.monotonic() + ALL_SECONDS, [], 0
    while part := answer.read1(65_536):
        parts.append(part)
        size += len(part)
        if size > most:
            raise Invalid(f"The calendar is larger than {most // 1_000_000} MB: subscribe to a shorter one.")
        if time.monotonic() > end:
            raise Invalid("The other machine is too slow. It will be asked again later.")
    return b"".join(parts)
