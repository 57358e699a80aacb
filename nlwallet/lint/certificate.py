"""The access certificate: the chain in ``x5c``, looked at without any trust anchor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from nlwallet.crypto import Certificate, CertificateChain
from nlwallet.errors import RemoteError
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below

READER_EKU = "1.0.18013.5.1.6"
_OID_ORGANIZATION_IDENTIFIER = bytes.fromhex("0603550461")  # 2.5.4.97
_OID_OF_THE_NL_WALLET = bytes.fromhex("06052b0601010f")  # 1.3.6.1.1.15
_OID_READER_REGISTRATION = bytes.fromhex("0603517b01")  # 2.1.123.1


def read_chain(header: Mapping[str, Any], at: str, log: Findings) -> CertificateChain | None:
    """The certificates of the header at ``at``; ``None`` when there are none, or when they cannot be read."""
    if "x5c" not in header:
        return None
    try:
        return CertificateChain.from_x5c(header["x5c"], pointer=below(at, "x5c"))
    except RemoteError as error:
        text = f"The certificate chain cannot be read: {error.message}."
        log.error("REQ-05", error.pointer or below(at, "x5c"), text, error.hint, spec=error.spec)
        return None


def check_chain(chain: CertificateChain, at: str, *, now: int | None, log: Findings) -> None:
    """What is wrong with the chain at ``at`` whoever the anchor is. ``now`` in seconds, ``None``: not looked at."""
    certificates: list[Certificate] = list(chain)
    leaf = chain.leaf
    if leaf.is_self_issued:
        log.error(
            "HV-04",
            below(at, 0),
            "The certificate that signs the request is self-signed.",
            "Get an access certificate from a CA that the wallets trust.",
        )
    elif leaf.is_ca:
        log.error(
            "REQ-05",
            below(at, 0),
            "The certificate that signs the request is that of a CA.",
            spec="RFC 5280 §4.2.1.9",
        )
    if not leaf.may_sign:
        log.error(
            "REQ-05",
            below(at, 0),
            "The key usage of the certificate has no digitalSignature.",
            spec="RFC 5280 §4.2.1.3",
        )
    for n, certificate in enumerate(certificates[1:], start=1):
        if certificate.is_self_issued:
            log.error(
                "HV-04",
                below(at, n),
                "x5c contains the trust anchor, which the wallet has itself.",
                Fix("Leave it out.", ({"op": "remove", "path": below(at, n)},)),
            )
        elif not certificate.is_ca:
            log.error(
                "REQ-05",
                below(at, n),
                "An intermediate certificate is not that of a CA.",
                spec="RFC 5280 §4.2.1.9",
            )
    _check_order(certificates, at, log)
    if now is not None:
        _check_times(certificates, at, now, log)
    if log.rules.nl_wallet == "0.6":
        _check_subject(leaf, below(at, 0), log)
    elif log.rules.nl_wallet == "0.5":
        _check_reader(leaf, below(at, 0), log)


def _check_order(certificates: list[Certificate], at: str, log: Findings) -> None:
    for n, (lower, upper) in enumerate(pairwise(certificates), start=1):
        wants, has = lower.authority_key_id, upper.subject_key_id
        if wants is not None and has is not None and wants != has:
            log.error(
                "REQ-05",
                below(at, n),
                "A certificate of x5c did not issue the one before it.",
                "Put the leaf first, and then each issuer.",
                spec="RFC 7515 §4.1.6",
            )


def _check_times(certificates: list[Certificate], at: str, now: int, log: Findings) -> None:
    for n, certificate in enumerate(certificates):
        if now > certificate.not_after:
            text = f"The certificate has expired on {_date(certificate.not_after)}."
        elif now < certificate.not_before:
            text = f"The certificate is not valid before {_date(certificate.not_before)}."
        else:
            continue
        log.error("REQ-05", below(at, n), text, "Renew it.", spec="RFC 5280 §4.1.2.5")


def _check_subject(leaf: Certificate, at: str, log: Findings) -> None:
    """NL Wallet 0.6 reads who asks from the subject, and stops where it finds too little."""
    subject = leaf.subject
    legal = subject.organization and subject.organization_identifier
    natural = subject.given_name and subject.surname and subject.serial_number
    if not (subject.common_name and subject.country) or not (legal or natural):
        log.error(
            "NL-18",
            at,
            "The subject does not say enough for the NL Wallet to name who asks.",
            "It needs CN, C, and O with an organizationIdentifier, or givenName, surname and serialNumber.",
        )
    elif legal and not natural and _OID_OF_THE_NL_WALLET not in leaf.der:
        where = "2.5.4.97" if _OID_ORGANIZATION_IDENTIFIER in leaf.der else "another place"
        log.warning(
            "NL-19",
            at,
            f"The NL Wallet 0.6 reads the organizationIdentifier at OID 1.3.6.1.1.15; it stands at {where}.",
            "For that wallet, have the certificate issued with its own tool.",
        )


def _check_reader(leaf: Certificate, at: str, log: Findings) -> None:
    """NL Wallet 0.5 has reader certificates, with the registration inside."""
    if READER_EKU not in leaf.extended_key_usages:
        log.error(
            "NL-20",
            at,
            f"The NL Wallet 0.5 wants a reader certificate: the extended key usage {READER_EKU} is missing.",
        )
    if _OID_READER_REGISTRATION not in leaf.der:
        log.error(
            "NL-20",
            at,
            "The NL Wallet 0.5 wants the registration inside the certificate: the extension 2.1.123.1 is missing.",
        )


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
