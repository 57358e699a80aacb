"""Decentralized identifiers of verifiers: ``did:jwk`` and ``did:web``, and the keys of their documents.

A ``did:jwk`` carries its document in itself; that of a ``did:web`` is fetched by the caller from
:func:`did_web_url`. Other methods are refused: a wallet that cannot resolve them cannot trust them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from nlwallet.crypto import PublicKey
from nlwallet.encoding import b64url_decode, b64url_encode, dump_json, parse_json_object
from nlwallet.errors import InvalidRequest, LimitExceeded, RemoteError
from nlwallet.openid4vp.uri import check_https_uri

DID_DOCUMENT_MEDIA_TYPES = frozenset({"application/did+json", "application/did+ld+json", "application/json"})

MAX_DID_LENGTH = 2048
MAX_VERIFICATION_METHODS = 32
_SPEC = "OpenID4VP 1.0 §5.9.3"
_WEB = re.compile(r"did:web:([A-Za-z0-9.-]+(?:%3[Aa]\d{1,5})?)((?::[A-Za-z0-9._~%-]+)*)")


@dataclass(frozen=True, slots=True)
class DidDocument:
    """The verification methods of a DID, by their full id."""

    did: str
    methods: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @classmethod
    def parse(cls, did: str, value: bytes | Mapping[str, Any]) -> DidDocument:
        """Read a DID document (DID Core §5.2); it must be that of ``did``.

        Raises :class:`~nlwallet.errors.InvalidRequest` or another :class:`~nlwallet.errors.RemoteError`.
        """
        document = parse_json_object(value, what="the DID document") if isinstance(value, bytes) else value
        if document.get("id") != did:
            raise _refused("the DID document is of another DID")
        listed = document.get("verificationMethod", [])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise _refused("verificationMethod is not an array of objects")
        if len(listed) > MAX_VERIFICATION_METHODS:
            raise LimitExceeded(
                f"the DID document has more than {MAX_VERIFICATION_METHODS} keys", pointer="/client_id"
            )
        methods = {_absolute(did, one.get("id")): one for one in listed}
        return cls(did, methods)

    def key(self, kid: Any) -> PublicKey:
        """The key that a JOSE header's ``kid`` names, absolute or as ``#fragment``.

        Raises :class:`~nlwallet.errors.InvalidRequest`.
        """
        method = self.methods.get(_absolute(self.did, kid))
        if method is None or method.get("controller", self.did) != self.did:
            raise _refused("kid names no verification method of this DID", pointer="/kid")
        jwk = method.get("publicKeyJwk")
        if not isinstance(jwk, dict):
            raise _refused(
                "the verification method has no publicKeyJwk",
                pointer="/kid",
                hint="publish it as JsonWebKey or JsonWebKey2020",
            )
        try:
            return PublicKey.from_jwk(jwk, pointer="/kid")
        except RemoteError as error:
            raise _refused(f"the key of the DID is not usable: {error.message}", pointer="/kid") from None


def did_jwk(key: PublicKey) -> str:
    """The ``did:jwk`` of a key; its only verification method is ``#0``."""
    return f"did:jwk:{b64url_encode(dump_json(key.jwk()))}"


def resolve_did_jwk(did: str) -> DidDocument:
    """The document of a ``did:jwk``: nothing is fetched. Raises :class:`~nlwallet.errors.RemoteError`."""
    _check_length(did)
    encoded = did.removeprefix("did:jwk:")
    jwk = parse_json_object(b64url_decode(encoded, pointer="/client_id"), what="the did:jwk")
    if "d" in jwk:
        raise _refused("the did:jwk holds a private key")
    method = {"id": f"{did}#0", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}
    return DidDocument.parse(did, {"id": did, "verificationMethod": [method]})


def did_web_url(did: str) -> str:
    """Where the document of a ``did:web`` lies: ``/.well-known/did.json`` of its host, or below its path.

    Raises :class:`~nlwallet.errors.InvalidRequest`.
    """
    _check_length(did)
    found = _WEB.fullmatch(did)
    if not found:
        raise _refused("this is no did:web", hint="did:web:host, or did:web:host:path:path")
    host, path = unquote(found[1]), [unquote(part) for part in found[2].split(":")[1:]]
    if any(part in {".", ".."} or "/" in part or "\\" in part for part in path):
        raise _refused("the path of the did:web leaves its place")
    url = f"https://{host}/{'/'.join(path) if path else '.well-known'}/did.json"
    check_https_uri(url, pointer="/client_id")
    return url


def _absolute(did: str, name: Any) -> str:
    if not isinstance(name, str) or not name or len(name) > 2 * MAX_DID_LENGTH:
        raise _refused("a verification method is named by a string", pointer="/kid")
    return f"{did}{name}" if name.startswith("#") else name


def _check_length(did: str) -> None:
    if len(did) > MAX_DID_LENGTH:
        raise LimitExceeded(f"the DID is longer than {MAX_DID_LENGTH} characters", pointer="/client_id")


def _refused(message: str, *, pointer: str = "/client_id", hint: str = "") -> InvalidRequest:
    return InvalidRequest(message, spec=_SPEC, pointer=pointer, hint=hint)
