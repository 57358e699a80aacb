"""A signed request object: its header, its certificates, its signature, and who it says it is from."""

from __future__ import annotations

from typing import Any

import pytest
from lint_requests import NOW, Party, checks, ids, make_party

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.lint import LintReport, lint
from nlwallet.openid4vp import RequestSigner, did_jwk, issue_verifier_attestation


def errors(request: str, **options: Any) -> set[tuple[str, str]]:
    found = lint(request, now=NOW, **options)
    return {(one.check, one.pointer) for one in found.findings if one.severity == "error"}


def test_a_good_request_object_has_no_error(party: Party) -> None:
    found = lint(party.sign(), now=NOW)
    assert ids(found) == ["RPRC_19"]
    assert found.kind == "request object"
    assert found.party == "Café De Vrije Val"
    assert found.summary == "pid: age_over_18"


@pytest.mark.parametrize("profile", ["openid4vp-1.0", "transitional", "haip-1.0"])
def test_it_is_good_in_every_profile_of_the_specifications(party: Party, profile: str) -> None:
    assert lint(party.sign(), now=NOW, profile=profile).ok


def test_a_wallet_that_requires_registration_will_refuse_it(party: Party) -> None:
    assert errors(party.sign(), profile="strict") == {("RPRC_19", "/payload")}


@pytest.mark.parametrize(
    ("typ", "pointer"), [("JWT", "/header/typ"), ("oauth-authz-req", "/header/typ"), ("", "/header/typ")]
)
def test_typ_is_that_of_a_request_object(party: Party, typ: str, pointer: str) -> None:
    assert errors(party.sign(typ=typ)) == {("V-01", pointer)}


def test_typ_is_there(party: Party) -> None:
    head, payload, signature = party.sign().split(".")
    bare = b64url_encode(dump_json({"alg": "ES256", "x5c": party.chain.x5c()}))
    found = errors(f"{bare}.{payload}.{signature}")
    assert ("V-01", "/header") in found
    assert head


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "ES512", "XY", None, 7])
def test_alg_is_one_of_the_profile(party: Party, alg: Any) -> None:
    _, payload, signature = party.sign().split(".")
    header = {"typ": "oauth-authz-req+jwt", "alg": alg, "x5c": party.chain.x5c()}
    found = errors(f"{b64url_encode(dump_json(header))}.{payload}.{signature}")
    assert found == {("REQ-07", "/header/alg" if isinstance(alg, str) else "/header")}


@pytest.mark.parametrize("name", ["crit", "b64"])
def test_nothing_critical_in_the_header(party: Party, name: str) -> None:
    assert ("REQ-07", f"/header/{name}") in errors(party.sign(header={"x5c": party.chain.x5c(), name: ["x"]}))


def test_a_changed_payload_is_noticed(party: Party) -> None:
    head, _, signature = party.sign().split(".")
    payload = b64url_encode(dump_json(party.claims(response_uri="https://rp.example/other")))
    assert errors(f"{head}.{payload}.{signature}") == {("V-27", "")}


def test_the_key_is_that_of_the_certificate(party: Party) -> None:
    assert errors(party.sign(key=PrivateKey.generate())) == {("V-27", "")}


def test_the_certificate_comes_along(party: Party) -> None:
    assert errors(party.sign(header={})) == {("V-27", "/header")}


@pytest.mark.parametrize(
    ("x5c", "pointer"),
    [
        pytest.param("text", "/header/x5c", id="no array"),
        pytest.param([], "/header/x5c", id="empty"),
        pytest.param(["a-_b"], "/header/x5c/0", id="base64url"),
        pytest.param(["AAAA"], "/header/x5c/0", id="no certificate"),
    ],
)
def test_the_certificates_can_be_read(party: Party, x5c: Any, pointer: str) -> None:
    assert ("REQ-05", pointer) in errors(party.sign(header={"x5c": x5c}))


def test_the_anchor_stays_out_of_x5c(party: Party) -> None:
    with_anchor = CertificateChain(party.chain.leaf, (party.anchor,)).x5c()
    request = party.sign(header={"x5c": with_anchor})
    assert errors(request) == {("HV-04", "/header/x5c/1")}
    assert errors(request, profile="openid4vp-1.0") == set()
    assert ids(lint(request, now=NOW, profile="transitional")).count("HV-04") == 1


def test_a_self_signed_certificate_is_refused(party: Party) -> None:
    authority = CertificateAuthority.create("Zelf", now=NOW)
    own = CertificateChain(authority.certificate)
    claims = party.claims(client_id=f"x509_hash:{own.leaf.x509_hash()}")
    assert ("HV-04", "/header/x5c/0") in errors(party.sign(claims, header={"x5c": own.x5c()}))


