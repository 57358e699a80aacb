"""Certificates and chains: what is trusted, and the reason that is given when something is not."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.crypto import (
    Certificate,
    CertificateAuthority,
    CertificateChain,
    PrivateKey,
    Subject,
    verify_chain,
)
from nlwallet.crypto.chain import _remembered
from nlwallet.errors import LimitExceeded, MalformedInput, OutsideValidity, RemoteError, UntrustedCertificate

NOW = 1_790_000_000
DAY = 86_400

ROOT = CertificateAuthority.create("Root", now=NOW)
MIDDLE = ROOT.subordinate("Middle", now=NOW)
KEY = PrivateKey.generate()
CHAIN = MIDDLE.issue(KEY.public, Subject("Leaf", country="NL"), now=NOW)
ANCHORS = (ROOT.certificate,)


def verify(chain: CertificateChain = CHAIN, anchors: Any = ANCHORS, *, now: int = NOW, **options: Any):
    return verify_chain(chain, anchors, now=now, what="the signer", **options)


def test_a_chain_leads_to_its_anchor() -> None:
    assert verify() == (CHAIN.leaf, MIDDLE.certificate, ROOT.certificate)
    assert verify(ROOT.issue(KEY.public, Subject("Leaf"), now=NOW))[-1] == ROOT.certificate


def test_a_chain_travels_as_x5c_without_its_anchor() -> None:
    again = CertificateChain.from_x5c(CHAIN.x5c())
    assert again == CHAIN
    assert ROOT.certificate not in again
    assert again.authority_key_ids == {ROOT.certificate.subject_key_id, MIDDLE.certificate.subject_key_id}


@pytest.mark.req("ADV-067", "C-10")
def test_another_authority_of_the_same_name() -> None:
    other = CertificateAuthority.create("Root", now=NOW)
    with pytest.raises(UntrustedCertificate, match="not signed by its key"):
        verify(anchors=(other.certificate,))
    with pytest.raises(UntrustedCertificate, match="no anchor here"):
        verify(anchors=(CertificateAuthority.create("Elsewhere", now=NOW).certificate,))
    with pytest.raises(UntrustedCertificate, match="no trust anchor"):
        verify(anchors=())


def test_a_missing_intermediate_is_named() -> None:
    with pytest.raises(UntrustedCertificate, match="Middle") as refused:
        verify(CertificateChain(CHAIN.leaf))
    assert "intermediate" in refused.value.hint


@pytest.mark.req("ADV-070", "HV-17", "C-28")
def test_self_signed_and_anchors_in_x5c() -> None:
    own = CertificateChain(ROOT.certificate)
    with pytest.raises(UntrustedCertificate, match="CA certificate"):
        verify(own)
    with_anchor = CertificateChain(CHAIN.leaf, (*CHAIN.intermediates, ROOT.certificate))
    with pytest.raises(UntrustedCertificate, match="its own anchor"):
        verify(with_anchor)
    assert verify(with_anchor, anchor_in_x5c="accepted")[-1] == ROOT.certificate
    alone = self_signed()
    with pytest.raises(UntrustedCertificate, match="self-signed"):
        verify(CertificateChain(alone), (alone,))


@pytest.mark.req("HV-17")
def test_a_signer_may_be_the_anchor_itself_if_somebody_issued_it() -> None:
    """Lists of trusted entities may name the signers (ETSI TS 119 602 Annex D); EUDIPLO's do."""
    assert verify(anchors=(CHAIN.leaf,)) == (CHAIN.leaf,)
    (above,) = CHAIN.intermediates
    with pytest.raises(UntrustedCertificate, match="its own anchor"):
        verify(anchors=(CHAIN.leaf, above))
    twin = MIDDLE.issue(PrivateKey.generate().public, Subject("Leaf", country="NL"), now=NOW)
    below = CertificateAuthority.create("Leaf", country="NL", now=NOW).issue(
        KEY.public, Subject("X"), now=NOW
    )
    for other in (twin, below):
        with pytest.raises(UntrustedCertificate):
            verify(other, (CHAIN.leaf,))


