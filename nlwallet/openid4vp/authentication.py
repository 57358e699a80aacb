"""Who sent this request: the rules of each client identifier prefix, for signed requests (OpenID4VP 1.0 §5.9.3)."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.crypto import Certificate, CertificateChain, Jws, PublicKey, verify_chain
from nlwallet.errors import InvalidRequest, InvalidSignature, MalformedInput, RemoteError
from nlwallet.openid4vp.checks import check
from nlwallet.openid4vp.client import AuthenticatedClient, KnownClients
from nlwallet.openid4vp.client_id import (
    DECENTRALIZED_IDENTIFIER,
    PRE_REGISTERED,
    REDIRECT_URI,
    VERIFIER_ATTESTATION,
    X509_SAN_DNS,
    ClientIdentifier,
    x509_hash_client_id,
)
from nlwallet.openid4vp.codes import ErrorCode
from nlwallet.openid4vp.did import resolve_did_jwk
from nlwallet.openid4vp.verifier_attestation import verify_verifier_attestation
from nlwallet.profiles import Profile
from nlwallet.report import Report

_SPEC = "OpenID4VP 1.0 §5.9.3"


def parse_client_id(
    client_id: str, *, profile: Profile, known: KnownClients, report: Report
) -> ClientIdentifier:
    """Take the identifier apart by the rules of the profile. Raises :class:`~nlwallet.errors.InvalidRequest`."""
    with check(report, "W-13", "OpenID4VP 1.0 §5.9.1", "the client identifier prefix is accepted"):
        return ClientIdentifier.parse(
            client_id, prefixes=profile.client_id_prefixes, pre_registered=known.pre_registered
        )


def authenticate_signed(
    jws: Jws,
    client: ClientIdentifier,
    *,
    anchors: Sequence[Certificate],
    known: KnownClients,
    now: int,
    profile: Profile,
    report: Report,
) -> AuthenticatedClient:
    """Check that the client itself signed ``jws``; ``anchors`` are those of the access certificates.

    Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    if client.prefix == REDIRECT_URI:
        raise InvalidRequest(
            "a request with the prefix redirect_uri cannot be signed", spec=_SPEC, pointer="/client_id"
        )
    if client.prefix == PRE_REGISTERED:
        registered = known.pre_registered[client.full]
        with check(report, "W-14", "OpenID4VP 1.0 §5.9.2", "a registered key of the client signed it"):
            _verify_with_one_of(jws, registered.keys)
        return AuthenticatedClient(client, signed=True, registered=registered)
    if client.prefix == DECENTRALIZED_IDENTIFIER:
        with check(report, "W-19", _SPEC, "the key that kid names in the DID document signed it"):
            jws.verify(_key_of_did(jws, client, known))
        return AuthenticatedClient(client, signed=True)
    if client.prefix == VERIFIER_ATTESTATION:
        with check(report, "W-18", "OpenID4VP 1.0 §12", "a trusted verifier attestation binds the client"):
            attestation = verify_verifier_attestation(
                jws.header.get("jwt"),
                client=client.value,
                issuers=known.attestation_issuers,
                now=now,
                algorithms=profile.signing_algorithms,
                leeway=profile.clock_leeway,
            )
            jws.verify(attestation.key)
        return AuthenticatedClient(client, signed=True, attestation=attestation.claims)
    return _by_certificate(jws, client, anchors=anchors, now=now, profile=profile, report=report)


def _by_certificate(
    jws: Jws,
    client: ClientIdentifier,
    *,
    anchors: Sequence[Certificate],
    now: int,
    profile: Profile,
    report: Report,
) -> AuthenticatedClient:
    with check(report, "W-17", _SPEC, "the certificate leads to a trust anchor"):
        if "x5c" not in jws.header:
            raise MalformedInput("the request object has no x5c header", spec=_SPEC, pointer="/x5c")
        chain = CertificateChain.from_x5c(jws.header["x5c"], pointer="/x5c")
        verify_chain(chain, anchors, now=now, anchor_in_x5c=profile.anchor_in_x5c, what="access certificate")
    with check(report, "V-27", _SPEC, "the client identifier is of this certificate"):
        _check_certificate(client, chain.leaf)
    with check(report, "HW-05", "HAIP 1.0 §7", "the signature is of the certificate's key"):
        jws.verify(chain.leaf.public_key)
    return AuthenticatedClient(client, signed=True, chain=chain)


def _check_certificate(client: ClientIdentifier, leaf: Certificate) -> None:
    """``x509_hash``: the base64url SHA-256 of its DER. ``x509_san_dns``: one of its dNSNames."""
    if client.prefix == X509_SAN_DNS:
        if client.value not in leaf.san_dns:
            raise InvalidRequest(
                "the client identifier is no dNSName of the certificate that signed the request",
                spec=_SPEC,
                pointer="/client_id",
            )
    elif client.full != x509_hash_client_id(leaf):
        raise InvalidRequest(
            "the client identifier is not the hash of the certificate that signed the request",
            spec=_SPEC,
            pointer="/client_id",
            hint="x509_hash: is followed by base64url(SHA-256(DER of the first x5c certificate))",
        )


def _key_of_did(jws: Jws, client: ClientIdentifier, known: KnownClients) -> PublicKey:
    if client.value.startswith("did:jwk:"):
        return resolve_did_jwk(client.value).key(jws.header.get("kid"))
    document = known.dids.get(client.value)
    if document is None:
        raise InvalidRequest(
            "this DID cannot be resolved here",
            spec=_SPEC,
            pointer="/client_id",
            hint="did:jwk and did:web are known",
        )
    return document.key(jws.header.get("kid"))


def _verify_with_one_of(jws: Jws, keys: Sequence[PublicKey]) -> None:
    for key in keys:
        try:
            jws.verify(key)
        except RemoteError:
            continue
        return
    raise InvalidSignature(
        "no registered key of the client signed the request",
        code=ErrorCode.INVALID_CLIENT,
        spec="OpenID4VP 1.0 §5.9.2",
        pointer="/client_id",
    )
