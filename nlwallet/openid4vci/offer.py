"""The credential offer: an issuer invites a wallet (OpenID4VCI 1.0 §4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import InvalidOffer
from nlwallet.openid4vci.url import is_issuer_identifier

PRE_AUTHORIZED_CODE = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
OFFER_SCHEMES = ("openid-credential-offer", "haip-vci", "eu-eaa-offer")

MAX_CONFIGURATIONS = 32
MAX_OFFER_LENGTH = 16_384
MAX_DESCRIPTION_LENGTH = 300


@dataclass(frozen=True, slots=True)
class TxCode:
    """What the wallet must ask its holder for: a code that came another way (§4.1.1)."""

    input_mode: str = "numeric"
    length: int | None = None
    description: str = ""

    def as_json(self) -> dict[str, Any]:
        """The ``tx_code`` object."""
        members: dict[str, Any] = {
            "input_mode": self.input_mode,
            "length": self.length,
            "description": self.description,
        }
        return {name: value for name, value in members.items() if value}


@dataclass(frozen=True, slots=True, repr=False)
class CredentialOffer:
    """An offer by value with the pre-authorized code grant; the other grants are not supported yet."""

    credential_issuer: str
    credential_configuration_ids: tuple[str, ...]
    pre_authorized_code: str
    tx_code: TxCode | None = None

    @classmethod
    def parse(cls, uri: str) -> CredentialOffer:
        """Read an offer link. What it says is not trusted: it only tells where to ask (§4.1).

        Raises :class:`~nlwallet.errors.InvalidOffer` or another RemoteError.
        """
        if len(uri) > MAX_OFFER_LENGTH:
            raise InvalidOffer(f"the offer is longer than {MAX_OFFER_LENGTH} characters")
        try:
            parts = urlsplit(uri.strip())
            fields = parse_qsl(parts.query, keep_blank_values=True, errors="strict")
        except ValueError:
            raise InvalidOffer("this is no link") from None
        if parts.scheme not in OFFER_SCHEMES:
            raise InvalidOffer(
                "this is no link of a credential offer",
                spec="OpenID4VCI 1.0 §4.1",
                hint=" or ".join(f"{scheme}://" for scheme in OFFER_SCHEMES),
            )
        values = [value for name, value in fields if name == "credential_offer"]
        if any(name == "credential_offer_uri" for name, _ in fields):
            raise InvalidOffer(
                "the offer comes by reference, which is not supported yet",
                spec="OpenID4VCI 1.0 §4.1.3",
                pointer="/credential_offer_uri",
                hint="send the offer by value in credential_offer",
            )
        if len(values) != 1:
            raise InvalidOffer(
                "the link holds no credential_offer",
                spec="OpenID4VCI 1.0 §4.1",
                hint="openid-credential-offer://?credential_offer={…}",
            )
        return cls.from_json(parse_json_object(values[0], what="the credential offer"))

    @classmethod
    def from_json(cls, offer: dict[str, Any]) -> CredentialOffer:
        """Read the offer object; unknown members are ignored."""
        issuer = offer.get("credential_issuer")
        if not is_issuer_identifier(issuer):
            raise InvalidOffer(
                "credential_issuer is no https URL without query and fragment",
                spec="OpenID4VCI 1.0 §12.2.1",
                pointer="/credential_issuer",
            )
        ids = offer.get("credential_configuration_ids")
        if (
            not isinstance(ids, list)
            or not 0 < len(ids) <= MAX_CONFIGURATIONS
            or not all(isinstance(each, str) and each for each in ids)
            or len(set(ids)) != len(ids)
        ):
            raise InvalidOffer(
                "credential_configuration_ids is no array of distinct names",
                spec="OpenID4VCI 1.0 §4.1.1",
                pointer="/credential_configuration_ids",
            )
        grants = offer.get("grants")
        grant = grants.get(PRE_AUTHORIZED_CODE) if isinstance(grants, dict) else None
        if not isinstance(grant, dict):
            raise InvalidOffer(
                "the offer has no pre-authorized code",
                spec="OpenID4VCI 1.0 §4.1.1",
                pointer="/grants",
                hint="the authorization code grant is not supported yet",
            )
        code = grant.get("pre-authorized_code")
        if not isinstance(code, str) or not code:
            raise InvalidOffer(
                "pre-authorized_code is missing", spec="OpenID4VCI 1.0 §4.1.1", pointer="/grants"
            )
        if "authorization_server" in grant:
            # It only means something where the metadata lists several, and such an issuer is not supported.
            raise InvalidOffer(
                "the offer chooses among several authorization servers, which is not supported yet",
                spec="OpenID4VCI 1.0 §4.1.1",
                pointer="/grants",
                hint="leave authorization_server out when there is only one",
            )
        return cls(issuer, tuple(ids), code, _tx_code(grant.get("tx_code")))

    def as_json(self) -> dict[str, Any]:
        """The offer object."""
        grant: dict[str, Any] = {"pre-authorized_code": self.pre_authorized_code}
        if self.tx_code is not None:
            grant["tx_code"] = self.tx_code.as_json()
        return {
            "credential_issuer": self.credential_issuer,
            "credential_configuration_ids": list(self.credential_configuration_ids),
            "grants": {PRE_AUTHORIZED_CODE: grant},
        }

    def uri(self, scheme: str = OFFER_SCHEMES[0]) -> str:
        """The link, by value; what a QR code holds."""
        return f"{scheme}://?{urlencode({'credential_offer': dump_json(self.as_json()).decode('utf-8')})}"

    def __repr__(self) -> str:  # the code is a secret until it is used
        return f"<CredentialOffer of {self.credential_issuer}>"


def _tx_code(value: Any) -> TxCode | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidOffer("tx_code is no object", spec="OpenID4VCI 1.0 §4.1.1", pointer="/grants")
    mode, length, description = (
        value.get("input_mode", "numeric"),
        value.get("length"),
        value.get("description", ""),
    )
    if mode not in ("numeric", "text") or not (length is None or (type(length) is int and 0 < length <= 64)):
        raise InvalidOffer("tx_code cannot be asked for", spec="OpenID4VCI 1.0 §4.1.1", pointer="/grants")
    if not isinstance(description, str) or len(description) > MAX_DESCRIPTION_LENGTH:
        raise InvalidOffer(
            "the description of tx_code is too long", spec="OpenID4VCI 1.0 §4.1.1", pointer="/grants"
        )
    return TxCode(mode, length, description)