def test_each_certificate_issued_the_one_before_it(party: Party) -> None:
    other = CertificateAuthority.create("Other", now=NOW)
    wrong = CertificateChain(party.chain.leaf, (other.certificate,)).x5c()
    assert ("REQ-05", "/header/x5c/1") in errors(party.sign(header={"x5c": wrong}))


def test_the_certificate_is_valid_now(party: Party) -> None:
    assert lint(party.sign(), now=NOW + 300 * 86_400).findings
    late = {(one.check, one.pointer) for one in lint(party.sign(), now=NOW + 400 * 86_400).findings}
    assert {("REQ-05", "/header/x5c/0"), ("REQ-02", "/payload/exp")} <= late
    early = {(one.check, one.pointer) for one in lint(party.sign(), now=NOW - 400 * 86_400).findings}
    assert ("REQ-05", "/header/x5c/0") in early
    assert ("REQ-05", "/header/x5c/0") not in checks(lint(party.sign()))


# Client identifiers ----------------------------------------------------------------------------


def test_x509_hash_is_of_the_certificate_that_signs(party: Party) -> None:
    found = lint(party.sign(party.claims(client_id=make_party().client_id)), now=NOW)
    [finding] = [one for one in found.findings if one.severity == "error"]
    assert (finding.check, finding.pointer) == ("V-27", "/payload/client_id")
    assert finding.fix is not None
    assert finding.fix.patch == ({"op": "replace", "path": "/payload/client_id", "value": party.client_id},)


def test_the_linter_sees_how_the_hash_went_wrong(party: Party) -> None:
    digest = party.chain.leaf.sha256()
    in_hex = lint(party.sign(party.claims(client_id=f"x509_hash:{digest.hex()}")), now=NOW)
    assert "hexadecimal" in " ".join(one.text for one in in_hex.findings)
    padded = lint(party.sign(party.claims(client_id=f"{party.client_id}=")), now=NOW)
    assert "padding" in " ".join(one.text for one in padded.findings)
    short = lint(party.sign(party.claims(client_id="x509_hash:abc")), now=NOW)
    assert "32 octets" in " ".join(one.text for one in short.findings)


def san(party: Party, host: str = "rp.example", **changes: Any) -> str:
    return party.sign(party.claims(client_id=f"x509_san_dns:{host}", **changes))


def test_haip_wants_x509_hash(party: Party) -> None:
    assert errors(san(party)) == {("HV-03", "/payload/client_id")}
    assert errors(san(party), profile="transitional") == set()
    assert errors(san(party), profile="openid4vp-1.0") == set()


def test_x509_san_dns_is_a_name_of_the_certificate(party: Party) -> None:
    found = errors(san(party, "evil.example", response_uri="https://evil.example/r"), profile="transitional")
    assert found == {("V-25", "/payload/client_id")}


def test_x509_san_dns_answers_at_its_own_host(party: Party) -> None:
    found = errors(san(party, response_uri="https://other.example/r"), profile="transitional")
    assert found == {("V-26", "/payload/response_uri")}


@pytest.mark.parametrize(
    ("client_id", "check"),
    [
        ("origin:https://rp.example", "V-31"),
        ("rp.example", "HV-03"),
        ("x509_hash:", "V-27"),
        ("openid_federation:https://rp.example", "HV-03"),
        ("redirect_uri:https://rp.example/response/1", "V-24"),
        ("", "V-11"),
        (7, "V-11"),
        (None, "V-11"),
        ("did:web:rp.example", "OLD-03"),
        ("https://rp.example", "OLD-03"),
        ("x509_san_uri:https://rp.example", "OLD-03"),
    ],
)
def test_client_ids_that_a_wallet_refuses(party: Party, client_id: Any, check: str) -> None:
    pointer = "/payload" if client_id is None else "/payload/client_id"
    assert (check, pointer) in errors(party.sign(party.claims(client_id=client_id)))


def plain(request: str) -> LintReport:
    return lint(request, now=NOW, profile="openid4vp-1.0")


def test_federation_is_known_and_few_follow_it(party: Party) -> None:
    found = plain(party.sign(party.claims(client_id="openid_federation:https://rp.example")))
    assert ("V-30", "/payload/client_id") in checks(found)
    assert found.ok


def test_a_client_without_prefix_is_known_in_advance_or_not_at_all(party: Party) -> None:
    found = plain(party.sign(party.claims(client_id="my-client"), header={}))
    assert {("V-32", "/payload/client_id"), ("REQ-11", "")} <= checks(found)


