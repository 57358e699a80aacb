"""Client identifiers and their prefixes (OpenID4VP 1.0 §5.9)."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from nlwallet.crypto import Certificate
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidRequest

X509_HASH = "x509_hash"
X509_SAN_DNS = "x509_san_dns"
ORIGIN = "origin"

_OF_THE_SPECIFICATION = frozenset(
    {
        X509_HASH,
        X509_SAN_DNS,
        "redirect_uri",
        "openid_federation",
        "decentralized_identifier",
        "verifier_attestation",
        ORIGIN,
    }
)


@dataclass(frozen=True, slots=True)
class ClientIdentifier:
    """A client identifier taken apart; ``full`` is what goes into ``aud`` and the logs (§14.8)."""

    full: str
    prefix: str
    value: str

    @classmethod
    def parse(cls, client_id: str, *, prefixes: Collection[str]) -> ClientIdentifier:
        """The prefix is the text before the first ``:``; only those in ``prefixes`` are accepted.

        Raises :class:`~nlwallet.errors.InvalidRequest` (§5.9.1 to §5.9.3).
        """
        prefix, colon, value = client_id.partition(":")
        accepted = f"this profile accepts {', '.join(sorted(prefixes))}"
        if not colon:
            raise InvalidRequest(
                "the client identifier has no prefix, and no client is pre-registered here",
                spec="OpenID4VP 1.0 §5.9.2",
                pointer="/client_id",
                hint=accepted,
            )
        if prefix == ORIGIN:
            raise InvalidRequest(
                "the prefix origin: is reserved and never used in a request",
                spec="OpenID4VP 1.0 §5.9.3",
                pointer="/client_id",
            )
        if prefix not in prefixes:
            known = prefix in _OF_THE_SPECIFICATION
            raise InvalidRequest(
                f"the client identifier prefix {'is not accepted' if known else 'is unknown'}",
                spec="OpenID4VP 1.0 §5.9.3",
                pointer="/client_id",
                hint=accepted,
            )
        if not value:
            raise InvalidRequest(
                "nothing follows the client identifier prefix",
                spec="OpenID4VP 1.0 §5.9.3",
                pointer="/client_id",
            )
        return cls(client_id, prefix, value)

    def check_certificate(self, leaf: Certificate) -> None:
        """The leaf certificate is the one that the identifier names (§5.9.3).

        ``x509_hash``: the base64url SHA-256 of its DER. ``x509_san_dns``: one of its dNSNames.
        Raises :class:`~nlwallet.errors.InvalidRequest`.
        """
        if self.prefix == X509_HASH:
            if not hmac.compare_digest(self.value.encode(), b64url_encode(leaf.sha256()).encode()):
                raise InvalidRequest(
                    "the client identifier is not the hash of the certificate that signed the request",
                    spec="OpenID4VP 1.0 §5.9.3",
                    pointer="/client_id",
                    hint="x509_hash: is followed by base64url(SHA-256(DER of the first x5c certificate))",
                )
        elif self.prefix == X509_SAN_DNS:
            if self.value not in leaf.san_dns:
                raise InvalidRequest(
                    "the client identifier is no dNSName of the certificate that signed the request",
                    spec="OpenID4VP 1.0 §5.9.3",
                    pointer="/client_id",
                )
        else:
            raise InvalidRequest(
                "no rule is known to bind this client identifier to a certificate",
                spec="OpenID4VP 1.0 §5.9.3",
                pointer="/client_id",
            )

    def check_response_uri(self, response_uri: str) -> None:
        """With ``x509_san_dns`` the response goes to the named host and nowhere else (§5.9.3).

        With ``x509_hash`` the signature over ``response_uri`` is the binding.
        Raises :class:`~nlwallet.errors.InvalidRequest`.
        """
        if self.prefix == X509_SAN_DNS and urlsplit(response_uri).hostname != self.value.lower():
            raise InvalidRequest(
                "response_uri is on another host than the client identifier names",
                spec="OpenID4VP 1.0 §5.9.3",
                pointer="/response_uri",
            )


def x509_hash_client_id(leaf: Certificate) -> str:
    """The client identifier of a verifier by its access certificate: ``x509_hash:<base64url>``."""
    return f"{X509_HASH}:{b64url_encode(leaf.sha256())}"
