"""Trusted lists by their address: which certificates each of them holds (OpenID4VP 1.0 §6.1.1.2).

Whoever configures a wallet or a verifier reads the lists and puts their certificates here. Nothing is fetched because a
request names it: that would tell the list's host who asks (§15.10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nlwallet.crypto import Certificate, CertificateChain


@dataclass(frozen=True, slots=True)
class TrustedLists:
    """URL of a list to the certificates in it, those of the lists that it refers to included."""

    by_url: Mapping[str, Sequence[Certificate]] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[str]:
        """The URLs of all lists."""
        return frozenset(self.by_url)

    def listing(self, chain: CertificateChain | None) -> frozenset[str]:
        """The lists that hold a certificate of ``chain``, or the one that issued its last.

        The chain comes without its anchor, which is what lists usually hold; the anchor is known by the key
        identifier that the last certificate names. That the chain is genuine was verified before.
        """
        if chain is None:
            return frozenset()
        own = {certificate.sha256() for certificate in chain}
        return frozenset(
            url
            for url, listed in self.by_url.items()
            if any(
                one.sha256() in own or one.subject_key_id in chain.authority_key_ids
                for one in listed
                if one.subject_key_id is not None
            )
        )
