"""Who issues to the hostile wallet: an issuer whose key is in the wrong hands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.issuer import card, card_names
from nlwallet.trust import PID_TYPES, Category

ISSUER_HOST = "pid-issuer.example"
_QUALIFICATIONS = {
    Category.PID_PROVIDER: "PuB-EAA",
    Category.PUB_EAA_PROVIDER: "PuB-EAA",
    Category.QEAA_PROVIDER: "QEAA",
}


@dataclass(frozen=True, slots=True)
class ForgingIssuer:
    """An issuer whose key is in the wrong hands: what it signs can be anything."""

    authority: CertificateAuthority = field(repr=False)
    key: PrivateKey = field(repr=False)
    chain: CertificateChain = field(repr=False)
    category: Category

    @classmethod
    def below(
        cls,
        authority: CertificateAuthority,
        category: Category,
        *,
        now: int,
        name: str = "Testuitgever",
        **certificate: Any,
    ) -> ForgingIssuer:
        """With a certificate of ``authority``; ``certificate`` are options of :meth:`CertificateAuthority.issue`."""
        key = PrivateKey.generate()
        subject = Subject(
            name,
            country="NL",
            organization=name,
            organization_identifier="NTRNL-90000000",
        )
        options = {"san_uris": (f"https://{ISSUER_HOST}",), **certificate}
        return cls(authority, key, authority.issue(key.public, subject, now=now, **options), category)

    @property
    def qualification(self) -> str:
        """What its cards are, as those of the NL Wallet say it."""
        return _QUALIFICATIONS.get(self.category, "EAA")


def category_of(type_: str) -> Category:
    """Who may issue a credential of this type."""
    if type_.startswith(PID_TYPES):
        return Category.PID_PROVIDER
    for name in card_names():
        if card(name).configuration.vct == type_:
            return card(name).category
    return Category.EAA_PROVIDER
