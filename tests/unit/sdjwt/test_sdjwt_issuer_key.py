"""Whose key it is: certificate chains and JWT VC issuer metadata (SD-JWT VC §2.5, §4, §7.3; HAIP 1.0 §6.1.1)."""

from __future__ import annotations

from typing import Any

import pytest
from sdjwt_forge import ISSUER, NOW, STRANGER, forged

from nlwallet.crypto import CertificateAuthority, CertificateChain, PublicKey, Subject
from nlwallet.errors import (
    InvalidCredential,
    InvalidSignature,
    LimitExceeded,
    LocalError,
    MalformedInput,
    NlWalletError,
    OutsideValidity,
    UntrustedCertificate,
)
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import (
    IssuerKeyResolver,
    JwtVcIssuerMetadata,
    PermittedIssuers,
    SdJwtVc,
    X5cIssuer,
    issue_sd_jwt_vc,
    jwt_vc_issuer_url,
    verify_sd_jwt_vc,
)

VCT = "urn:eudi:pid:nl:1"
ISS = "https://issuer.example/pid"
DAY = 86_400
ROOT = CertificateAuthority.create("Root", now=NOW)
OTHER_ROOT = CertificateAuthority.create("Root", now=NOW)
SUBORDINATE = ROOT.subordinate("PID providers", now=NOW)
CHAIN = SUBORDINATE.issue(
    ISSUER.public, Subject("Issuer"), now=NOW, days=30, san_uris=[ISS], san_dns=["b.example"]
)
TRUSTED = X5cIssuer([ROOT.certificate])


def vc(
    chain: CertificateChain | None = CHAIN,
    *,
    key: Any = ISSUER,
    payload: dict[str, Any] | None = None,
    **header: Any,
) -> str:
    x5c = {"x5c": chain.x5c()} if chain else {}
    return forged({"vct": VCT, **(payload or {})}, key=key, typ="dc+sd-jwt", **(x5c | header))


def received(text: str, resolver: IssuerKeyResolver = TRUSTED, *, now: int = NOW) -> SdJwtVc:
    return verify_sd_jwt_vc(text, issuer_key=resolver, now=now, profile=HAIP_1_0)


def refused(
    text: str, kind: type[NlWalletError], resolver: IssuerKeyResolver = TRUSTED, *, now: int = NOW
) -> NlWalletError:
    for _ in range(2):  # what was remembered of a good chain, or of this one, makes no difference
        with pytest.raises(kind) as caught:
            received(text, resolver, now=now)
    assert caught.value.spec
    return caught.value


# x5c --------------------------------------------------------------------------------------------------


@pytest.mark.req("C-10", "C-28")
def test_the_leaf_of_a_trusted_chain_in_the_protected_header_is_the_issuers_key() -> None:
    text = issue_sd_jwt_vc(
        vct=VCT, claims={}, disclosable=[], key=ISSUER, chain=CHAIN, issuer=ISS, issued_at=NOW
    )
    card = received(text)
    assert card.chain is not None
    assert card.chain.leaf == CHAIN.leaf
    assert list(card.sd_jwt.header["x5c"]) == CHAIN.x5c()
    assert ROOT.certificate not in list(card.chain)
    with pytest.raises(LocalError):
        issue_sd_jwt_vc(vct=VCT, claims={}, disclosable=[], key=STRANGER, chain=CHAIN, issued_at=NOW)


@pytest.mark.req("C-10", "ADV-067")
def test_a_chain_to_another_root_of_the_same_name_is_refused() -> None:
    received(vc())
    own = OTHER_ROOT.issue(ISSUER.public, Subject("Issuer"), now=NOW, san_uris=[ISS])
    refused(vc(own), UntrustedCertificate)
    refused(vc(CHAIN), UntrustedCertificate, X5cIssuer([OTHER_ROOT.certificate]))
    refused(vc(CHAIN), UntrustedCertificate, X5cIssuer([]))


@pytest.mark.req("C-11", "ADV-068")
@pytest.mark.parametrize(
    "header",
    [
        {"jwk": STRANGER.public.jwk()},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/chain.pem"},
        {"kid": "evil"},
    ],
)
def test_keys_that_a_token_brings_along_are_never_looked_at(header: dict[str, Any]) -> None:
    refused(vc(None, key=STRANGER, **header), InvalidCredential)
    refused(vc(CHAIN, key=STRANGER, **header), InvalidSignature)
    received(vc(CHAIN, **header))


@pytest.mark.req("S-17", "ADV-069")
def test_the_right_leaf_with_a_signature_of_another_key_is_refused() -> None:
    received(vc())
    refused(vc(key=STRANGER), InvalidSignature)


@pytest.mark.req("C-28", "ADV-070")
def test_the_anchor_in_x5c_and_a_self_signed_leaf_are_refused() -> None:
    with_anchor = CertificateChain(CHAIN.leaf, (*CHAIN.intermediates, ROOT.certificate))
    refused(vc(with_anchor), UntrustedCertificate)
    lenient = X5cIssuer([ROOT.certificate], anchor_in_x5c="accepted")
    assert received(vc(with_anchor), lenient).vct == VCT
    refused(vc(CertificateChain(ROOT.certificate)), UntrustedCertificate)
    refused(vc(CertificateChain(OTHER_ROOT.certificate)), UntrustedCertificate)


