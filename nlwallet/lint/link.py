"""The link or QR code: its scheme and its parameters (OpenID4VP 1.0 §5.1, §5.4, §5.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from nlwallet.encoding import parse_json
from nlwallet.errors import LimitExceeded, MalformedInput, RemoteError
from nlwallet.lint.channel import Channel
from nlwallet.lint.client_id import check_client_id
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below, shown, tell_unknown
from nlwallet.lint.parameters import check_address

SCHEMES = frozenset({"openid4vp", "haip-vp", "eu-eaap"})
AS_JSON = ("dcql_query", "client_metadata", "transaction_data", "verifier_info", "presentation_definition")
MAX_QR_BYTES = 2953
"""What the largest QR code holds (ISO/IEC 18004, version 40-L)."""

_MAX_LENGTH = 262_144
_MAX_FIELDS = 64
_OLD_SCHEMES = frozenset(
    {"haip", "mdoc-openid4vp", "openid", "openid-vc", "openid-vp", "eudi-openid4vp", "eudi-wallet"}
)
_OF_A_LINK = ("client_id", "request_uri", "request_uri_method", "request", "state")


@dataclass(frozen=True, slots=True)
class Link:
    """A link taken apart; ``parameters`` with JSON where JSON belongs, as far as it could be read."""

    scheme: str
    parameters: Mapping[str, Any]
    repeated: tuple[str, ...] = ()

    @property
    def request_uri(self) -> str | None:
        """Where the request object is."""
        return self.parameters.get("request_uri")

    @property
    def request_uri_method(self) -> str:
        """``get`` or ``post``; anything else counts as ``get``."""
        return "post" if self.parameters.get("request_uri_method") == "post" else "get"

    @property
    def request(self) -> str | None:
        """The request object itself."""
        return self.parameters.get("request")

    @classmethod
    def parse(cls, text: str) -> Link:
        """Take a link apart. Raises :class:`~nlwallet.errors.RemoteError` for what is no link."""
        if len(text) > _MAX_LENGTH:
            raise LimitExceeded(f"the link is longer than {_MAX_LENGTH} characters")
        endpoint, _, rest = text.partition("?")
        scheme = endpoint.partition(":")[0].lower()
        try:
            pairs = parse_qsl(
                rest.partition("#")[0], keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
            )
        except ValueError:
            raise MalformedInput(
                "the link has parameters that are no form-encoded UTF-8, or too many of them",
                spec="OpenID4VP 1.0 §5.4",
            ) from None
        parameters: dict[str, Any] = {}
        repeated = [name for n, (name, _) in enumerate(pairs) if any(name == one for one, _ in pairs[:n])]
        for name, value in pairs:
            parameters.setdefault(name, value)
        return cls(scheme, parameters, tuple(dict.fromkeys(repeated)))


def check_link(link: Link, text: str, log: Findings) -> None:
    """All that can be said of the link itself; the request inside is looked at elsewhere."""
    _check_scheme(link.scheme, log)
    for name in link.repeated:
        log.error("REQ-06", below("", name), f"The link names {shown(name)} twice.", "Name it once.")
    parameters = link.parameters
    if "client_id" not in parameters:
        log.error("V-11", "", "The link has no client_id.", "Add it, with its prefix.")
    by_reference, by_value = "request_uri" in parameters, "request" in parameters
    if by_reference and by_value:
        log.error(
            "REQ-06",
            "/request",
            "The link has both request and request_uri.",
            "Keep request_uri.",
            spec="RFC 9101 §5",
        )
    _check_method(parameters, by_reference, log)
    if by_reference:
        check_address(parameters["request_uri"], "/request_uri", "request_uri", log)
    else:
        check = "NL-13" if log.rules.nl_wallet else "HV-09"
        if log.rules.nl_wallet or not log.rules.profile.request_by_value:
            text_ = "The link holds the request itself, where this profile wants a request_uri."
            log.error(
                check, "/request" if by_value else "", text_, "Serve a signed request object, and link to it."
            )
    if by_reference or by_value:
        _check_beside(parameters, log)
    if len(text.encode("utf-8", "replace")) > MAX_QR_BYTES:
        log.warning(
            "HV-09",
            "",
            f"The link is longer than the {MAX_QR_BYTES} bytes of a QR code.",
            "Pass the request by reference.",
            spec="ISO/IEC 18004",
        )


def check_client_of_link(link: Link, log: Findings) -> None:
    """The client_id of a link whose request object nobody has seen."""
    if "client_id" in link.parameters:
        scheme = link.parameters.get("client_id_scheme")
        check_client_id(link.parameters["client_id"], "/client_id", scheme, Channel(), log)


def unsigned_claims(link: Link, log: Findings) -> dict[str, Any]:
    """The parameters of a link that is the whole request, with the JSON in them read."""
    claims = dict(link.parameters)
    for name in AS_JSON:
        if name not in claims:
            continue
        try:
            claims[name] = parse_json(claims[name], what=name, pointer=below("", name))
        except RemoteError as error:
            log.error(
                "V-03", below("", name), f"In a link {name} is JSON text, and this is none.", error.hint
            )
            del claims[name]
    return claims


def _check_scheme(scheme: str, log: Findings) -> None:
    if scheme in _OLD_SCHEMES:
        log.warning(
            "OLD-12",
            "",
            f"The scheme {scheme} is of drafts or of a single wallet.",
            "Use openid4vp, haip-vp or eu-eaap.",
        )
    elif scheme == "http":
        log.error("REQ-04", "", "A universal link is https.", "Use https.")
    elif scheme not in SCHEMES and scheme != "https":
        log.note(
            "HV-13",
            "",
            f"The scheme {shown(scheme)} opens only wallets that registered it.",
            "openid4vp, haip-vp and eu-eaap are common.",
        )


def _check_method(parameters: Mapping[str, Any], by_reference: bool, log: Findings) -> None:  # noqa: FBT001
    if "request_uri_method" not in parameters:
        return
    place = "/request_uri_method"
    if not by_reference:
        log.error(
            "V-17",
            place,
            "request_uri_method stands without a request_uri.",
            Fix("Leave it out.", ({"op": "remove", "path": place},)),
        )
    elif parameters["request_uri_method"] not in ("get", "post"):
        log.error(
            "V-17",
            place,
            "request_uri_method is neither get nor post; the values are case-sensitive.",
            "Write get or post.",
        )


def _check_beside(parameters: Mapping[str, Any], log: Findings) -> None:
    allowed = {*_OF_A_LINK, *(("client_metadata",) if parameters.get("request_uri_method") == "post" else ())}
    beside = [name for name in parameters if name not in allowed]
    known = [
        name
        for name in beside
        if name
        in (
            *AS_JSON,
            "response_type",
            "response_mode",
            "response_uri",
            "redirect_uri",
            "nonce",
            "scope",
            "client_metadata",
            "client_id_scheme",
        )
    ]
    for name in known:
        if name == "client_id_scheme":
            log.error(
                "OLD-02",
                below("", name),
                "client_id_scheme is gone since draft 22.",
                "Write it as the prefix of the client_id.",
            )
        else:
            log.warning(
                "W-04",
                below("", name),
                f"A wallet takes {name} from the request object only, never from the link.",
                "Leave it out of the link.",
            )
    tell_unknown({n: 0 for n in beside if n not in known}, _OF_A_LINK, "", "A link", log)