def test_a_did_signs_with_its_own_key(party: Party) -> None:
    did = did_jwk(party.key.public)
    claims = party.claims(client_id=f"decentralized_identifier:{did}")
    assert plain(RequestSigner.did_jwk(party.key).sign(claims)).ok
    other = RequestSigner.did(did, PrivateKey.generate(), kid=f"{did}#0").sign(claims)
    assert ("V-29", "") in checks(plain(other))
    assert ("V-29", "/header/kid") in checks(plain(party.sign(claims, header={"kid": f"{did}#1"})))
    assert ("V-29", "/header/kid") in checks(plain(party.sign(claims, header={"kid": "did:web:x#0"})))
    assert ("V-29", "/header") in checks(plain(party.sign(claims, header={})))
    web = party.claims(client_id="decentralized_identifier:did:web:rp.example")
    assert ("REQ-11", "/header/kid") in checks(plain(party.sign(web, header={"kid": "did:web:rp.example#0"})))
    none = party.claims(client_id="decentralized_identifier:rp.example")
    assert ("V-29", "/payload/client_id") in checks(plain(party.sign(none, header={"kid": "#0"})))


def attested(party: Party, client: str = "rp.example", *, expires_at: int = NOW + 60, **changes: Any) -> str:
    token = issue_verifier_attestation(
        client,
        party.key.public,
        issuer="https://issuer.example",
        key=PrivateKey.generate(),
        expires_at=expires_at,
    )
    claims = party.claims(client_id="verifier_attestation:rp.example")
    return party.sign(claims, header={"jwt": token, **changes})


def test_a_verifier_attestation_binds_the_key(party: Party) -> None:
    found = plain(attested(party))
    assert found.ok
    assert ("REQ-11", "/header/jwt") in checks(found)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        pytest.param({"client": "other.example"}, "/header/jwt", id="of another client"),
        pytest.param({"expires_at": NOW - 1}, "/header/jwt", id="expired"),
        pytest.param({"jwt": "text"}, "/header", id="no JWT"),
        pytest.param({"jwt": "a.b.c"}, "/header/jwt", id="unreadable"),
        pytest.param({"jwt": "W10.W10.c"}, "/header/jwt", id="arrays"),
        pytest.param({"jwt": "e30.e30.c"}, "/header/jwt", id="empty"),
    ],
)
def test_a_verifier_attestation_that_does_not(party: Party, changes: dict[str, Any], pointer: str) -> None:
    assert ("V-28", pointer) in checks(plain(attested(party, **changes)))


# What cannot be read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("*.e30.", "/header"),
        ("W10.e30.", "/header"),
        ("e30.*.", "/payload"),
        ("e30.W10.", "/payload"),
        ("e30.e30", None),
    ],
)
def test_parts_that_cannot_be_read(text: str, pointer: str | None) -> None:
    if pointer is None:
        found = lint(f"openid4vp://?client_id=x&request={text}", profile="openid4vp-1.0")
        assert ("REQ-01", "/request") in checks(found)
    else:
        assert ("REQ-01", pointer) in checks(lint(text))


def test_an_encrypted_request_object_shows_nothing() -> None:
    found = lint("a.b.c.d.e")
    assert checks(found) == {("W-12", "")}
    assert found.fix() is None


# The NL Wallet ---------------------------------------------------------------------------------


def test_the_nl_wallet_needs_to_know_who_asks() -> None:
    bare = make_party(subject=Subject("Café"))
    assert ("NL-18", "/header/x5c/0") in errors(bare.sign(), profile="nl-wallet-0.6")
    natural = make_party(
        subject=Subject("Jan Baan", "NL", given_name="Jan", surname="Baan", serial_number="NTRNL-98765433")
    )
    assert errors(natural.sign(), profile="nl-wallet-0.6") == set()


def test_where_the_nl_wallet_reads_the_organization_identifier(party: Party) -> None:
    found = lint(party.sign(), now=NOW, profile="nl-wallet-0.6")
    assert found.ok
    assert ("NL-19", "/header/x5c/0") in checks(found)


def test_version_0_5_has_reader_certificates_and_names_hosts(party: Party) -> None:
    found = lint(party.sign(), now=NOW, profile="nl-wallet-0.5")
    assert {("NL-20", "/header/x5c/0"), ("NL-14", "/payload/client_id")} <= checks(found)
    [finding] = [one for one in found.findings if one.check == "NL-14"]
    assert finding.fix is not None
    assert finding.fix.patch[0]["value"] == "x509_san_dns:rp.example"
    assert ("NL-14", "/payload/client_id") in errors(san(party), profile="nl-wallet-0.6")