def self_signed() -> Certificate:
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "Alone")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public.pyca)
        .serial_number(1)
        .not_valid_before(datetime.fromtimestamp(NOW - DAY, UTC))
        .not_valid_after(datetime.fromtimestamp(NOW + DAY, UTC))
    )
    return Certificate(builder.sign(KEY.pyca, hashes.SHA256()))


@pytest.mark.req("ADV-071")
def test_time() -> None:
    with pytest.raises(OutsideValidity, match=r"'Leaf'.*expired"):
        verify(now=NOW + 366 * DAY)
    with pytest.raises(OutsideValidity, match="not yet valid"):
        verify(now=NOW - DAY)
    short = CertificateAuthority.create("Short", now=NOW, days=1)
    chain = short.issue(KEY.public, Subject("Leaf"), now=NOW)
    with pytest.raises(OutsideValidity, match="anchor 'Short'"):
        verify(chain, (short.certificate,), now=NOW + 2 * DAY)


@pytest.mark.req("ADV-071")
def test_what_was_found_once_is_not_believed_for_ever() -> None:
    """The path is remembered; its times, another set of anchors and another chain are looked at each time."""
    chain = MIDDLE.issue(KEY.public, Subject("Brief"), now=NOW, days=1)
    verify(chain)
    assert _remembered(chain, ANCHORS)
    with pytest.raises(OutsideValidity):
        verify(chain, now=NOW + 2 * DAY)
    with pytest.raises(UntrustedCertificate):
        verify(chain, (CertificateAuthority.create("Root", now=NOW).certificate,))
    verify(chain, now=NOW + DAY - 1)


@pytest.mark.req("ADV-071")
def test_a_leaf_that_issues_certificates() -> None:
    """An end-entity certificate is no authority, however its name and key fit."""
    forger = CertificateAuthority(CHAIN.leaf, KEY, (CHAIN.leaf, *CHAIN.intermediates))
    with pytest.raises(UntrustedCertificate):
        verify(forger.issue(PrivateKey.generate().public, Subject("Forged"), now=NOW))


@pytest.mark.req("ADV-071")
def test_the_path_length_counts() -> None:
    below = MIDDLE.subordinate("Too deep", now=NOW)  # Middle has path length 0
    with pytest.raises(UntrustedCertificate):
        verify(below.issue(KEY.public, Subject("Leaf"), now=NOW))


@pytest.mark.req("ADV-071")
def test_key_usages() -> None:
    with pytest.raises(UntrustedCertificate, match=r"1\.3\.6\.1\.5\.5\.7\.3\.127"):
        verify(extended_key_usage="1.3.6.1.5.5.7.3.127")
    fitting = MIDDLE.issue(KEY.public, Subject("Leaf"), now=NOW, extended_key_usages=("1.3.6.1.5.5.7.3.127",))
    assert verify(fitting, extended_key_usage="1.3.6.1.5.5.7.3.127")


def test_what_a_certificate_says() -> None:
    subject = Subject("Café", "NL", "Café B.V.", "NTRNL-12345678")
    leaf = ROOT.issue(
        KEY.public, subject, now=NOW, san_dns=("a.example",), san_uris=("https://a.example/x",),
        san_emails=("m@a.example",),
        policies=("0.4.0.194118.1.2",), policy_uri="https://r.example/p", content_commitment=True,
        ca_issuers_url="https://r.example/ca.cer", crl_url="https://r.example/ca.crl",
    ).leaf  # fmt: skip
    again = Certificate.from_pem(leaf.pem().encode())
    assert again == leaf
    assert again.subject == subject
    assert again.subject.identifier == "NTRNL-12345678"
    assert (again.san_dns, again.san_uris, again.san_emails) == (
        ("a.example",),
        ("https://a.example/x",),
        ("m@a.example",),
    )
    assert again.policies == ("0.4.0.194118.1.2",)
    assert again.authority_key_id == ROOT.certificate.subject_key_id
    assert not again.is_ca
    assert again.may_sign
    assert len(again.sha256()) == 32
    assert again.not_before == NOW - 300