@pytest.mark.req("ADV-071")
def test_a_chain_outside_its_validity_is_refused_also_when_it_was_good_before() -> None:
    received(vc())
    refused(vc(), OutsideValidity, now=NOW + 31 * DAY)
    refused(vc(), OutsideValidity, now=NOW - DAY)
    received(vc(), now=NOW + 29 * DAY)


@pytest.mark.req("ADV-071")
def test_a_chain_that_is_not_built_as_it_should_is_refused() -> None:
    leaf = CHAIN.leaf
    signing_leaf = CertificateAuthority(leaf, ISSUER)
    below_leaf = signing_leaf.issue(STRANGER.public, Subject("Below"), now=NOW)
    not_a_ca = CertificateChain(below_leaf.leaf, (leaf, *CHAIN.intermediates))
    refused(vc(not_a_ca, key=STRANGER), UntrustedCertificate)
    refused(vc(CertificateChain(CHAIN.intermediates[0], (leaf,))), UntrustedCertificate)
    refused(vc(CertificateChain(leaf)), UntrustedCertificate)
    needs_usage = X5cIssuer([ROOT.certificate], extended_key_usage="1.3.6.1.5.5.7.3.30")
    refused(vc(), UntrustedCertificate, needs_usage)


@pytest.mark.req("C-10")
@pytest.mark.parametrize("x5c", [[], "text", None, [5], {"0": "x"}, ["@"], ["AAAA"], [["x"]]])
def test_an_x5c_that_is_no_chain_is_refused(x5c: Any) -> None:
    refused(vc(None, x5c=x5c), MalformedInput)
    refused(vc(None), InvalidCredential)


def test_a_chain_longer_than_the_limit_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        received(vc(None, x5c=CHAIN.x5c() * 4))


@pytest.mark.req("C-10")
@pytest.mark.parametrize(
    ("iss", "accepted"),
    [
        (ISS, True),
        ("https://b.example/any/path", True),
        ("https://issuer.example", False),
        ("https://evil.example", False),
        ("https://b.example.evil.example", False),
        ("http://b.example", False),
        ("https://[", False),
        ("Issuer", False),
    ],
)
def test_iss_is_a_name_of_the_leaf(iss: str, accepted: bool) -> None:
    text = vc(payload={"iss": iss})
    if accepted:
        assert received(text).issuer == iss
    else:
        assert refused(text, UntrustedCertificate).pointer == "/payload/iss"


def test_later_changes_of_the_anchors_are_another_resolver() -> None:
    anchors = [ROOT.certificate]
    resolver = X5cIssuer(anchors)
    anchors.clear()
    assert received(vc(), resolver).vct == VCT


def test_many_chains_are_remembered_and_forgotten_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlwallet.sdjwt.issuer_key.MAX_KNOWN_CHAINS", 2)
    resolver = X5cIssuer([ROOT.certificate])
    for _ in range(4):
        assert received(vc(ROOT.issue(ISSUER.public, Subject("Issuer"), now=NOW)), resolver).vct == VCT


@pytest.mark.req("C-11", "C-24", "ADV-073")
def test_who_may_issue_a_type_may_issue_that_type_only() -> None:
    permitted = PermittedIssuers({VCT: TRUSTED})
    assert received(vc(), permitted).vct == VCT
    for payload in (
        {"vct": "urn:evil:pid"},
        {"vct": "urn:evil:pid", "aka_vcts": [VCT]},
        {"vct": VCT.upper()},
        {"vct": VCT + ":1"},
    ):
        assert refused(vc(payload=payload), InvalidCredential, permitted).pointer == "/payload/vct"
    with pytest.raises(InvalidCredential):
        permitted({}, {"vct": ["x"]}, now=NOW)
    # The mechanism of the type is the verifier's choice: metadata for this type, so no chain helps.
    by_metadata = PermittedIssuers({VCT: JwtVcIssuerMetadata({ISS: METADATA})})
    refused(vc(), InvalidCredential, by_metadata)


@pytest.mark.parametrize(
    ("iss", "accepted"),
    [
        ("http://localhost:7700/issuer", True),
        ("https://localhost/issuer", True),
        ("http://127.0.0.1:7700", False),  # this machine too, but no name in the certificate
        ("http://b.example/issuer", False),  # a name in it, but http to another machine
        ("ftp://localhost", False),
    ],
)
def test_an_issuer_under_test_on_this_machine_may_be_called_by_http(iss: str, accepted: bool) -> None:
    chain = SUBORDINATE.issue(ISSUER.public, Subject("Issuer"), now=NOW, san_dns=["localhost", "b.example"])
    text = vc(chain, payload={"iss": iss})
    if accepted:
        assert received(text).issuer == iss
    else:
        assert refused(text, UntrustedCertificate).pointer == "/payload/iss"


# JWT VC issuer metadata -------------------------------------------------------------------------------


