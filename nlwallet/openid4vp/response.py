"""The authorization response on its way from wallet to verifier (OpenID4VP 1.0 §8)."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nlwallet.crypto import PrivateKey, encrypt_jwe, parse_jwe
from nlwallet.encoding import b64url_decode, dump_json, parse_json, parse_json_object
from nlwallet.errors import DecryptionFailed, InvalidResponse, LimitExceeded, MalformedInput
from nlwallet.openid4vp.codes import error_description
from nlwallet.openid4vp.form import is_form, parse_form
from nlwallet.openid4vp.request import AuthorizationRequest

Presentation: TypeAlias = str | dict[str, Any]
"""One presentation: a string, or an object for formats that have one (§8.1)."""

ENCS = ("A256GCM", "A128GCM")
MAX_QUERY_ID = 256
MAX_APU = 1024
MAX_ERROR_TEXT = 1024


@dataclass(frozen=True, slots=True)
class EncryptedAuthorizationResponse:
    """What came as the form field ``response``; nothing in it is known yet."""

    jwe: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """A decrypted response, not verified: ``vp_token`` is the JSON value that came, whatever its shape."""

    vp_token: Any = field(repr=False)
    state: str | None = field(repr=False)
    apu: bytes = field(default=b"", repr=False)
    """What the header of the JWE says as ``apu``: wallets of ISO/IEC TS 18013-7 put their nonce there."""
    presentation_submission: Any = field(default=None, repr=False)
    """What such wallets say of their ``vp_token``; 1.0 has none."""
    poa: Any = field(default=None, repr=False)
    """The NL Wallet's proof of association, as it came; OpenID4VP has none."""


@dataclass(frozen=True, slots=True)
class AuthorizationErrorResponse:
    """The wallet says no (§8.5). ``code`` and ``description`` are text from outside: escape them."""

    code: str
    description: str
    state: str | None = field(repr=False)


UnreadResponse: TypeAlias = (
    EncryptedAuthorizationResponse | AuthorizationResponse | AuthorizationErrorResponse
)
"""A response as it came: still encrypted, or readable though not verified, or an error."""