BAD_X5C: dict[str, Any] = {
    "none": None,
    "text": "x",
    "empty": [],
    "number": [7],
    "not base64": ["!"],
    "not DER": ["AAAA"],
    "base64url": [base64.urlsafe_b64encode(b"\xfb\xff" * 30).decode()],
    "cut": [CHAIN.x5c()[0][:-8]],
}


@pytest.mark.parametrize("name", BAD_X5C)
def test_x5c_that_is_refused(name: str) -> None:
    with pytest.raises(MalformedInput):
        CertificateChain.from_x5c(BAD_X5C[name])


def test_x5c_that_is_too_long() -> None:
    with pytest.raises(LimitExceeded):
        CertificateChain.from_x5c(CHAIN.x5c()[:1] * 7)
    with pytest.raises(LimitExceeded):
        CertificateChain.from_x5c(["A" * 200_000])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_certificate_or_a_typed_error(data: bytes) -> None:
    with pytest.raises(RemoteError):
        Certificate.from_der(data)


def even_signature() -> Certificate:
    """A certificate whose signature ends in a zero bit, which may be called unused then."""
    while True:
        leaf = MIDDLE.issue(KEY.public, Subject("Leaf"), now=NOW).leaf
        if leaf.der[-1] % 2 == 0:
            return leaf


def test_a_certificate_has_one_form_and_one_hash() -> None:
    """Nothing signs how many bits of the signature's BIT STRING are unused."""
    leaf = even_signature()
    place = len(leaf.der) - len(leaf.pyca.signature) - 1
    other_form = leaf.der[:place] + b"\x01" + leaf.der[place + 1 :]
    text = base64.encodebytes(other_form).decode()
    readers = (
        lambda: Certificate.from_der(other_form),
        lambda: Certificate.from_pem(
            f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n".encode()
        ),
        lambda: CertificateChain.from_x5c([base64.b64encode(other_form).decode()]),
    )
    for read in readers:
        with pytest.raises(MalformedInput, match="as it was signed"):
            read()
    assert Certificate.from_der(leaf.der).x509_hash() == leaf.x509_hash()


def test_bytes_that_are_read_are_the_bytes_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash is over what came, not over what a more lenient reader made of it."""
    monkeypatch.setattr(x509, "load_der_x509_certificate", lambda _: CHAIN.leaf.pyca)
    assert Certificate.from_der(CHAIN.leaf.der) == CHAIN.leaf
    with pytest.raises(MalformedInput, match="as it was signed"):
        Certificate.from_der(CHAIN.leaf.der + b"\0")


def test_a_name_that_is_no_text() -> None:
    leaf = MIDDLE.issue(KEY.public, Subject("\0Leaf"), now=NOW).leaf
    utf8, bits = b"\x0c\x05\0Leaf", b"\x03\x05\0Leaf"
    assert leaf.der.count(utf8) == 1
    with pytest.raises(MalformedInput, match="damaged"):
        Certificate.from_der(leaf.der.replace(utf8, bits))


# pyca warns of what it does not like in a serial number or a name; the first we refuse, the second is text.
@pytest.mark.filterwarnings(
    "ignore::cryptography.utils.CryptographyDeprecationWarning", "ignore::UserWarning"
)
@given(st.integers(0, len(CHAIN.leaf.der) - 1), st.integers(1, 255))
def test_a_damaged_certificate_is_a_typed_error_or_is_not_trusted(place: int, change: int) -> None:
    der = bytearray(CHAIN.leaf.der)
    der[place] ^= change
    try:
        leaf = Certificate.from_der(bytes(der))
        verify(CertificateChain(leaf, CHAIN.intermediates))
    except RemoteError:
        return
    pytest.fail("a changed certificate was trusted")
