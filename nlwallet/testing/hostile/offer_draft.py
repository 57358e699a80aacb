"""An offer before it is shown, and what its issuer will say, everything in it open to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.sd_jwt_draft import SdJwtDraft

Change = Callable[[dict[str, Any]], object]


@dataclass(slots=True)
class OfferDraft:
    """An honest offer in pieces: ``offer`` goes into the link, the rest is done when the wallet comes."""

    offer: dict[str, Any]
    more: dict[str, str] = field(default_factory=dict)
    """Further parameters of the link."""
    change_metadata: Change | None = field(default=None, repr=False)
    change_server: Change | None = field(default=None, repr=False)
    """The metadata of the authorization server."""
    change_credential: Callable[[SdJwtDraft], object] | None = field(default=None, repr=False)
    change_way_back: Callable[[str], str] | None = field(default=None, repr=False)
    """The address at which the holder comes back from the authorization page."""
    may_keep: bool = False
    """Whether the card may be kept: the attack is elsewhere."""
    token_requests: int = 0
    notified: list[str] = field(default_factory=list)
    """The events that the wallet told its issuer."""

    @property
    def configuration_id(self) -> str:
        """The one configuration that is offered."""
        name: str = self.offer["credential_configuration_ids"][0]
        return name

    def uri(self) -> str:
        """The link, with the offer in it."""
        members = {"credential_offer": as_json(self.offer).decode("utf-8"), **self.more}
        return f"openid-credential-offer://?{urlencode(members)}"
