"""The credential offer: an issuer invites a wallet (OpenID4VCI 1.0 §4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import InvalidOffer
from nlwallet.openid4vci.url import is_offered_url, is_offering_issuer

PRE_AUTHORIZED_CODE = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
AUTHORIZATION_CODE = "authorization_code"
OFFER_SCHEMES = ("openid-credential-offer", "haip-vci", "eu-eaa-offer")

MAX_CONFIGURATIONS = 32
MAX_OFFER_LENGTH = 16_384
MAX_DESCRIPTION_LENGTH = 300
MAX_STATE_LENGTH = 2048


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
    """What an issuer offers, and how a wallet may get it (§4.1.1).

    ``pre_authorized_code`` and ``authorization_code`` are the grants; with neither, the metadata of the
    authorization server tells. ``issuer_state`` and the two servers are text from outside: anybody can write an
    offer.
    """

    credential_issuer: str
    credential_configuration_ids: tuple[str, ...]
    pre_authorized_code: str | None = None
    tx_code: TxCode | None = None
    authorization_code: bool = False
    issuer_state: str | None = None
    authorization_server: str | None = None
    """Which of several servers to ask; it must be one that the issuer's metadata names."""

    @classmethod
    def parse(cls, uri: str) -> CredentialOffer:
        """Read an offer link by value. What it says is not trusted: it only tells where to ask (§4.1).

        Raises :class:`~nlwallet.errors.InvalidOffer` or another RemoteError.
        """
        value = _parameter(uri, "credential_offer")
        return cls.from_json(parse_json_object(value, what="the credential offer"))

    @classmethod
    def from_json(cls, offer: dict[str, Any]) -> CredentialOffer:
        """Read the offer object; unknown members are ignored."""
        issuer = offer.get("credential_issuer")
        if not is_offering_issuer(issuer):
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
        grants = offer.get("grants", {})
        if not isinstance(grants, dict):
            raise _invalid_grants("grants is no object")
        by_code, pre_authorized = grants.get(AUTHORIZATION_CODE), grants.get(PRE_AUTHORIZED_CODE)
        if grants and by_code is None and pre_authorized is None:
            raise _invalid_grants("none of the grants is one that this wallet knows")
        code, tx_code = _pre_authorized(pre_authorized)
        return cls(
            issuer,
            tuple(ids),
            code,
            tx_code,
            authorization_code=by_code is not None,
            issuer_state=_text(by_code, "issuer_state"),
            authorization_server=_text(pre_authorized, "authorization_server")
            or _text(by_code, "authorization_server"),
        )

    @property
    def grants(self) -> frozenset[str]:
        """The grants that it can be taken up with; an offer that names none leaves the authorization code."""
        named = (
            (PRE_AUTHORIZED_CODE, self.pre_authorized_code is not None),
            (AUTHORIZATION_CODE, self.authorization_code),
        )
        return frozenset(name for name, is_named in named if is_named) or frozenset({AUTHORIZATION_CODE})

    def as_json(self) -> dict[str, Any]:
        """The offer object."""
        grants: dict[str, Any] = {}
        server = {"authorization_server": self.authorization_server} if self.authorization_server else {}
        if self.authorization_code:
            state = {"issuer_state": self.issuer_state} if self.issuer_state else {}
            grants[AUTHORIZATION_CODE] = {**state, **server}
        if self.pre_authorized_code is not None:
            tx_code = {"tx_code": self.tx_code.as_json()} if self.tx_code is not None else {}
            grants[PRE_AUTHORIZED_CODE] = {
                "pre-authorized_code": self.pre_authorized_code,
                **tx_code,
                **server,
            }
        return {
            "credential_issuer": self.credential_issuer,
            "credential_configuration_ids": list(self.credential_configuration_ids),
            **({"grants": grants} if grants else {}),
        }

    def uri(self, scheme: str = OFFER_SCHEMES[0]) -> str:
        """The link, by value; what a QR code holds."""
        return f"{scheme}://?{urlencode({'credential_offer': dump_json(self.as_json()).decode('utf-8')})}"

    def __repr__(self) -> str:  # the code is a secret until it is used
        return f"<CredentialOffer of {self.credential_issuer}>"


def offer_reference(uri: str) -> str | None:
    """The https URL of an offer by reference; ``None`` for a link that holds the offer itself (§4.1.3).

    Raises :class:`~nlwallet.errors.InvalidOffer`.
    """
    if "credential_offer_uri" not in _fields(uri):
        return None
    url = _parameter(uri, "credential_offer_uri")
    if not is_offered_url(url):
        raise InvalidOffer(
            "credential_offer_uri is no https URL",
            spec="OpenID4VCI 1.0 §4.1",
            pointer="/credential_offer_uri",
        )
    return url


def offer_link(credential_offer_uri: str, scheme: str = OFFER_SCHEMES[0]) -> str:
    """The link of an offer by reference: short enough for any QR code."""
    return f"{scheme}://?{urlencode({'credential_offer_uri': credential_offer_uri})}"


def _fields(uri: str) -> dict[str, list[str]]:
    if len(uri) > MAX_OFFER_LENGTH:
        raise InvalidOffer(f"the offer is longer than {MAX_OFFER_LENGTH} characters")
    try:
        parts = urlsplit(uri.strip())
        pairs = parse_qsl(parts.query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise InvalidOffer("this is no link") from None
    if parts.scheme not in OFFER_SCHEMES:
        raise InvalidOffer(
            "this is no link of a credential offer",
            spec="OpenID4VCI 1.0 §4.1",
            hint=" or ".join(f"{scheme}://" for scheme in OFFER_SCHEMES),
        )
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _parameter(uri: str, name: str) -> str:
    fields = _fields(uri)
    values = fields.get("credential_offer", []) + fields.get("credential_offer_uri", [])
    if len(values) != 1 or name not in fields:
        raise InvalidOffer(
            "the link holds exactly one of credential_offer and credential_offer_uri",
            spec="OpenID4VCI 1.0 §4.1",
            hint="openid-credential-offer://?credential_offer={…}",
        )
    return values[0]


def _pre_authorized(grant: Any) -> tuple[str | None, TxCode | None]:
    if grant is None:
        return None, None
    code = grant.get("pre-authorized_code") if isinstance(grant, dict) else None
    if not isinstance(code, str) or not code:
        raise _invalid_grants("pre-authorized_code is missing")
    return code, _tx_code(grant.get("tx_code"))


def _text(grant: Any, name: str) -> str | None:
    if grant is None:
        return None
    if not isinstance(grant, dict):
        raise _invalid_grants("a grant is no object")
    value = grant.get(name)
    if value is not None and (not isinstance(value, str) or not 0 < len(value) <= MAX_STATE_LENGTH):
        raise _invalid_grants(f"{name} is no text of at most {MAX_STATE_LENGTH} characters")
    return value


def _invalid_grants(reason: str) -> InvalidOffer:
    return InvalidOffer(reason, spec="OpenID4VCI 1.0 §4.1.1", pointer="/grants")


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
