"""An issuer is held against its registration before anything is asked of it: one pure function, every way to fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject, parse_jws, sign_jws
from nlwallet.errors import ProviderNotRegistered
from nlwallet.holder.texts import TEXTS
from nlwallet.profiles import HAIP_1_0, PROFILES, STRICT, TRANSITIONAL, Profile
from nlwallet.registration import (
    ProviderCheck,
    ProviderReason,
    RelyingPartyRecord,
    check_provider,
    issue_provider_wrprc,
    issue_wrpac,
)
from nlwallet.report import Outcome
from nlwallet.status import (
    Status,
    StatusList,
    StatusListToken,
    StatusReference,
    sign_status_list_token,
    verify_status_list_token,
)
from nlwallet.trust import Category, TrustAnchors

NOW = 1_790_000_000
TELLING = replace(HAIP_1_0, name="telling", issuer_registration="if_shown")
DIPLOMA, NL_PID, MDOC_PID = "urn:nlwallet:diploma:1", "urn:eudi:pid:nl:1", "eu.europa.ec.eudi.pid.1"
LIST = "https://registrar.example/status-lists/1"
REGISTER = "https://registrar.example"
Check = Callable[..., ProviderCheck]


def lists_of(office: Any, status: Status) -> Callable[[StatusReference], StatusListToken | None]:
    statuses = StatusList(8, bits=1)
    statuses[7] = status
    text = sign_status_list_token(
        statuses, uri=LIST, key=office.key, chain=office.chain, now=NOW, expires_at=NOW + 99, ttl=60
    )
    token = verify_status_list_token(
        text, uri=LIST, anchors=(office.registration.certificate,), now=NOW, algorithms={"ES256"}
    )
    return lambda reference: token if reference.uri == LIST else None


class Provider:
    """A university that may issue diplomas, and whatever is made of it otherwise."""

    def __init__(self, office: Any, **changed: Any) -> None:
        self.office = office
        self.record = RelyingPartyRecord.of(
            **{
                "legal_name": "Universiteit Waterland",
                "trade_name": "Waterland",
                "identifier": "NTRNL-55555555",
                "services": ({"nl": "Diploma's uitgeven", "en": "Issue diplomas"},),
                "website": "https://waterland.example/",
                "support_uri": "https://waterland.example/help",
                "supervisory_authority": {"name": "Toezicht", "country": "NL", "email": "a@toezicht.example"},
                "entitlements": ("QEAA_Provider",),
                "provides_attestations": ({"types": [DIPLOMA]},),
                **changed,
            }
        )

    @property
    def chain(self) -> CertificateChain:
        return issue_wrpac(
            self.record, PrivateKey.generate().public, authority=self.office.access, now=NOW,
            dns_names=("waterland.example",), registrar_url=REGISTER,
        )  # fmt: skip

    def wrprc(self, **changed: Any) -> str:
        given = {
            "key": self.office.key, "chain": self.office.chain, "now": NOW, "days": 30,
            "status": StatusReference(7, LIST), "registry_uri": REGISTER, **changed,
        }  # fmt: skip
        return issue_provider_wrprc(self.record, **given)


@pytest.fixture
def waterland(office: Any) -> Provider:
    return Provider(office)


@pytest.fixture
def check(office: Any, waterland: Provider) -> Check:
    def call(profile: Profile = STRICT, **changed: Any) -> ProviderCheck:
        given: dict[str, Any] = {
            "chain": waterland.chain,
            "certificates": (waterland.wrprc(),),
            "offered": [("dc+sd-jwt", DIPLOMA)],
            "anchors": office.anchors,
            "status_lists": lists_of(office, Status.VALID),
            "now": NOW,
            "ancestors": lambda type_: (type_,),
            **changed,
        }
        return check_provider(given.pop("certificates"), profile=profile, **given)

    return call


def refused(found: ProviderCheck) -> ProviderNotRegistered:
    assert isinstance(found.refusal, ProviderNotRegistered)
    assert (found.registration, found.entitlement) == (None, None)
    assert found.reasons == [found.refusal.code]
    assert not found.report.ok
    return found.refusal


def warned(found: ProviderCheck) -> list[str]:
    """The reasons where nothing but a warning comes of it."""
    assert (found.refusal, found.registration, found.entitlement) == (None, None, None)
    assert found.report.ok
    assert [one.code for one in found.report if one.outcome is Outcome.WARNED][-1:] == found.reasons
    return list(found.reasons)


@pytest.mark.parametrize("profile", [STRICT, HAIP_1_0, TRANSITIONAL], ids=lambda one: one.name)
def test_a_registered_provider_may_issue_what_it_registered(check: Check, profile: Profile) -> None:
    found = check(profile)
    assert (found.refusal, found.reasons, found.entitlement) == (None, [], "QEAA_Provider")
    assert found.registration is not None
    assert found.registration.identifier == "NTRNL-55555555"
    assert {one.outcome for one in found.report} == {Outcome.PASSED}
    assert {"RPA_04", "RPRC_22", "RPRC_22a", "RPRC_22b", "ISSU_34a", "RPRC_23", "RPRC_01a"} <= {
        one.id for one in found.report
    }


def of_another(office: Any) -> dict[str, Any]:
    return {"certificates": (Provider(office, identifier="NTRNL-66666666").wrprc(),)}


def of_an_access_ca(office: Any) -> dict[str, Any]:
    key = PrivateKey.generate()
    chain = office.access.issue(key.public, Subject("No registrar"), now=NOW)
    return {"certificates": (Provider(office).wrprc(key=key, chain=chain),)}


def changed_by_hand(office: Any, **members: Any) -> str:
    """A registration certificate of the registrar with other claims in it."""
    claims = parse_jws(Provider(office).wrprc(), typ={"rc-wrp+jwt"}, algorithms={"ES256"}, what="it").claims(
        what="it"
    )
    merged = {name: value for name, value in {**claims, **members}.items() if value is not None}
    header = {"x5c": office.chain.x5c(), "iat": merged["iat"]}
    return sign_jws(merged, office.key, typ="rc-wrp+jwt", header=header)


HOSTILE: dict[str, tuple[str, Callable[[Any], dict[str, Any]]]] = {
    "missing": ("not_registered", lambda _: {"certificates": ()}),
    "two": ("malformed", lambda o: {"certificates": (Provider(o).wrprc(),) * 2}),
    "no JWS": ("malformed", lambda _: {"certificates": ("a.b.c",)}),
    "no signature of its signer": (
        "malformed",
        lambda o: {"certificates": (Provider(o).wrprc(key=PrivateKey.generate()),)},
    ),
    "of another issuer": ("not_bound_to_provider", of_another),
    "of another whose intermediary it is": (
        "not_bound_to_provider",
        lambda o: {
            "certificates": (
                changed_by_hand(
                    o,
                    sub="NTRNL-66666666",
                    intermediary={"sub": "NTRNL-55555555", "sname": "Waterland", "srv_id": "main"},
                ),
            )
        },
    ),
    "of another name": (
        "not_bound_to_provider",
        lambda o: {"certificates": (changed_by_hand(o, name="Belastingdienst", srv_name=None),)},
    ),
    "expired": ("expired", lambda o: {"certificates": (Provider(o).wrprc(now=NOW - 86_400, days=1),)}),
    "not yet valid": ("expired", lambda o: {"certificates": (Provider(o).wrprc(now=NOW + 3600),)}),
    "signed by an access CA": ("untrusted_registrar", of_an_access_ca),
    "a service provider": (
        "wrong_entitlement",
        lambda o: {
            "certificates": (
                changed_by_hand(o, entitlements=["https://uri.etsi.org/19475/Entitlement/Service_Provider"]),
            )
        },
    ),
    "revoked": ("revoked", lambda o: {"status_lists": lists_of(o, Status.INVALID)}),
    "suspended": ("revoked", lambda o: {"status_lists": suspended(o)}),
    "list not to be had": ("revocation_status_unknown", lambda _: {"status_lists": lambda _: None}),
    "no list named": (
        "revocation_status_unknown",
        lambda o: {"certificates": (changed_by_hand(o, status=None),)},
    ),
    "nobody signed the metadata": ("no_access_certificate", lambda _: {"chain": None}),
}


def suspended(office: Any) -> Callable[[StatusReference], StatusListToken | None]:
    statuses = StatusList(8, bits=2)
    statuses[7] = Status.SUSPENDED
    text = sign_status_list_token(
        statuses, uri=LIST, key=office.key, chain=office.chain, now=NOW, expires_at=NOW + 99, ttl=60
    )
    token = verify_status_list_token(
        text, uri=LIST, anchors=(office.registration.certificate,), now=NOW, algorithms={"ES256"}
    )
    return lambda _: token


@pytest.mark.req("RPRC_22a", "RPRC_22b")
@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_wrong_ends_the_issuance_by_default_and_warns_in_the_transition(
    check: Check, office: Any, case: str
) -> None:
    reason, make = HOSTILE[case]
    changed = make(office)
    assert refused(check(STRICT, **changed)).code == reason
    if reason == "revocation_status_unknown":
        for profile in (HAIP_1_0, TRANSITIONAL):
            found = check(profile, **changed)
            assert (found.refusal, found.reasons) == (None, [reason])
            assert found.registration is not None
    else:
        assert refused(check(HAIP_1_0, **changed)).code == reason
        assert warned(check(TRANSITIONAL, **changed)) == [reason]


@pytest.mark.req("RPRC_22a", "RPRC_22b")
@pytest.mark.parametrize("case", HOSTILE)
def test_only_who_shows_nothing_passes_with_a_warning_where_that_was_chosen(
    check: Check, office: Any, case: str
) -> None:
    """What is forged, of another, revoked, or says that this may not be issued, ends it all the same."""
    reason, make = HOSTILE[case]
    found = check(TELLING, **make(office))
    if reason in ("not_registered", "no_access_certificate", "untrusted_registrar"):
        assert warned(found) == [reason]
    elif reason == "revocation_status_unknown":
        assert found.refusal is None
    else:
        assert "insecure" not in refused(found).hint


def test_the_error_says_which_way_there_is_round_it(check: Check) -> None:
    refusal = refused(check(HAIP_1_0, certificates=()))
    assert (refusal.code, refusal.spec, refusal.pointer) == ("not_registered", "ARF RPRC_22", "/issuer_info")
    assert "insecure_unregistered_issuers=True" in refusal.hint
    assert "--insecure-unregistered-issuer" in refusal.hint
    assert "transitional" in refusal.hint


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_profile_warns_only_where_it_says_so(check: Check, profile: Profile) -> None:
    lenient = {"transitional", "openid4vp-1.0", "eudi-reference", "nl-wallet-0.6", "nl-wallet-0.5"}
    assert (check(profile, certificates=()).refusal is None) is (profile.name in lenient)


@pytest.mark.req("RPRC_22a")
def test_a_registration_of_a_day_needs_no_status(check: Check, office: Any) -> None:
    """RPRC_01a: who lives no longer than 24 hours need not be revocable."""
    day = changed_by_hand(office, status=None, exp=NOW + 86_400)
    longer = changed_by_hand(office, status=None, exp=NOW + 86_401)
    assert check(STRICT, certificates=(day,)).registration is not None
    assert refused(check(STRICT, certificates=(longer,))).code == "revocation_status_unknown"


# Which types --------------------------------------------------------------------------------------


@pytest.mark.req("RPRC_23")
@pytest.mark.parametrize(
    "offered",
    [
        [("dc+sd-jwt", "urn:nlwallet:licence:1")],
        [("mso_mdoc", DIPLOMA)],  # registered as SD-JWT VC only
        [("dc+sd-jwt", DIPLOMA), ("dc+sd-jwt", "urn:nlwallet:licence:1")],
        [("dc+sd-jwt", DIPLOMA + ":2")],
    ],
)
def test_a_type_that_is_not_registered_is_not_fetched(check: Check, offered: list[tuple[str, str]]) -> None:
    refusal = refused(check(STRICT, offered=offered))
    assert refusal.code == "attestation_type_not_registered"
    assert refusal.spec == "ARF RPRC_23"
    assert warned(check(TRANSITIONAL, offered=offered)) == ["attestation_type_not_registered"]


@pytest.mark.req("RPRC_23")
@pytest.mark.parametrize("type_", [NL_PID, MDOC_PID, "urn:example:child-of-a-pid"])
@pytest.mark.parametrize("entitlement", ["QEAA_Provider", "PUB_EAA_Provider", "Non_Q_EAA_Provider"])
def test_a_pid_comes_of_a_pid_provider_only(check: Check, office: Any, type_: str, entitlement: str) -> None:
    """Also one that got a PID into its registration, or a type that extends a PID's."""
    format_ = "mso_mdoc" if type_ == MDOC_PID else "dc+sd-jwt"
    provided = ({"format": format_, "types": [type_]},)

    def asked(*entitlements: str) -> ProviderCheck:
        one = Provider(office, entitlements=entitlements, provides_attestations=provided)
        return check(
            STRICT,
            certificates=(one.wrprc(),),
            offered=[(format_, type_)],
            ancestors=lambda name: (name, "urn:eudi:pid:1") if "child" in name else (name,),
        )

    assert refused(asked(entitlement)).code == "wrong_entitlement"
    assert asked(entitlement, "PID_Provider").entitlement == "PID_Provider"


