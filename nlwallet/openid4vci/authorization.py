"""The authorization request, pushed, and the answer with its code (OpenID4VCI 1.0 §5, RFC 9126, RFC 9207)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from nlwallet.errors import InvalidOffer, IssuanceRefused
from nlwallet.loopback import is_loopback
from nlwallet.openid4vci.authorization_details import parse_details_parameter
from nlwallet.openid4vci.codes import ErrorCode, refusal
from nlwallet.openid4vci.pkce import CHALLENGE_METHOD, is_code_challenge
from nlwallet.openid4vci.url import is_https_url, is_localhost_redirect, is_loopback_redirect

REQUEST_URI_PREFIX = "urn:ietf:params:oauth:request_uri:"
MAX_PARAMETER_LENGTH = 2048
MAX_DESCRIPTION_LENGTH = 200
"""Of what an issuer says about an error, as it is shown."""
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a wallet pushes. ``scope`` holds scope values, ``configuration_ids`` those of authorization_details."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    state: str | None = field(default=None, repr=False)
    scope: tuple[str, ...] = ()
    configuration_ids: tuple[str, ...] = ()
    issuer_state: str | None = field(default=None, repr=False)
    """From an offer; it may have been put there by anybody who made the link (§5.1.3)."""
    dpop_jkt: str | None = None
    """The thumbprint of the DPoP key that the code is for (RFC 9449 §10)."""

    @classmethod
    def parse(
        cls, fields: Mapping[str, str], *, credential_issuer: str, locations_required: bool = False
    ) -> AuthorizationRequest:
        """Read pushed parameters; unknown ones are ignored.

        ``locations_required``: the authorization server has an identifier of its own (§5.1.1). Raises
        :class:`~nlwallet.errors.IssuanceRefused` with the code of RFC 6749 §4.1.2.1.
        """
        given = {name: value for name, value in fields.items() if value}
        if "request_uri" in given:
            raise _refused("request_uri cannot be pushed", "/request_uri", spec="RFC 9126 §2.1")
        if "request" in given:
            raise _refused("a request object is not taken here", "/request", spec="RFC 9126 §3")
        for name, value in given.items():
            if name != "authorization_details" and len(value) > MAX_PARAMETER_LENGTH:
                raise _refused(f"a parameter is longer than {MAX_PARAMETER_LENGTH} characters", f"/{name}")
        if given.get("response_type") != "code":
            raise _refused(
                "response_type is not code", "/response_type", code=ErrorCode.UNSUPPORTED_RESPONSE_TYPE
            )
        if "client_id" not in given:
            raise _refused("client_id is missing", "/client_id", code=ErrorCode.INVALID_CLIENT)
        redirect_uri = given.get("redirect_uri", "")
        if not is_redirect_uri(redirect_uri, issuer=credential_issuer):
            raise _refused_redirect(redirect_uri)
        challenge = given.get("code_challenge")
        if given.get("code_challenge_method") != CHALLENGE_METHOD or not is_code_challenge(challenge):
            raise _refused("PKCE with S256 is required", "/code_challenge", spec="HAIP 1.0 §4")
        if given.get("dpop_jkt") is not None and not _THUMBPRINT.fullmatch(given["dpop_jkt"]):
            raise _refused("dpop_jkt is no SHA-256 thumbprint", "/dpop_jkt", spec="RFC 9449 §10")
        check_resource(given, credential_issuer=credential_issuer)
        details = given.get("authorization_details")
        scope = tuple(dict.fromkeys(given.get("scope", "").split()))
        if details is None and not scope:
            raise _refused("neither scope nor authorization_details", "/scope", code=ErrorCode.INVALID_SCOPE)
        return cls(
            client_id=given["client_id"],
            redirect_uri=redirect_uri,
            code_challenge=challenge or "",
            state=given.get("state"),
            scope=scope,
            configuration_ids=parse_details_parameter(
                details, credential_issuer=credential_issuer, locations_required=locations_required
            )
            if details is not None
            else (),
            issuer_state=given.get("issuer_state"),
            dpop_jkt=given.get("dpop_jkt"),
        )


def check_resource(fields: Mapping[str, str], *, credential_issuer: str) -> None:
    """A ``resource``, where a wallet names one, is this credential issuer (§5.1.2, RFC 8707 §2).

    Raises :class:`~nlwallet.errors.IssuanceRefused` with the code ``invalid_target``.
    """
    if fields.get("resource") not in (None, "", credential_issuer):
        raise _refused(
            "resource is not this credential issuer",
            "/resource",
            code=ErrorCode.INVALID_TARGET,
            spec="RFC 8707 §2",
        )


def is_redirect_uri(value: str, *, issuer: str = "") -> bool:
    """Whether a user may be sent there: https, or an app of hers (RFC 8252 §7).

    That has a private scheme (``org.example.wallet:/cb``), or a port of her own machine (``http://127.0.0.1:8402/cb``).
    Where the ``issuer`` is on that machine itself, under a name that stands for it, so may the app be
    (``http://localhost:8402/cb``): §8.3 does not recommend it, and leaves it to the server.
    """
    if is_https_url(value) or is_loopback_redirect(value):
        return True
    if is_localhost_redirect(value) and is_loopback(urlsplit(issuer).hostname or ""):
        return True
    if "#" in value or len(value) > MAX_PARAMETER_LENGTH or not value.isascii() or not value.isprintable():
        return False
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        return False
    # RFC 8252 §7.1: a domain name in reverse order, so that it holds a dot and no other app has it.
    return "." in scheme and value.startswith(f"{scheme}:")


def _refused_redirect(value: str) -> IssuanceRefused:
    if is_localhost_redirect(value):
        text = "redirect_uri names localhost: name the loopback address, as in http://127.0.0.1:8402/cb"
        return _refused(text, "/redirect_uri", spec="RFC 8252 §8.3")
    if value.startswith("http:"):
        text = "redirect_uri is http to another machine than the user's own"
        return _refused(text, "/redirect_uri", spec="RFC 9700 §2.6")
    return _refused("redirect_uri is missing, or no absolute URI without fragment", "/redirect_uri")


@dataclass(frozen=True, slots=True)
class AuthorizationCodeResponse:
    """What came back to the wallet's redirect_uri: a code, and who says so."""

    code: str = field(repr=False)

    @classmethod
    def parse(
        cls, redirected_to: str, *, redirect_uri: str, state: str, issuer: str, iss_required: bool
    ) -> AuthorizationCodeResponse:
        """Read the URI that the user agent was sent to.

        ``state`` is the wallet's own, ``issuer`` the authorization server that it asked (RFC 9207 §2.4).
        Raises :class:`~nlwallet.errors.InvalidOffer`, or :class:`~nlwallet.errors.IssuanceRefused` with the
        code of an error response.
        """
        base, _, query = redirected_to.partition("?")
        if base != redirect_uri.partition("?")[0]:
            raise _unusable("it came to another address", "")
        try:
            pairs = parse_qsl(query.partition("#")[0], keep_blank_values=True, max_num_fields=32)
        except ValueError:
            raise _unusable("it has more than 32 parameters", "") from None
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise _unusable("a parameter comes twice", "")
        if fields.get("state") != state:
            raise _unusable("state is not that of this wallet", "/state")
        if fields.get("iss", "" if iss_required else issuer) != issuer:
            raise _unusable("iss is not the server that was asked", "/iss", spec="RFC 9207 §2.4")
        if "error" in fields:
            raise IssuanceRefused(
                "the issuer did not authorize it",
                code=fields["error"][:64],
                spec="OpenID4VCI 1.0 §5.3",
                hint=_said(fields.get("error_description", "")),
            )
        if not fields.get("code"):
            raise _unusable("there is no code", "/code")
        return cls(fields["code"])


def _said(description: str) -> str:
    """The words of the issuer, in the characters that they may have (RFC 6749 §4.1.2.1)."""
    text = "".join(each for each in description[:MAX_DESCRIPTION_LENGTH] if " " <= each <= "~")
    return f"the issuer says: {text}" if text.strip() else ""


def authorization_redirect(redirect_uri: str, fields: Mapping[str, str | None]) -> str:
    """``redirect_uri`` with the response parameters that have a value in its query (RFC 6749 §4.1.2)."""
    parts = urlsplit(redirect_uri)
    added = urlencode({name: value for name, value in fields.items() if value is not None})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def granted(
    request: AuthorizationRequest,
    scopes: Mapping[str, Collection[str]],
    configuration_ids: Collection[str],
) -> tuple[str, ...]:
    """The configurations that a request is good for; ``scopes`` maps a scope value to configuration ids.

    Each scope value and each entry of authorization_details counts by itself; unknown scope values are ignored,
    entries for nothing are not. Where both ask for one type, the entry decides (§5.1.1, §5.1.2). Raises
    :class:`~nlwallet.errors.IssuanceRefused`.
    """
    unknown = [one for one in request.configuration_ids if one not in configuration_ids]
    if unknown:
        raise refusal(
            ErrorCode.INVALID_AUTHORIZATION_DETAILS,
            "there is no such credential configuration",
            section="§5.1.1",
            pointer="/authorization_details",
        )
    meant = [scopes.get(one, ()) for one in request.scope]
    by_scope = [id_ for ids in meant if not {*ids} & {*request.configuration_ids} for id_ in ids]
    named = dict.fromkeys((*request.configuration_ids, *by_scope))
    if not named:
        raise _refused("no scope value is known here", "/scope", code=ErrorCode.INVALID_SCOPE)
    return tuple(named)


def _refused(
    reason: str, pointer: str, *, code: ErrorCode = ErrorCode.INVALID_REQUEST, spec: str = "RFC 6749 §4.1.2.1"
) -> IssuanceRefused:
    return IssuanceRefused(reason, code=code, spec=spec, pointer=pointer)


def _unusable(reason: str, pointer: str, *, spec: str = "OpenID4VCI 1.0 §5.2") -> InvalidOffer:
    return InvalidOffer(f"authorization response: {reason}", spec=spec, pointer=pointer)


def parameters_of(
    request: AuthorizationRequest, *, authorization_details: str | None = None
) -> dict[str, Any]:
    """The form to push."""
    members = {
        "response_type": "code",
        "client_id": request.client_id,
        "redirect_uri": request.redirect_uri,
        "code_challenge": request.code_challenge,
        "code_challenge_method": CHALLENGE_METHOD,
        "state": request.state,
        "scope": " ".join(request.scope) or None,
        "authorization_details": authorization_details,
        "issuer_state": request.issuer_state,
        "dpop_jkt": request.dpop_jkt,
    }
    return {name: value for name, value in members.items() if value is not None}
