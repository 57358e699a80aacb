"""What a link or the text of a QR code says by itself: where the wallet would go. Nobody hears that it was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from nlwallet.errors import InvalidRequest, LimitExceeded
from nlwallet.holder.readable import plain
from nlwallet.openid4vci import OFFER_SCHEMES, CredentialOffer, offer_reference
from nlwallet.openid4vp import AuthorizationRequestLink
from nlwallet.profiles import Profile

MAX_LINK: Final = 32_768
_WEBSITE: Final = 253


@dataclass(frozen=True, slots=True)
class WalletLink:
    """A link to a wallet. ``origin`` is where the wallet goes to learn more (``https://cafe.example``)."""

    text: str = field(repr=False)
    kind: Literal["request", "offer"]
    origin: str

    @property
    def website(self) -> str:
        """The host of that place, safe to show."""
        return plain(urlsplit(self.origin).hostname or "?", _WEBSITE)

    @classmethod
    def parse(cls, text: str, *, profile: Profile) -> WalletLink:
        """Read a link; white space in it, as comes along when one copies, is left out.

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        if len(text) > MAX_LINK:
            raise LimitExceeded(f"the link is longer than {MAX_LINK} characters")
        link = "".join(text.split())
        if link.partition(":")[0].lower() in OFFER_SCHEMES:
            source = offer_reference(link) or CredentialOffer.parse(link).credential_issuer
            return cls(link, "offer", _origin(source))
        asked = AuthorizationRequestLink.parse(link, by_value=profile.request_by_value)
        given = asked.parameters or {}
        source = asked.request_uri or given.get("response_uri") or given.get("redirect_uri") or ""
        return cls(link, "request", _origin(source or asked.client_id.partition(":")[2]))


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise InvalidRequest("the link names no website", spec="OpenID4VP 1.0 §5.10") from None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}" if host else f"https://{url.partition('/')[0]}"
