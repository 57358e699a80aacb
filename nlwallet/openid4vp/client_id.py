"""Client identifiers and their prefixes (OpenID4VP 1.0 §5.9)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from nlwallet.crypto import Certificate
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidRequest

PRE_REGISTERED = "pre-registered"
"""How wallet metadata calls a client identifier without a prefix (§10.1)."""

X509_HASH = "x509_hash"
X509_SAN_DNS = "x509_san_dns"
REDIRECT_URI = "redirect_uri"
VERIFIER_ATTESTATION = "verifier_attestation"
DECENTRALIZED_IDENTIFIER = "decentralized_identifier"
OPENID_FEDERATION = "openid_federation"
ORIGIN = "origin"

UNSIGNED_ONLY = frozenset({REDIRECT_URI})
"""Prefixes that preclude a signature: nobody could say whose key it is (§5.9.3)."""

_OF_THE_SPECIFICATION = frozenset(
    {
        X509_HASH,
        X509_SAN_DNS,
        REDIRECT_URI,
        VERIFIER_ATTESTATION,
        DECENTRALIZED_IDENTIFIER,
        OPENID_FEDERATION,
        ORIGIN,
    }
)


@dataclass(frozen=True, slots=True)
class ClientIdentifier:
    """A client identifier taken apart; ``full`` is what goes into ``aud`` and the logs (§14.8)."""

    full: str
    prefix: str
    """One of §5.9.3, or ``pre-registered``."""
    value: str
    """What follows the prefix; the whole identifier of a pre-registered client."""

    @classmethod
    def parse(
        cls, client_id: str, *, prefixes: Collection[str], pre_registered: Collection[str] = ()
    ) -> ClientIdentifier:
        """The prefix is the text before the first ``:``; only those in ``prefixes`` are accepted.

        ``pre_registered`` are the clients that the wallet knows in advance; they are looked up when there
        is no prefix, or none that is supported (§5.9.2). Raises :class:`~nlwallet.errors.InvalidRequest`
        (§5.9.1 to §5.9.3).
        """
        prefix, colon, value = client_id.partition(":")
        if prefix == ORIGIN and colon:
            raise _refused("the prefix origin: is reserved and never used in a request")
        if not colon or prefix not in prefixes or prefix == PRE_REGISTERED:
            if PRE_REGISTERED in prefixes and client_id in pre_registered:
                return cls(client_id, PRE_REGISTERED, client_id)
            raise _refused(_why_not(prefix if colon else ""), hint=_accepted(prefixes))
        if not value:
            raise _refused("nothing follows the client identifier prefix")
        return cls(client_id, prefix, value)


def x509_hash_client_id(leaf: Certificate) -> str:
    """The client identifier of a verifier by its access certificate: ``x509_hash:<base64url>``."""
    return f"{X509_HASH}:{b64url_encode(leaf.sha256())}"


def _why_not(prefix: str) -> str:
    if not prefix:
        return "the client identifier has no prefix, and no such client is pre-registered here"
    if prefix == OPENID_FEDERATION:
        return "this wallet follows no trust chain of OpenID Federation, so openid_federation is refused"
    known = prefix in _OF_THE_SPECIFICATION
    return f"the client identifier prefix {'is not accepted' if known else 'is unknown'}"


def _accepted(prefixes: Collection[str]) -> str:
    return f"this profile accepts {', '.join(sorted(prefixes))}"


def _refused(message: str, *, hint: str = "") -> InvalidRequest:
    return InvalidRequest(message, spec="OpenID4VP 1.0 §5.9.3", pointer="/client_id", hint=hint)
