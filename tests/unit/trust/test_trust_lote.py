"""Lists of trusted entities: what is written, and what a reader refuses (ETSI TS 119 602)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject, parse_jws, sign_jws
from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidTrustedList, LocalError, MalformedInput, RemoteError
from nlwallet.trust import (
    ACCESS_AUTHORITIES,
    LIST_KINDS,
    NOTIFIED,
    PID_PROVIDERS,
    PUB_EAA_PROVIDERS,
    WITHDRAWN,
    Category,
    ListOfTrustedEntities,
    TrustedEntity,
    TrustedService,
    sign_lote,
    verify_lote,
)

NOW = 1_790_000_000
DAY = 86_400
OPERATOR = "Test operator"
KEY = PrivateKey.generate()
ROOT = CertificateAuthority.create("Operator CA", organization=OPERATOR, country="EU", now=NOW, days=900)
CHAIN = ROOT.issue(KEY.public, Subject("Signer", country="EU", organization=OPERATOR), now=NOW, days=800)
AUTHORITY = CertificateAuthority.create("Some authority", now=NOW, days=900)
OLD = CertificateAuthority.create("Expired authority", now=NOW - 100 * DAY, days=50)
LEAF = AUTHORITY.issue(PrivateKey.generate().public, Subject("No authority"), now=NOW, days=700).leaf


def entity(kind: Any = PID_PROVIDERS, *certificates: Any, status: str = "") -> TrustedEntity:
    held = certificates or (AUTHORITY.certificate,)
    services = [
        TrustedService(kind.issuance, "issuance", held, status, "2026-01-01T00:00:00Z"),
        TrustedService(kind.revocation, "revocation", held, status, "2026-01-01T00:00:00Z"),
    ]
    return TrustedEntity("Provider", "NL", tuple(services), website="https://provider.example")


def a_list(kind: Any = PID_PROVIDERS, *entities: TrustedEntity, **members: Any) -> ListOfTrustedEntities:
    made = ListOfTrustedEntities(kind, 7, NOW - DAY, NOW + 30 * DAY, OPERATOR, entities or (entity(kind),))
    return replace(made, **members)


def signed(lote: ListOfTrustedEntities, spoil: Callable[[dict[str, Any]], None] = lambda _: None) -> str:
    payload = deepcopy(lote.as_json())
    spoil(payload["LoTE"])
    return sign_jws(payload, KEY, typ="trustlist+jwt", header={"x5c": CHAIN.x5c(), "iat": lote.issued_at})


def read(token: str, **given: Any) -> ListOfTrustedEntities:
    options: dict[str, Any] = {"kind": PID_PROVIDERS, "signers": (CHAIN.leaf,), "now": NOW, **given}
    return verify_lote(token, **options)


def scheme(lote: dict[str, Any]) -> dict[str, Any]:
    return lote["ListAndSchemeInformation"]  # type: ignore[no-any-return]


def first_service(lote: dict[str, Any]) -> dict[str, Any]:
    services = lote["TrustedEntitiesList"][0]["TrustedEntityServices"]
    return services[0]["ServiceInformation"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", LIST_KINDS.values(), ids=list(LIST_KINDS))
def test_a_list_says_all_of_its_scheme_that_the_profiles_of_the_eu_ask(kind: Any) -> None:
    """The European reference library refuses a list without one of these."""
    said = scheme(a_list(kind, website="https://lists.example/x").as_json()["LoTE"])
    website = [{"lang": "en", "uriValue": "https://lists.example/x"}]
    address = said["SchemeOperatorAddress"]
    assert [one["Country"] for one in address["SchemeOperatorPostalAddress"]] == ["EU"]
    assert address["SchemeOperatorElectronicAddress"] == said["SchemeInformationURI"] == website
    assert said["PolicyOrLegalNotice"] == [{"LoTEPolicy": website[0]}]
    nobody = replace(entity(kind), website="").as_json(kind)["TrustedEntityInformation"]
    assert nobody["TEAddress"]["TEElectronicAddress"] == nobody["TEInformationURI"]


@pytest.mark.req("PPNot_07", "WPNot_05", "PuBPNot_03", "RPACANot_05", "RPACANot_05a")
@pytest.mark.parametrize("kind", LIST_KINDS.values(), ids=list(LIST_KINDS))
def test_a_list_of_each_kind_is_written_as_its_annex_says_and_read_again(kind: Any) -> None:
    one = entity(kind, status=NOTIFIED if kind.with_status else "")
    token = sign_lote(a_list(kind, one), key=KEY, chain=CHAIN)
    told = scheme(
        parse_json_object(parse_jws(token, typ=None, algorithms={"ES256"}, what="it").payload)["LoTE"]
    )
    assert told["LoTEVersionIdentifier"] == 1
    assert told["LoTEType"] == kind.lote_type
    assert told["StatusDeterminationApproach"].endswith("/StatusDetn/EU")
    assert told["SchemeTypeCommunityRules"] == [{"lang": "en", "uriValue": kind.scheme_rules}]
    assert told.get("HistoricalInformationPeriod") == (65_535 if kind.with_status else None)
    assert told["NextUpdate"].endswith("Z")
    lote = read(token, kind=kind)
    assert lote.anchors(kind.issuance_category, now=NOW) == (AUTHORITY.certificate,)
    assert lote.anchors(kind.revocation_category, now=NOW) == (AUTHORITY.certificate,)
    assert (lote.entities[0].name, lote.entities[0].country) == ("Provider", "NL")


def test_the_standard_s_own_spelling_is_kept() -> None:
    kind = LIST_KINDS["registration-certificate-providers"]
    assert kind.status_determination == "http://uri.etsi.org/19602/WRPRCrovidersList/StatusDetn/EU"
    assert kind.scheme_rules == "http://uri.etsi.org/19602/WRPRCProvidersList/schemerules/EU"


@pytest.mark.req("PPNot_05", "PPNot_06", "PuBPNot_06", "RPACANot_04", "WPNot_04")
def test_a_category_has_only_the_anchors_of_its_own_service() -> None:
    other = CertificateAuthority.create("Status authority", now=NOW, days=900).certificate
    services = (
        TrustedService(PID_PROVIDERS.issuance, "issuance", (AUTHORITY.certificate,)),
        TrustedService(PID_PROVIDERS.revocation, "revocation", (other,)),
        TrustedService(ACCESS_AUTHORITIES.issuance, "of another list", (other,)),
    )
    lote = read(sign_lote(a_list(PID_PROVIDERS, TrustedEntity("P", "NL", services)), key=KEY, chain=CHAIN))
    assert lote.anchors(Category.PID_PROVIDER, now=NOW) == (AUTHORITY.certificate,)
    assert lote.anchors(Category.PID_STATUS, now=NOW) == (other,)
    assert lote.anchors(Category.ACCESS_CA, now=NOW) == ()


def test_left_out_are_expired_certificates_those_withdrawn_and_those_that_are_no_authority() -> None:
    access = a_list(
        ACCESS_AUTHORITIES,
        entity(ACCESS_AUTHORITIES, AUTHORITY.certificate, OLD.certificate, LEAF),
    )
    lote = read(signed(access), kind=ACCESS_AUTHORITIES)
    assert lote.anchors(Category.ACCESS_CA, now=NOW) == (AUTHORITY.certificate,)
    assert lote.anchors(Category.ACCESS_CA, now=NOW - 99 * DAY) == (OLD.certificate,)
    public = a_list(
        PUB_EAA_PROVIDERS,
        entity(PUB_EAA_PROVIDERS, status=WITHDRAWN),
        entity(PUB_EAA_PROVIDERS, LEAF, status=NOTIFIED),
    )
    read_again = read(signed(public), kind=PUB_EAA_PROVIDERS)
    assert read_again.anchors(Category.PUB_EAA_PROVIDER, now=NOW) == (LEAF,)


@pytest.mark.req("TLPub_07")
def test_only_a_pinned_signer_or_one_under_it_counts() -> None:
    token = signed(a_list())
    assert read(token, signers=(ROOT.certificate,)).sequence_number == 7
    stranger = CertificateAuthority.create("Operator CA", organization=OPERATOR, country="EU", now=NOW)
    for signers in ((), (stranger.certificate,), (AUTHORITY.certificate,)):
        with pytest.raises(RemoteError) as refused:
            read(token, signers=signers)
        assert refused.value.code == "untrusted_certificate"
    with pytest.raises(RemoteError) as late:
        read(token, now=NOW + 801 * DAY)
    assert late.value.code == "outside_validity"


def test_a_signature_by_another_key_or_over_another_list_is_refused() -> None:
    header = {"x5c": CHAIN.x5c(), "iat": NOW}
    forged = sign_jws(a_list().as_json(), PrivateKey.generate(), typ="trustlist+jwt", header=header)
    first, second = signed(a_list()).split("."), signed(a_list(sequence_number=8)).split(".")
    for token in (forged, ".".join((first[0], second[1], first[2]))):
        with pytest.raises(RemoteError) as refused:
            read(token)
        assert refused.value.code == "invalid_signature"


def test_the_signer_is_the_operator_and_of_the_territory() -> None:
    for subject in (
        Subject("Signer", country="EU", organization="Somebody else"),
        Subject("Signer", country="NL", organization=OPERATOR),
    ):
        chain: CertificateChain = ROOT.issue(KEY.public, subject, now=NOW)
        header = {"x5c": chain.x5c(), "iat": NOW}
        token = sign_jws(a_list().as_json(), KEY, typ="trustlist+jwt", header=header)
        with pytest.raises(InvalidTrustedList, match="another than its operator"):
            read(token, signers=(ROOT.certificate,))
        with pytest.raises(LocalError):
            sign_lote(a_list(), key=KEY, chain=chain)


SPOILT: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another version": (lambda t: scheme(t).update(LoTEVersionIdentifier=2), "version"),
    "another kind": (lambda t: scheme(t).update(LoTEType=ACCESS_AUTHORITIES.lote_type), "another kind"),
    "another territory": (lambda t: scheme(t).update(SchemeTerritory="NL"), "another territory"),
    "no territory": (lambda t: scheme(t).pop("SchemeTerritory"), "SchemeTerritory"),
    "a number that is none": (lambda t: scheme(t).update(LoTESequenceNumber=True), "LoTESequenceNumber"),
    "no operator": (lambda t: scheme(t).update(SchemeOperatorName=[]), "SchemeOperatorName"),
    "a date that is none": (lambda t: scheme(t).update(NextUpdate="soon"), "no date"),
    "a date without a zone": (lambda t: scheme(t).update(NextUpdate="2026-10-10T10:00:00"), "time zone"),
    "no entities but an object": (lambda t: t.update(TrustedEntitiesList={}), "entities"),
    "an entity without country": (
        lambda t: t["TrustedEntitiesList"][0]["TrustedEntityInformation"].pop("TEAddress"),
        "TEAddress",
    ),
    "an entity without services": (
        lambda t: t["TrustedEntitiesList"][0].update(TrustedEntityServices=[]),
        "services",
    ),
    "a service without certificates": (
        lambda t: first_service(t)["ServiceDigitalIdentity"].update(X509Certificates=[]),
        "certificates",
    ),
    "a certificate that is none": (
        lambda t: first_service(t)["ServiceDigitalIdentity"].update(X509Certificates=[{"val": "AAAA"}]),
        "certificate",
    ),
    "a certificate in base64url": (
        lambda t: first_service(t)["ServiceDigitalIdentity"].update(X509Certificates=[{"val": "_-_-"}]),
        "base64",
    ),
    "a status where there is none": (
        lambda t: first_service(t).update(ServiceStatus=NOTIFIED),
        "ServiceStatus",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_list_is_refused_with_a_pointer(name: str) -> None:
    spoil, reason = SPOILT[name]
    with pytest.raises(InvalidTrustedList, match=reason) as refused:
        read(signed(a_list(), spoil))
    assert refused.value.pointer.startswith("/LoTE")


def test_a_list_with_statuses_says_one_for_each_service() -> None:
    with pytest.raises(InvalidTrustedList, match="neither notified nor withdrawn"):
        read(signed(a_list(PUB_EAA_PROVIDERS)), kind=PUB_EAA_PROVIDERS)


def test_a_list_counts_until_its_next_update_and_half_a_year_at_most() -> None:
    token = signed(a_list())
    assert read(token, now=NOW + 30 * DAY - 1)
    with pytest.raises(InvalidTrustedList) as late:
        read(token, now=NOW + 30 * DAY)
    assert late.value.code == "list_out_of_date"
    with pytest.raises(InvalidTrustedList, match="future"):
        read(signed(a_list(issued_at=NOW + 301)))
    too_long = a_list(next_update=NOW + 187 * DAY)
    with pytest.raises(InvalidTrustedList, match="six months"):
        read(signed(too_long))
    with pytest.raises(LocalError):
        sign_lote(too_long, key=KEY, chain=CHAIN)


def test_no_older_list_and_no_other_one_under_the_same_number() -> None:
    known = read(signed(a_list()))
    assert read(signed(a_list()), previous=known) == known
    assert read(signed(a_list(sequence_number=8)), previous=known).sequence_number == 8
    for other in (
        a_list(sequence_number=6),
        a_list(sequence_number=8, issued_at=NOW - 2 * DAY),
        a_list(next_update=NOW + 31 * DAY),
    ):
        with pytest.raises(InvalidTrustedList) as refused:
            read(signed(other), previous=known)
        assert refused.value.code == "list_rolled_back"


def test_a_member_that_comes_twice_is_refused() -> None:
    payload = b'{"LoTE":{},"LoTE":{}}'
    token = sign_jws(payload, KEY, typ="trustlist+jwt", header={"x5c": CHAIN.x5c()})
    with pytest.raises(MalformedInput):
        read(token)


# Keys of another kind -----------------------------------------------------------------------------


def test_an_rsa_certificate_is_left_out_and_the_list_holds(rsa_certificate: bytes) -> None:
    """Trust service providers have them; one entry must not make a list unusable, nor stay unnoticed."""

    def with_rsa(lote: dict[str, Any]) -> None:
        listed = first_service(lote)["ServiceDigitalIdentity"]["X509Certificates"]
        listed.insert(0, {"val": base64.b64encode(rsa_certificate).decode()})

    lote = read(signed(a_list(), with_rsa))
    assert lote.anchors(Category.PID_PROVIDER, now=NOW) == (AUTHORITY.certificate,)
    assert lote.unreadable == 1
    assert read(signed(a_list())).unreadable == 0


def test_an_entity_with_rsa_certificates_only_has_no_anchors(rsa_certificate: bytes) -> None:
    def rsa_only(lote: dict[str, Any]) -> None:
        first_service(lote)["ServiceDigitalIdentity"]["X509Certificates"] = [
            {"val": base64.b64encode(rsa_certificate).decode()}
        ]

    lote = read(signed(a_list(), rsa_only))
    assert (lote.anchors(Category.PID_PROVIDER, now=NOW), lote.unreadable) == ((), 1)
    assert lote.anchors(Category.PID_STATUS, now=NOW) == (AUTHORITY.certificate,)


def test_what_is_no_certificate_still_makes_the_list_unusable() -> None:
    def damaged(lote: dict[str, Any]) -> None:
        first_service(lote)["ServiceDigitalIdentity"]["X509Certificates"] = [{"val": "MAA="}]

    with pytest.raises(InvalidTrustedList):
        read(signed(a_list(), damaged))
