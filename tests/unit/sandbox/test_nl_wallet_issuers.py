"""Who issues cards in a sandbox of the NL Wallet, as that wallet reads it (6299ff7, 0.6)."""

from __future__ import annotations

import json

import pytest
from cryptography.x509 import ObjectIdentifier

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto import Certificate, CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.extensions import utf8_extension
from nlwallet.registration.issuer_registration import ISSUER_REGISTRATION

NOW = 1_790_000_000


def signers(profile: str) -> list[Certificate]:
    """Who signs cards there."""
    with Sandbox(profile=profile, clock=TravellingClock(NOW)) as edi:
        cards = edi.wallet("frouke", cards=["pid", "rental-contract"]).cards
        return [one.credential.chain.leaf for one in cards if one.credential.chain is not None]


def test_their_certificates_say_who_they_are_where_that_wallet_looks() -> None:
    for leaf in signers("nl-wallet-0.6"):
        said = json.loads(utf8_extension(leaf, ISSUER_REGISTRATION) or "")["organization"]
        subject = leaf.subject
        assert (said["displayName"], said["legalName"]) == (subject.common_name, subject.organization)
        assert (said["kvk"], said["countryCode"]) == (subject.organization_identifier, "NL")
        assert set(said["description"]) == set(said["category"]) == {"nl", "en"}
        (identifier,) = leaf.pyca.subject.get_attributes_for_oid(ObjectIdentifier("1.3.6.1.1.15"))
        assert identifier.value == subject.organization_identifier
        assert "1.0.18013.5.1.2" in leaf.extended_key_usages


def test_elsewhere_they_are_as_ever() -> None:
    for leaf in signers("haip-1.0"):
        assert utf8_extension(leaf, ISSUER_REGISTRATION) is None
        assert not leaf.pyca.subject.get_attributes_for_oid(ObjectIdentifier("1.3.6.1.1.15"))


@pytest.mark.parametrize("size", [0, 0x7F, 0x80, 0xFF, 0x100, 0x1000])
def test_a_text_in_a_certificate_is_read_as_it_was_written(size: int) -> None:
    authority = CertificateAuthority.create("Test CA", now=NOW)
    texts = {"2.1.123.9": "é" + "x" * (size - 2) if size else ""}
    leaf = authority.issue(PrivateKey.generate().public, Subject("x"), now=NOW, texts=texts).leaf
    assert utf8_extension(leaf, "2.1.123.9") == texts["2.1.123.9"]
