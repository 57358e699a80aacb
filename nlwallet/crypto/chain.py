"""From a chain to an anchor: which path is trusted, and if none is, why not (RFC 5280 §6, through pyca)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from nlwallet.crypto.x509 import Certificate, CertificateChain
from nlwallet.errors import OutsideValidity, UntrustedCertificate


def verify_chain(
    chain: CertificateChain,
    anchors: Sequence[Certificate],
    *,
    now: int,
    what: str,
    anchor_in_x5c: Literal["refused", "accepted"] = "refused",
    extended_key_usage: str | None = None,
) -> tuple[Certificate, ...]:
    """The path from the leaf to its anchor.

    ``what`` names the signer in errors ("the access certificate"). ``anchor_in_x5c`` is the rule of HAIP 1.0 §5
    and §6.1.1 that a chain does not bring its own anchor. The leaf may be an anchor itself: lists of trusted entities
    name signers too (ETSI TS 119 602 Annex D), and a signer is always in its chain. ``extended_key_usage`` (dotted OID)
    must be on the leaf.

    Raises :class:`~nlwallet.errors.UntrustedCertificate` or :class:`~nlwallet.errors.OutsideValidity`; the
    message names the certificate and the reason.
    """
    if not anchors:
        raise UntrustedCertificate(
            f"there is no trust anchor for {what}",
            hint="configure the anchor of its category in TrustAnchors",
        )
    _check_leaf(chain.leaf, what, extended_key_usage)
    brought = next((certificate for certificate in chain.intermediates if certificate in anchors), None)
    if brought is not None and anchor_in_x5c == "refused":
        raise UntrustedCertificate(
            f"the chain of {what} contains its own anchor {_shown(brought)}",
            spec="HAIP 1.0 §5",
            hint="leave the anchor out of x5c",
        )
    for certificate in chain:
        _check_time(certificate, now, what)
    remembered = _remembered(chain, tuple(anchors))
    for path in remembered:
        if all(certificate.not_before <= now <= certificate.not_after for certificate in path):
            return path
    path = _build(chain, anchors, now, what)
    remembered[:] = [path]
    return path


@lru_cache(maxsize=512)
def _remembered(chain: CertificateChain, anchors: tuple[Certificate, ...]) -> list[tuple[Certificate, ...]]:
    """The path that was found last; it stays true for as long as each of its certificates is valid."""
    return []


def _build(
    chain: CertificateChain, anchors: Sequence[Certificate], now: int, what: str
) -> tuple[Certificate, ...]:
    verifier = (
        PolicyBuilder()
        .store(Store([anchor.pyca for anchor in anchors]))
        .time(datetime.fromtimestamp(now, UTC))
        .max_chain_depth(4)
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        .build_client_verifier()
    )
    intermediates = [certificate.pyca for certificate in chain.intermediates]
    try:
        verified = verifier.verify(chain.leaf.pyca, intermediates)
    except (VerificationError, UnsupportedAlgorithm, ValueError) as error:
        raise _explain(chain, anchors, now, what, error) from None
    return tuple(Certificate(certificate) for certificate in verified.chain)


def _check_leaf(leaf: Certificate, what: str, extended_key_usage: str | None) -> None:
    if leaf.is_ca:
        raise UntrustedCertificate(
            f"{what} {_shown(leaf)} is a CA certificate",
            spec="RFC 5280 §4.2.1.9",
            hint="sign with an end-entity key",
        )
    if leaf.is_self_issued:
        raise UntrustedCertificate(
            f"{what} {_shown(leaf)} is self-signed",
            spec="HAIP 1.0 §5",
            hint="have it issued by a CA of its category",
        )
    if not leaf.may_sign:
        raise UntrustedCertificate(
            f"{what} {_shown(leaf)} is not for signatures",
            spec="RFC 5280 §4.2.1.3",
            hint="keyUsage digitalSignature",
        )
    if extended_key_usage is not None and extended_key_usage not in leaf.extended_key_usages:
        raise UntrustedCertificate(
            f"{what} {_shown(leaf)} lacks extended key usage {extended_key_usage}", spec="RFC 5280 §4.2.1.12"
        )


def _check_time(certificate: Certificate, now: int, what: str) -> None:
    if now < certificate.not_before:
        raise OutsideValidity(
            f"certificate {_shown(certificate)} of {what} is not yet valid",
            spec="RFC 5280 §4.1.2.5",
            hint=f"valid from {_date(certificate.not_before)}",
        )
    if now > certificate.not_after:
        raise OutsideValidity(
            f"certificate {_shown(certificate)} of {what} has expired",
            spec="RFC 5280 §4.1.2.5",
            hint=f"valid until {_date(certificate.not_after)}",
        )


def _explain(
    chain: CertificateChain, anchors: Sequence[Certificate], now: int, what: str, error: Exception
) -> UntrustedCertificate | OutsideValidity:
    """Find the link that is missing, by names; pyca tells only that there is no path."""
    known = {certificate.pyca.subject: certificate for certificate in (*anchors, *chain.intermediates)}
    for certificate in chain:
        above = known.get(certificate.pyca.issuer)
        if above is None:
            return UntrustedCertificate(
                f"{_shown(certificate)} of {what} was issued by {certificate.issuer_name[:256]!r}, "
                "which is no anchor here",
                hint="add that issuer to the trust anchors of its category, or send the missing intermediate in x5c",
            )
        try:
            certificate.pyca.verify_directly_issued_by(above.pyca)
        except Exception:  # noqa: BLE001 - pyca raises four kinds here, and all of them mean "no"
            return UntrustedCertificate(
                f"{_shown(certificate)} of {what} names {_shown(above)} as its issuer, but is not signed by its key",
                hint="another CA of the same name: compare the authority key identifiers",
            )
        if above in anchors and not above.not_before <= now <= above.not_after:
            return OutsideValidity(
                f"the anchor {_shown(above)} of {what} is not valid now", spec="RFC 5280 §6.1"
            )
    return UntrustedCertificate(
        f"no certificate path for {what}: {error}", hint="check CA, path length and key usage"
    )


def _shown(certificate: Certificate) -> str:
    return repr(certificate.subject.common_name[:64] or certificate.pyca.subject.rfc4514_string()[:64])


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
