"""Requests through the browser's Digital Credentials API (OpenID4VP 1.0 Appendix A)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from nlwallet.crypto import jws_from_parts
from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import InvalidRequest, LimitExceeded, MalformedInput
from nlwallet.loopback import is_loopback
from nlwallet.openid4vp.request_object import REQUEST_OBJECT_TYPE, UnverifiedRequestObject
from nlwallet.profiles import Profile

UNSIGNED: Final = "openid4vp-v1-unsigned"
SIGNED: Final = "openid4vp-v1-signed"
MULTISIGNED: Final = "openid4vp-v1-multisigned"
DC_API_PROTOCOLS = (UNSIGNED, SIGNED, MULTISIGNED)

DcApiProtocol: TypeAlias = Literal["openid4vp-v1-unsigned", "openid4vp-v1-signed", "openid4vp-v1-multisigned"]

ISO_MDOC: Final = "org-iso-mdoc"
"""The protocol of ISO/IEC TS 18013-7 Annex C, which is not OpenID4VP."""

BrowserProtocol: TypeAlias = DcApiProtocol | Literal["org-iso-mdoc"]

_SPEC_API = "OpenID4VP 1.0 §A.3"
MAX_REQUESTS = 16
MAX_SIGNATURES = 8
_ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::([1-9][0-9]{0,4}))?")
_ONLY_IN_HEADERS = frozenset({"client_id", "verifier_info", "trust_chain"})


@dataclass(frozen=True, slots=True)
class DcApiRequest:
    """One member of ``requests`` that a page gives to ``navigator.credentials.get``."""

    protocol: DcApiProtocol
    data: Mapping[str, Any] = field(repr=False)

    @classmethod
    def choose(cls, requests: Any) -> DcApiRequest:
        """The first request of a protocol that this wallet speaks.

        Raises :class:`~nlwallet.errors.InvalidRequest` or :class:`~nlwallet.errors.MalformedInput`.
        """
        if not isinstance(requests, list | tuple) or len(requests) > MAX_REQUESTS:
            raise MalformedInput(f"requests is not an array of at most {MAX_REQUESTS}", spec=_SPEC_API)
        for entry in requests:
            if not isinstance(entry, Mapping) or not isinstance(entry.get("data"), Mapping):
                raise MalformedInput("a request has a protocol and an object data", spec=_SPEC_API)
            if entry.get("protocol") in DC_API_PROTOCOLS:
                return cls(entry["protocol"], _as_json(entry["data"]))
        raise InvalidRequest(
            "no request is of a protocol that this wallet speaks",
            code="unsupported_protocol",
            spec="OpenID4VP 1.0 §A.1",
            hint=f"one of {', '.join(DC_API_PROTOCOLS)}",
        )

    def as_json(self) -> dict[str, Any]:
        """The entry for ``digital.requests``."""
        return {"protocol": self.protocol, "data": dict(self.data)}


def check_origin(origin: str) -> None:
    """``origin`` is that of a page whose identity TLS proves: https, or a page of this very machine (§A.2).

    No path, no slash at the end, lower case, as browsers write it. Raises
    :class:`~nlwallet.errors.InvalidRequest`.
    """
    found = _ORIGIN.fullmatch(origin)
    if not found or len(origin) > 512:
        raise _refused("this is no web origin", hint="scheme, host and port: https://rp.example")
    if found[1] == "http" and not is_loopback(found[2]):
        raise _refused("the page did not come over https", hint="http is for localhost only")


def parse_signed(data: Mapping[str, Any], *, profile: Profile) -> UnverifiedRequestObject:
    """The compact JWS in ``data.request`` (§A.3.2.1). Raises a :class:`~nlwallet.errors.RemoteError`."""
    request = data.get("request")
    if not isinstance(request, str):
        raise _refused("data.request is no compact JWS", pointer="/request")
    return UnverifiedRequestObject.parse(request, profile=profile)


def parse_multisigned(data: Mapping[str, Any], *, profile: Profile) -> Sequence[UnverifiedRequestObject]:
    """One request object per signature of the JSON serialization in ``data.request`` (§A.3.2.2).

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    request = data.get("request")
    signatures = request.get("signatures") if isinstance(request, Mapping) else None
    payload = request.get("payload") if isinstance(request, Mapping) else None
    if not isinstance(signatures, list) or not signatures or not isinstance(payload, str):
        raise _refused("data.request has no payload and signatures", pointer="/request")
    if len(signatures) > MAX_SIGNATURES:
        raise LimitExceeded(f"more than {MAX_SIGNATURES} signatures", pointer="/request/signatures")
    found = []
    for position, one in enumerate(signatures):
        pointer = f"/request/signatures/{position}"
        if not isinstance(one, Mapping) or not all(
            isinstance(one.get(n), str) for n in ("protected", "signature")
        ):
            raise _refused("a signature has protected and signature", pointer=pointer)
        jws = jws_from_parts(
            one["protected"],
            payload,
            one["signature"],
            typ=None,
            algorithms=profile.signing_algorithms,
            what="request object",
        )
        # The examples of §A.3.2.2 have no typ; one that is there must be right (§5).
        if jws.header.get("typ", REQUEST_OBJECT_TYPE) != REQUEST_OBJECT_TYPE:
            raise _refused(f"typ is not {REQUEST_OBJECT_TYPE}", pointer=f"{pointer}/protected")
        claims = jws.claims(what="the request object")
        if not _ONLY_IN_HEADERS.isdisjoint(claims):
            raise _refused(
                "client_id and verifier_info stand in the protected headers only", pointer="/request/payload"
            )
        own = {name: jws.header[name] for name in _ONLY_IN_HEADERS if name in jws.header}
        found.append(UnverifiedRequestObject(jws, {**claims, **own}))
    return found


def _as_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a page gave, once it is JSON, and as bounded as any other message."""
    try:
        octets = dump_json(dict(data))
    except TypeError:
        raise MalformedInput("data is no JSON", spec=_SPEC_API, pointer="/data") from None
    return parse_json_object(octets, what="data", pointer="/data")


def _refused(message: str, *, pointer: str = "", hint: str = "") -> InvalidRequest:
    return InvalidRequest(
        message, spec="OpenID4VP 1.0 §A.3.2" if pointer else "OpenID4VP 1.0 §A.2", pointer=pointer, hint=hint
    )
