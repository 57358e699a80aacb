"""``issuer_chain``: whom alone to trust as issuers, for one transaction or one validation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.errors import RemoteError
from nlwallet.trust import Category, TrustAnchors
from nlwallet.verifier.answering import Answering
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.trust_policy import IssuerByType, TrustPolicy

MAX_CHAIN: Final = 8

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def read_issuer_chain(text: str | None) -> tuple[Certificate, ...]:
    """The authorities in the PEM text; none where there is no text. Raises :class:`EuRefusal`."""
    if text is None:
        return ()
    refusal = EuRefusal("issuer_chain is no chain of certificates in PEM", code="InvalidIssuerChain")
    found = _PEM.findall(text)
    if not 0 < len(found) <= MAX_CHAIN:
        raise refusal
    try:
        certificates = tuple(Certificate.from_pem(one.encode("utf-8", "replace")) for one in found)
    except RemoteError:
        raise refusal from None
    anchors = tuple(one for one in certificates if one.is_ca)
    if not anchors:
        raise refusal
    return anchors


def trusting_only(answering: Answering, issuers: Sequence[Certificate]) -> Answering:
    """The same way of taking answers, from cards of these ``issuers``; without any, from those of the verifier."""
    if not issuers:
        return answering
    issuer = IssuerByType(
        TrustAnchors(dict.fromkeys(Category, tuple(issuers))),
        policy=TrustPolicy(),
        types=answering.types,
        profile=answering.profile,
    )
    return replace(answering, issuer=issuer)
