"""What the deliberately weak verifier finds wrong with a chain of certificates, every fault by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

Found = Callable[[str], None]


def check_chain(
    certificates: list[x509.Certificate],
    anchors: Mapping[str, list[x509.Certificate]],
    wanted: str,
    now: int,
    found: Found,
) -> x509.Certificate:
    """The leaf; ``anchors`` are by what they may vouch for, ``wanted`` is what is needed here."""
    leaf = certificates[0]
    moment = datetime.fromtimestamp(now, UTC)
    if leaf.not_valid_after_utc < moment:
        found("the certificate expired")
    if leaf.not_valid_before_utc > moment:
        found("the certificate is not valid yet")
    if _is_ca(leaf) and leaf.issuer != leaf.subject:
        found("an authority's certificate signed")
    for below, (one, above) in enumerate(pairwise(certificates)):
        if not _signed(one, above):
            found("a link of the chain is broken")
        _check_authority(above, below, found)
    last = certificates[-1]
    if leaf.issuer == leaf.subject:
        found("a certificate that signed itself")
        return leaf
    for category, roots in anchors.items():
        for root in roots:
            if _signed(last, root):
                _check_authority(root, sum(map(_is_ca, certificates[1:])), found)
                if category != wanted:
                    found(f"an anchor for {category}")
                return leaf
    found("no anchor")
    return leaf


def _check_authority(certificate: x509.Certificate, below: int, found: Found) -> None:
    constraints = _constraints(certificate)
    if constraints is None or not constraints.ca:
        found("issued by who is no authority")
    elif constraints.path_length is not None and below > constraints.path_length:
        found("the chain is too long")


def _is_ca(certificate: x509.Certificate) -> bool:
    constraints = _constraints(certificate)
    return constraints is not None and constraints.ca


def _constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    """Who signs may have none: then it is no authority (RFC 5280 §4.2.1.9)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return None


def _signed(one: x509.Certificate, above: x509.Certificate) -> bool:
    key: Any = above.public_key()
    try:
        key.verify(one.signature, one.tbs_certificate_bytes, ec.ECDSA(one.signature_hash_algorithm))  # type: ignore[arg-type]
    except InvalidSignature:
        return False
    return one.issuer == above.subject
