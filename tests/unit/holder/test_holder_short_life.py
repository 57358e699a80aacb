"""A certificate that lives short needs no list of revoked ones; any other that names none is an objection."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.holder.access_revocation import check_access_revocation
from nlwallet.http import HttpClient, HttpPolicy, RevocationLists
from nlwallet.profiles import HAIP_1_0, STRICT, Profile
from nlwallet.report import Check, Report
from nlwallet.trust import Category, TrustAnchors

NOW = 1_790_000_000
CA = CertificateAuthority.create("Access CA", now=NOW)
ANCHORS = TrustAnchors({Category.ACCESS_CA: (CA.certificate,)})


def issued(**options: Any) -> CertificateChain:
    return CA.issue(PrivateKey.generate().public, Subject("Winkel", country="NL"), now=NOW, **options)


def checked(chain: CertificateChain, profile: Profile) -> tuple[str, Check]:
    report = Report()
    with HttpClient(HttpPolicy()) as http:
        refusal = check_access_revocation(
            chain, anchors=ANCHORS, lists=RevocationLists(http), now=NOW, profile=profile, report=report
        )
    [check] = report
    return "" if refusal is None else refusal.code, check


@pytest.mark.req("Reg_12")
@pytest.mark.parametrize(
    ("options", "profile", "code", "outcome"),
    [
        ({"days": 1, "short_lived": True}, STRICT, "", "passed"),
        ({"days": 7, "short_lived": True}, HAIP_1_0, "", "passed"),
        ({"days": 7, "short_lived": True}, STRICT, "revocation_unknown", "failed"),
        ({"days": 8, "short_lived": True}, HAIP_1_0, "", "skipped"),
        ({"days": 1}, HAIP_1_0, "", "skipped"),  # short, and does not say so
        ({"days": 365}, STRICT, "revocation_unknown", "failed"),
        ({"days": 365}, HAIP_1_0, "", "skipped"),
    ],
)
def test_short_life_instead_of_a_list(
    options: dict[str, Any], profile: Profile, code: str, outcome: str
) -> None:
    found, check = checked(issued(**options), profile)
    assert (found, check.outcome) == (code, outcome)


def test_a_strict_wallet_takes_a_party_whose_certificate_lives_a_day() -> None:
    from nlwallet import Sandbox
    from nlwallet.sandbox import pilot
    from nlwallet.verifier import Verifier

    with Sandbox(profile=STRICT) as edi:
        record, key = pilot("cafe-de-vrije-val").record, PrivateKey.generate()
        certificates = edi.registrar.register(
            record, key.public, dns_names=("bar.example",), short_lived=True
        )
        assert certificates.access_chain.leaf.crl_uris == ()
        party = Verifier(
            certificates=certificates,
            key=key,
            anchors=edi.anchors,
            base_url="https://bar.example",
            clock=edi.clock,
            types=edi.types,
            profile=STRICT,
        )
        edi._serve("bar.example", party.app)
        prompt = edi.wallet("frouke").open(party.request().uri)
        assert not prompt.warnings
        assert prompt.approve(pin=Sandbox.PIN)
