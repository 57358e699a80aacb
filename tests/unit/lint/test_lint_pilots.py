"""The sandbox's own requests, as its relying parties serve them."""

from __future__ import annotations

import pytest
from lint_requests import checks, ids

from nlwallet import Sandbox
from nlwallet.http import HttpClient
from nlwallet.lint import FetchedRequest, LintReport, RequestReference, lint, request_reference
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE
from nlwallet.sandbox.pilot_scenario import Pilot
from nlwallet.sandbox.pilots import PILOTS, pilot

CAFE, OVER_ASKING = pilot("cafe-de-vrije-val"), pilot("over-asking")
HONEST = [one for one in PILOTS if one is not OVER_ASKING]


def fetch(client: HttpClient, reference: RequestReference) -> FetchedRequest:
    nonce = "0123456789abcdefghijklmn" if reference.method == "post" else ""
    if nonce:
        fields = {"wallet_nonce": nonce}
        reply = client.post_form(reference.uri, fields, accept=REQUEST_OBJECT_MEDIA_TYPE, what="request")
    else:
        reply = client.get(reference.uri, accept=REQUEST_OBJECT_MEDIA_TYPE, what="request")
    return FetchedRequest(reply.body, reply.status, reply.content_type, nonce)


def linted(pilot: Pilot, profile: str = "haip-1.0") -> LintReport:
    with Sandbox() as edi:
        party = edi.relying_party(pilot.id)
        client = HttpClient()
        client.mount(f"https://{pilot.host}", party.app)
        with client:
            uri = party.request(pilot.query).uri
            reference = request_reference(uri)
            assert reference is not None
            return lint(uri, profile=profile, now=edi.clock.now(), fetched=fetch(client, reference))


@pytest.mark.req("HV-02", "HV-04", "HV-06")
@pytest.mark.parametrize("profile", ["haip-1.0", "strict", "transitional", "openid4vp-1.0", "nl-wallet-0.6"])
@pytest.mark.parametrize("pilot", HONEST, ids=lambda pilot: pilot.id)
def test_the_requests_of_the_pilots_have_no_error(pilot: Pilot, profile: str) -> None:
    report = linted(pilot, profile)
    assert ids(report, severity="error") == []
    assert report.party == pilot.record.trade_name
    assert report.fix() == pilot.record.dcql_for(pilot.intended_use)


@pytest.mark.parametrize("pilot", HONEST, ids=lambda pilot: pilot.id)
def test_the_requests_of_the_pilots_have_no_finding_at_all(pilot: Pilot) -> None:
    found = [one.check for one in linted(pilot).findings]
    assert found == (["MIN-05"] if pilot.id == "bankrekening" else []), (
        "a bank has a ground in law for the BSN"
    )


def test_the_pilot_that_asks_too_much_is_found_out() -> None:
    """Its request breaks no rule of the protocol; it asks what it did not register, and the BSN at that."""
    report = linted(OVER_ASKING)
    at = "/request/payload/dcql_query/credentials/0/claims/2"
    errors = {(one.check, one.pointer) for one in report.findings if one.severity == "error"}
    assert errors == {("RPRC_21", at), ("MIN-05", at)}
    smallest = report.fix()
    assert smallest is not None
    asked = [claim["path"] for claim in smallest["credentials"][0]["claims"]]
    assert asked == [["family_name"], ["address"]]


def test_a_request_uri_that_is_used_up_is_found_out() -> None:
    with Sandbox() as edi:
        party = edi.relying_party(CAFE.id)
        client = HttpClient()
        client.mount(f"https://{CAFE.host}", party.app)
        with client:
            address = f"https://{CAFE.host}/request/nothing"
            report = lint(address, fetched=fetch(client, RequestReference(address)))
    assert ("V-21", "") in checks(report)
