"""Ways to reach a person in their normal form, and the keyed digests by which the same person is found again.

Pure. A digest is HMAC-SHA-256 under a key that the database does not hold, so that nobody can try addresses against it
(RFC 2104). Two spellings of one address give one digest; an address that can't be understood gives none.
"""

import hashlib
import hmac
import re
import unicodedata
from urllib.parse import unquote, urlsplit

EMAIL, PHONE, PROFILE = "email", "phone", "profile"
_CONTEXT = b"expert identity keys, version 1"
# Hosts that deliver an address with and without dots to one mailbox.
_DOTLESS = {"gmail.com", "googlemail.com"}
_SHORTEST_PHONE = 7
_NO_DIGITS = re.compile(r"\D+")
_LEGAL_FORM = re.compile(
    r"\b(?:ltd|limited|plc|inc|incorporated|corp|corporation|co|company|llc|llp|lp|gmbh|ag|kg|se|sa|sas|sarl|spa|srl|bv|nv|ab|oy|as|aps|"
    r"pty|pte|kk|holdings?)\b"
)


def normal_email(text: str) -> str:
    """An address without what does not change the mailbox: case, a tag after "+", dots at Gmail. "" for what is none.

    >>> normal_email(" Dana.Whitlock+work@GoogleMail.com ")
    'danawhitlock@gmail.com'
    """
    name, at, host = _plain(text).rpartition("@")
    name = name.partition("+")[0]
    if not at or not name or "." not in host or re.search(r"\s", name + host):
        return ""
    if host in _DOTLESS:
        name, host = name.replace(".", ""), "gmail.com"
    return f"{name}@{host}"


def normal_phone(text: str) -> str:
    """Digits with the country's code where one is given, as E.164 writes them; "" for fewer than seven digits.

    A number without the country's code stays as it is, so it is found again only when it is written so again.

    >>> normal_phone("+44 (0)20 7946 0958"), normal_phone("0044 20 79460958")
    ('+442079460958', '+442079460958')
    """
    said = unicodedata.normalize("NFKC", text).strip()
    abroad = said.startswith("+")
    digits = _NO_DIGITS.sub("", re.sub(r"\(0\)", "", said) if abroad or said.startswith("00") else said)
    if not abroad and digits.startswith("00"):
        abroad, digits = True, digits[2:]
    if len(digits) < _SHORTEST_PHONE:
        return ""
    return f"+{digits}" if abroad else digits


def normal_profile(text: str) -> str:
    """The host and path of a profile page, without scheme, www, country's subdomain, query and case; "" for what is none.

    >>> normal_profile("https://uk.LinkedIn.com/in/Dana-Whitlock/?trk=x")
    'linkedin.com/in/dana-whitlock'
    """
    said = unicodedata.normalize("NFKC", text).strip()
    try:
        parts = urlsplit(said if "://" in said else f"https://{said}")
        host = (parts.hostname or "").casefold()
    except ValueError:
        return ""
    host = re.sub(r"^(?:www|m|mobile)\.", "", host)
    steps = [step for step in unquote(parts.path).casefold().split("/") if step]
    if host.endswith(".linkedin.com") or host == "linkedin.com":
        host, steps = "linkedin.com", steps[:2]
    if "." not in host or not steps or re.search(r"\s", host):
        return ""
    return "/".join([host, *steps])


_NORMAL = {EMAIL: normal_email, PHONE: normal_phone, PROFILE: normal_profile}


def digests(secret: str, *, email: str = "", phone: str = "", profile: str = "") -> dict[str, str]:
    """The digest of each way to reach a person that can be understood, by its kind.

    `secret` is the key of the sealed identities; the digests use one derived from it, so that neither tells of the other.
    """
    derived = hmac.digest(secret.encode(), _CONTEXT, "sha256")
    given = {EMAIL: email, PHONE: phone, PROFILE: profile}
    normal = {kind: _NORMAL[kind](text) for kind, text in given.items() if text}
    return {
        kind: hmac.new(derived, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
        for kind, value in normal.items()
        if value
    }


def normal_company(name: str) -> str:
    """A company's name without case, accents, punctuation and legal form.

    >>> normal_company("Bâle Capital, Ltd.") == normal_company("BALE Capital")
    True
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = re.sub(r"[^\w\s]", "", plain.replace("&", " and ").replace("-", " "))
    return " ".join(_LEGAL_FORM.sub(" ", words).split()) or " ".join(words.split())


def normal_name(name: str) -> str:
    """A person's name for comparing: without case, accents, titles and punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = re.sub(r"[^\w\s]", " ", plain.replace("'", "").replace("’", "")).split()
    return " ".join(word for word in words if word not in {"dr", "mr", "mrs", "ms", "prof", "sir", "phd", "jr", "sr"})


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold().removeprefix("mailto:")
