"""Addresses that a party gave for questions and complaints, and what of them may be opened (TS7, TS8).

They come from certificates, and end in a link that the holder opens. So only three forms pass: a web page over
https, one e-mail address, one telephone number. What kind an address is shows from its content (TS7 §3.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp import check_https_uri

Channel: TypeAlias = Literal["web", "email", "telephone"]

CHANNELS: Final[tuple[Channel, ...]] = ("web", "email", "telephone")
"""In the order of TS7 §3.3."""

MAX_CONTACTS: Final = 16

_EMAIL: Final = re.compile(
    r"[A-Za-z0-9_+'-]+(?:\.[A-Za-z0-9_+'-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_MAX_EMAIL: Final = 254
_TELEPHONE: Final = re.compile(r"\+?[0-9](?:[ ().-]*[0-9])*")
_CALLING_CODES: Final[Mapping[str, str]] = {
    "AT": "43", "BE": "32", "BG": "359", "CY": "357", "CZ": "420", "DE": "49", "DK": "45", "EE": "372",
    "EL": "30", "ES": "34", "FI": "358", "FR": "33", "GR": "30", "HR": "385", "HU": "36", "IE": "353",
    "IS": "354", "IT": "39", "LI": "423", "LT": "370", "LU": "352", "LV": "371", "MT": "356", "NL": "31",
    "NO": "47", "PL": "48", "PT": "351", "RO": "40", "SE": "46", "SI": "386", "SK": "421",
}  # fmt: skip
"""Of the EU and the EEA (ITU-T E.164)."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One address that may be opened: an https URL, an e-mail address, or a telephone number (RFC 3966)."""

    channel: Channel
    address: str

    def uri(self, *, subject: str = "", body: str = "") -> str:
        """The link that opens it; a ``mailto:`` brings subject and body along (RFC 6068)."""
        if self.channel == "email":
            # Line breaks are %0D%0A there (§5); whatever else is no letter or digit is encoded too.
            fields = {"subject": subject, "body": body.replace("\n", "\r\n")}
            query = "&".join(f"{name}={quote(text, safe='')}" for name, text in fields.items() if text)
            return f"mailto:{quote(self.address, safe='@')}" + (f"?{query}" if query else "")
        return f"tel:{self.address}" if self.channel == "telephone" else self.address


def contact(text: str, *, country: str = "") -> Contact | None:
    """The address in ``text``, or ``None`` when it is not one of the three forms.

    ``country`` (``NL``) is where a number without ``+`` is dialled. A ``mailto:`` with anything but one address is
    refused: it could say more than the holder sees.
    """
    scheme, _, rest = text.partition(":")
    if scheme.lower() == "https":
        return _web(text)
    if scheme.lower() == "mailto":
        return _email(rest)
    if scheme.lower() == "tel":
        return _telephone(rest, country)
    return _email(text) or _telephone(text, country)


def contacts(texts: Iterable[str], *, country: str = "") -> tuple[Contact, ...]:
    """Those of ``texts`` that may be opened, each once: web pages, then e-mail, then telephone."""
    found = dict.fromkeys(contact(text, country=country) for text in texts)
    usable = [one for one in found if one is not None]
    return tuple(sorted(usable, key=lambda one: CHANNELS.index(one.channel))[:MAX_CONTACTS])


def _web(text: str) -> Contact | None:
    try:
        check_https_uri(text.partition("#")[0], pointer="/contact")
    except InvalidRequest:
        return None
    return Contact("web", text) if text.isascii() and text.isprintable() and " " not in text else None


def _email(text: str) -> Contact | None:
    if len(text) > _MAX_EMAIL or not _EMAIL.fullmatch(text):
        return None
    return Contact("email", text)


def _telephone(text: str, country: str) -> Contact | None:
    number = text.strip(" ")
    if len(number) > 32 or not _TELEPHONE.fullmatch(number):
        return None
    if number.startswith(("+", "00")):
        number = number.replace("(0)", "")  # dialled at home only: +31 (0)20 is +3120 from everywhere
    digits = re.sub(r"\D", "", number)
    if number.startswith("00"):
        number, digits = f"+{digits[2:]}", digits[2:]
    if not 3 <= len(digits) <= 15:
        return None
    if number.startswith("+"):
        return Contact("telephone", f"+{digits}")
    code = _CALLING_CODES.get(country)
    # A number that is not global says where it is dialled (RFC 3966 §5.1.5).
    return Contact("telephone", f"{digits};phone-context=+{code}") if code else None