@pytest.mark.req("C-12")
@pytest.mark.parametrize(
    ("iss", "url"),
    [
        ("https://example.com", "https://example.com/.well-known/jwt-vc-issuer"),
        ("https://example.com/", "https://example.com/.well-known/jwt-vc-issuer"),
        ("https://example.com/tenant/1234", "https://example.com/.well-known/jwt-vc-issuer/tenant/1234"),
        ("https://example.com/tenant/1234/", "https://example.com/.well-known/jwt-vc-issuer/tenant/1234"),
        ("https://example.com:8443/t", "https://example.com:8443/.well-known/jwt-vc-issuer/t"),
        ("https://example.com/a%20b", "https://example.com/.well-known/jwt-vc-issuer/a%20b"),
    ],
)
def test_the_well_known_part_goes_between_host_and_path(iss: str, url: str) -> None:
    assert jwt_vc_issuer_url(iss) == url


@pytest.mark.req("C-12")
@pytest.mark.parametrize(
    "iss",
    [
        "http://example.com",
        "example.com",
        "https://",
        "https:///path",
        "https://example.com?x=1",
        "https://example.com/?",
        "https://example.com/#",
        "https://example.com/a#b",
        "https://user@example.com/",
        "https://exa\nmple.com",
        "https://example.com/a b",
        "https://example.com\\@evil.example",
        "",
    ],
)
def test_an_iss_that_is_no_https_url_of_host_and_path_is_refused(iss: str) -> None:
    with pytest.raises(InvalidCredential):
        jwt_vc_issuer_url(iss)


def jwk(key: PublicKey, kid: str) -> dict[str, str]:
    return {"kid": kid, **key.jwk()}


KEYS = {"keys": [jwk(ISSUER.public, "doc-signer-1"), jwk(STRANGER.public, "doc-signer-2")]}
METADATA = {"issuer": ISS, "jwks": KEYS, "other": "ignored"}


def from_metadata(text: str, document: Any = METADATA, **more: Any) -> SdJwtVc:
    return received(text, JwtVcIssuerMetadata({ISS: document}, **more))


@pytest.mark.req("C-10", "C-13")
def test_the_kid_names_the_key_in_the_metadata_of_iss() -> None:
    text = vc(None, payload={"iss": ISS}, kid="doc-signer-1")
    assert from_metadata(text).chain is None
    by_reference = {"issuer": ISS, "jwks_uri": "https://issuer.example/jwks"}
    assert from_metadata(text, by_reference, key_sets={"https://issuer.example/jwks": KEYS}).issuer == ISS
    one = {"issuer": ISS, "jwks": {"keys": KEYS["keys"][:1]}}
    assert from_metadata(vc(None, payload={"iss": ISS}), one).issuer == ISS


@pytest.mark.req("C-10", "C-13")
@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://issuer.example", "jwks": KEYS},
        {"issuer": ISS + "/", "jwks": KEYS},
        {"jwks": KEYS},
        {"issuer": ISS},
        {"issuer": ISS, "jwks": KEYS, "jwks_uri": "https://issuer.example/jwks"},
        {"issuer": ISS, "jwks_uri": "https://not-fetched.example/jwks"},
        {"issuer": ISS, "jwks_uri": 5},
        {"issuer": ISS, "jwks": {"keys": {}}},
        {"issuer": ISS, "jwks": []},
        {"issuer": ISS, "jwks": {"keys": []}},
        {"issuer": ISS, "jwks": {"keys": ["x", None]}},
        {"issuer": ISS, "jwks": {"keys": [KEYS["keys"][0], KEYS["keys"][0]]}},
        [],
    ],
)
def test_metadata_that_does_not_say_one_key_of_this_issuer_is_not_used(document: Any) -> None:
    with pytest.raises(InvalidCredential) as caught:
        from_metadata(vc(None, payload={"iss": ISS}, kid="doc-signer-1"), document)
    assert caught.value.pointer


@pytest.mark.req("C-10", "C-11")
def test_neither_an_unknown_issuer_nor_another_key_of_it_nor_a_chain_helps() -> None:
    text = vc(None, payload={"iss": "https://evil.example"}, kid="doc-signer-1")
    refused(text, InvalidCredential, JwtVcIssuerMetadata({ISS: METADATA}))
    refused(vc(None, kid="doc-signer-1"), InvalidCredential, JwtVcIssuerMetadata({ISS: METADATA}))
    wrong_kid = vc(None, payload={"iss": ISS}, kid="doc-signer-2")
    refused(wrong_kid, InvalidSignature, JwtVcIssuerMetadata({ISS: METADATA}))
    for kid in ("unknown", None, 5):
        refused(
            vc(None, payload={"iss": ISS}, kid=kid), InvalidCredential, JwtVcIssuerMetadata({ISS: METADATA})
        )
    # The verifier chose metadata for this issuer: a chain in the header changes nothing.
    other = ROOT.issue(STRANGER.public, Subject("X"), now=NOW, san_uris=[ISS])
    with_chain = vc(other, key=STRANGER, payload={"iss": ISS}, kid="doc-signer-1")
    refused(with_chain, InvalidSignature, JwtVcIssuerMetadata({ISS: METADATA}))