def build_response(
    request: AuthorizationRequest,
    *,
    vp_token: Mapping[str, Sequence[Presentation]],
    encs: Sequence[str] = ENCS,
    apu: bytes = b"",
    apv: bytes = b"",
    beside: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The parameters of the answer: ``vp_token`` and ``state``, or ``{"response": <JWE>}`` of them (§8.1, §8.3).

    ``beside`` are members that an ecosystem adds (§8.1).

    ``apu`` and ``apv`` have no meaning in 1.0; some wallets put their nonce and the verifier's there.
    Raises :class:`~nlwallet.errors.InvalidRequest` if nothing can be encrypted to the verifier.
    """
    members: dict[str, Any] = {"vp_token": {name: list(items) for name, items in vp_token.items()}}
    if request.state is not None:
        members["state"] = request.state
    members |= beside or {}
    if not request.encrypted:
        return members
    target = request.client_metadata.encryption_target(encs=encs)
    jwe = encrypt_jwe(dump_json(members), target.key, enc=target.enc, kid=target.kid, apu=apu, apv=apv)
    return {"response": jwe}


def as_form(members: Mapping[str, Any]) -> dict[str, str]:
    """Response parameters as fields of a form or a fragment: objects as JSON text (§8.1)."""
    return {
        name: value if isinstance(value, str) else dump_json(value).decode("utf-8")
        for name, value in members.items()
    }


def error_form(code: str, description: str = "", state: str | None = None) -> dict[str, str]:
    """The form of an authorization error response, not encrypted (§8.3.1, §8.5)."""
    fields = {"error": str(code), "error_description": error_description(description), "state": state or ""}
    return {name: value for name, value in fields.items() if value}


def parse_response_form(body: bytes, content_type: str, *, encrypted: bool = True) -> UnreadResponse:
    """Read what a wallet posted to the response_uri for ``direct_post.jwt`` or ``direct_post``.

    Where an answer was to be ``encrypted``, only an error may come unencrypted. Unknown fields are ignored,
    a field that comes twice is refused. Raises :class:`~nlwallet.errors.InvalidResponse`,
    :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    _check_form(content_type)
    return _of_fields(parse_form(body, what="the response"), encrypted=encrypted)


def request_of_response(body: bytes, content_type: str) -> str:
    """What a posted form says of its request: ``state``, or the ``kid`` of the key that it is encrypted to.

    Empty if it says nothing. Raises a :class:`~nlwallet.errors.RemoteError` for a form that is none.
    """
    _check_form(content_type)
    fields = parse_form(body, what="the response")
    if "response" in fields:
        return parse_jwe(fields["response"], encs=ENCS).kid or ""
    return fields.get("state", "")


def parse_response_fragment(fragment: str) -> UnreadResponse:
    """Read what a wallet put into the fragment of the redirect_uri, without its ``#`` (§5.6).

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    return _of_fields(parse_form(fragment.removeprefix("#"), what="the response"), encrypted=False)


def parse_response_data(data: Any, *, encrypted: bool) -> UnreadResponse:
    """Read ``data`` of the ``DigitalCredential`` that a page got from the browser (§A.4).

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    if not isinstance(data, Mapping):
        raise InvalidResponse("data is not an object", spec="OpenID4VP 1.0 §A.4", pointer="/data")
    if "error" in data:
        if {"vp_token", "response"} & data.keys():
            raise InvalidResponse("an error comes alone", spec="OpenID4VP 1.0 §A.4", pointer="/data")
        return _error_response(data)
    if encrypted:
        response = data.get("response")
        if not isinstance(response, str) or "vp_token" in data:
            raise _not_encrypted("the object holds one member, response, with a JWE")
        return EncryptedAuthorizationResponse(response)
    return AuthorizationResponse(_vp_token(data), _state(data))


def _check_form(content_type: str) -> None:
    if not is_form(content_type):
        raise InvalidResponse(
            "the response is not a form",
            code="unsupported_media_type",
            spec="OpenID4VP 1.0 §8.2",
            hint="Content-Type: application/x-www-form-urlencoded",
        )


def _of_fields(fields: Mapping[str, str], *, encrypted: bool) -> UnreadResponse:
    if encrypted and "vp_token" in fields:
        raise _not_encrypted("post one field, response, with a JWE")
    if "error" in fields:
        if "response" in fields or "vp_token" in fields:
            raise InvalidResponse("an error comes without a response", spec="OpenID4VP 1.0 §8.5")
        return _error_response(fields)
    if encrypted:
        if not fields.get("response"):
            raise InvalidResponse(
                "there is neither a response nor an error", spec="OpenID4VP 1.0 §8.3.1", pointer="/response"
            )
        return EncryptedAuthorizationResponse(fields["response"])
    if "response" in fields:
        raise InvalidResponse(
            "the response was not to be encrypted", spec="OpenID4VP 1.0 §8.2", pointer="/response"
        )
    if not fields.get("vp_token"):
        raise InvalidResponse(
            "there is neither a vp_token nor an error", spec="OpenID4VP 1.0 §8.1", pointer="/vp_token"
        )
    token = parse_json(fields["vp_token"], what="vp_token", pointer="/vp_token")
    return AuthorizationResponse(_vp_token({"vp_token": token}), _state(fields))


def _not_encrypted(hint: str) -> InvalidResponse:
    return InvalidResponse(
        "the response was to be encrypted", spec="HAIP 1.0 §5.1", pointer="/vp_token", hint=hint
    )


def decrypt_response(
    jwe: str, *, key: PrivateKey, kid: str, encs: Collection[str]
) -> AuthorizationResponse | AuthorizationErrorResponse:
    """Decrypt with the key of this very request; the header is checked before (§8.3).

    Raises :class:`~nlwallet.errors.DecryptionFailed`, :class:`~nlwallet.errors.InvalidResponse` or another
    :class:`~nlwallet.errors.RemoteError`.
    """
    parsed = parse_jwe(jwe, encs=encs)
    received_kid = parsed.header.get("kid")
    if not isinstance(received_kid, str) or not hmac.compare_digest(received_kid.encode(), kid.encode()):
        raise DecryptionFailed(
            "kid is not that of the key in this request",
            spec="OpenID4VP 1.0 §8.3",
            pointer="/kid",
            hint="copy the kid of the key in client_metadata.jwks to the JWE header",
        )
    members = parse_json_object(parsed.decrypt(key), what="the decrypted response")
    if "error" in members:
        if "vp_token" in members:
            raise InvalidResponse("an error comes without a vp_token", spec="OpenID4VP 1.0 §8.5")
        return _error_response(members)
    return AuthorizationResponse(
        _vp_token(members),
        _state(members),
        _apu(parsed.header.get("apu", "")),
        members.get("presentation_submission"),
        members.get("poa"),
    )


def _apu(value: str) -> bytes:
    """Bounded; what is no base64url says nothing."""
    try:
        return b64url_decode(value[:MAX_APU])
    except MalformedInput:
        return b""


def _vp_token(members: Mapping[str, Any]) -> Any:
    if "vp_token" not in members:
        raise InvalidResponse("there is no vp_token", spec="OpenID4VP 1.0 §8.1", pointer="/vp_token")
    token = members["vp_token"]
    if isinstance(token, dict) and any(len(name) > MAX_QUERY_ID for name in token):
        raise LimitExceeded(f"a member name of vp_token is longer than {MAX_QUERY_ID}", pointer="/vp_token")
    return token


def _state(members: Mapping[str, Any]) -> str | None:
    state = members.get("state")
    if state is not None and not isinstance(state, str):
        raise InvalidResponse("state is not a string", spec="OpenID4VP 1.0 §8.1", pointer="/state")
    return state


def _error_response(members: Mapping[str, Any]) -> AuthorizationErrorResponse:
    code, description = members["error"], members.get("error_description", "")
    if not isinstance(code, str) or not code or not isinstance(description, str):
        raise InvalidResponse("error is not a string", spec="OpenID4VP 1.0 §8.5", pointer="/error")
    # RFC 6749 §4.1.2.1 allows the same characters in both.
    return AuthorizationErrorResponse(
        error_description(code[:MAX_ERROR_TEXT]),
        error_description(description[:MAX_ERROR_TEXT]),
        _state(members),
    )