@pytest.mark.req("RPRC_23")
def test_a_pid_provider_issues_nothing_else(check: Check, office: Any) -> None:
    one = Provider(office, entitlements=("PID_Provider",))
    assert refused(check(STRICT, certificates=(one.wrprc(),))).code == "wrong_entitlement"


# Who it is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("category", [one for one in Category if one is not Category.ACCESS_CA])
def test_no_other_anchor_says_who_the_issuer_is(check: Check, office: Any, category: Category) -> None:
    """ISSU_23, ISSU_33: the anchors of access certificates, and only those."""
    anchors = TrustAnchors(
        {
            Category.REGISTRATION_CERTIFICATE_PROVIDER: (office.registration.certificate,),
            category: (office.access.certificate, office.registration.certificate),
        }
    )
    assert refused(check(STRICT, anchors=anchors)).code == "provider_not_verified"
    assert refused(check(HAIP_1_0, anchors=anchors)).code == "provider_not_verified"
    assert warned(check(TELLING, anchors=anchors)) == ["provider_not_verified"]


@pytest.mark.req("RPRC_22a")
@pytest.mark.parametrize(
    "category", [one for one in Category if one is not Category.REGISTRATION_CERTIFICATE_PROVIDER]
)
def test_no_other_anchor_vouches_for_a_registration(check: Check, office: Any, category: Category) -> None:
    """ISSU_23c, ISSU_33a."""
    anchors = TrustAnchors({Category.ACCESS_CA: (office.access.certificate,)}).adding(
        category, office.registration.certificate
    )
    assert refused(check(STRICT, anchors=anchors)).code == "untrusted_registrar"


def test_an_access_certificate_outside_its_profile_ends_it_under_strict(check: Check, office: Any) -> None:
    authority: CertificateAuthority = office.access
    subject = Subject(
        "Waterland",
        country="NL",
        organization="Universiteit Waterland",
        organization_identifier="NTRNL-55555555",
    )
    chain = authority.issue(
        PrivateKey.generate().public, subject, now=NOW, san_uris=("https://waterland.example/",)
    )
    assert refused(check(STRICT, chain=chain)).code == "provider_not_verified"
    assert check(HAIP_1_0, chain=chain).reasons == ["not_bound_to_provider"]  # it names no service


@pytest.mark.parametrize("reason", get_args(ProviderReason))
def test_every_reason_has_a_text_in_both_languages(reason: str) -> None:
    texts = {TEXTS[language][f"provider.{reason}"] for language in ("nl", "en")}
    assert len(texts) == 2


def test_it_is_a_function_of_what_it_is_given(check: Check, waterland: Provider) -> None:
    same = {
        "chain": waterland.chain,
        "certificates": (waterland.wrprc(),),
        "offered": [("dc+sd-jwt", NL_PID)],
    }
    assert check(**same).report.as_dicts() == check(**same).report.as_dicts()
