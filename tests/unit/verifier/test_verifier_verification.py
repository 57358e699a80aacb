"""The checks on presentations (groups 5.3 to 5.5 as far as a verifier's flow shows them)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.crypto import CertificateChain, PrivateKey, parse_jws, sign_jws
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import (
    InvalidKeyBinding,
    InvalidResponse,
    InvalidStatus,
    InvalidTypeMetadata,
    LocalError,
    OutsideValidity,
    UntrustedCertificate,
)
from nlwallet.profiles import HAIP_1_0
from nlwallet.report import Outcome
from nlwallet.sdjwt import TypeMetadataRegistry, X5cIssuer, verify_sd_jwt_vc
from nlwallet.status import StatusList, sign_status_list_token
from nlwallet.trust import Category
from nlwallet.verifier import TrustPolicy

NOW = 1_790_000_000
PID = "urn:eudi:pid:nl:1"
DIPLOMA = "https://university.example/diploma"


def credential(
    query_id: str, vct: str = PID, *, claims: list[list[Any]] | None = None, **more: Any
) -> dict[str, Any]:
    members = {"id": query_id, "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, **more}
    if claims is not None:
        members["claims"] = [{"path": path} for path in claims]
    return members


def ask(world: Any, *credentials: dict[str, Any], sets: list[Any] | None = None) -> Any:
    query: dict[str, Any] = {"credentials": list(credentials)}
    if sets:
        query["credential_sets"] = sets
    request = world.verifier.request(query)
    return request, world.fetch(request)


def failed_ids(world: Any, request: Any) -> list[str]:
    return [check.id for check in world.verifier.result(request).report if check.outcome is Outcome.FAILED]


def expect_failure(world: Any, request: Any, asked: Any, vp_token: Any) -> Any:
    assert world.answer(asked, vp_token).status_code == 400
    result = world.verifier.result(request)
    assert result.status == "failed"
    assert result.presentations == ()
    return result


@pytest.mark.req("V-42", "V-43", "ADV-047", "ADV-048", "ADV-050", "ADV-051")
@pytest.mark.parametrize(
    "shape",
    [
        lambda vp: vp,
        lambda vp: [vp],
        lambda vp: {"pid": vp},
        lambda vp: {"pid": []},
        lambda vp: {"pid": None},
        lambda vp: {"pid": {"0": vp}},
        lambda vp: {"pid": [vp, vp]},
        lambda vp: {"pid": [vp], "other": [vp]},
        lambda vp: {"PID": [vp]},
        lambda vp: {"pid": [7]},
        lambda vp: {"pid": [""]},
        lambda vp: {"pid": [[vp]]},
    ],
)
def test_another_shape_of_vp_token_is_refused(shape: Callable[[str], Any], world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    expect_failure(world, request, asked, shape(world.presentation(asked)))
    assert failed_ids(world, request) == ["V-42"]


@pytest.mark.req("V-42")
def test_an_empty_vp_token_answers_nothing(world: Any) -> None:
    request = world.verifier.request()
    expect_failure(world, request, world.fetch(request), {})


@pytest.mark.req("ADV-058")
@pytest.mark.parametrize("item", ["o2d2ZXJzaW9uYzEuMA", {"payload": "x"}, "~", "a.b.c~", "not a credential"])
def test_what_is_no_compact_sd_jwt_is_refused(item: Any, world: Any) -> None:
    request = world.verifier.request()
    expect_failure(world, request, world.fetch(request), {"pid": [item]})


@pytest.mark.req("V-46", "ADV-062", "HV-18")
def test_a_missing_key_binding_is_refused(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    stripped = world.presentation(asked).rpartition("~")[0] + "~"
    result = expect_failure(world, request, asked, {"pid": [stripped]})
    assert isinstance(result.error, InvalidKeyBinding)


@pytest.mark.req("ADV-063", "V-46")
def test_without_key_binding_if_the_query_said_so(world: Any) -> None:
    request, asked = ask(
        world,
        credential("pid", claims=[["age_over_18"]], require_cryptographic_holder_binding=False),
    )
    stripped = world.presentation(asked).rpartition("~")[0] + "~"
    assert world.answer(asked, {"pid": [stripped]}).status_code == 200
    result = world.verifier.result(request)
    assert result.claims("pid") == {"age_over_18": True}
    skipped = {check.id for check in result.report if check.outcome is Outcome.SKIPPED}
    assert {"S-30", "V-47", "S-16"} <= skipped


@pytest.mark.req("S-30", "ADV-105", "ADV-106")
@pytest.mark.parametrize(("seconds", "accepted"), [(-899, True), (-901, False), (59, True), (61, False)])
def test_the_window_of_iat(seconds: int, accepted: bool, world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    token = {"pid": [world.presentation(asked, now=world.clock.now() + seconds)]}
    assert world.answer(asked, token).status_code == (200 if accepted else 400)
    if not accepted:
        assert failed_ids(world, request) == ["S-30"]


@pytest.mark.req("ADV-103", "S-16")
def test_a_disclosure_removed_after_signing_is_noticed(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    parts = world.presentation(asked, paths=["age_over_18", "bsn"]).split("~")
    expect_failure(world, request, asked, {"pid": ["~".join([parts[0], parts[1], parts[3]])]})
    assert failed_ids(world, request) == ["S-16"]


@pytest.mark.req("ADV-110")
def test_another_holders_key_is_refused(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    mine = world.presentation(asked)
    text = world.pid_issuer.issue(PrivateKey.generate().public)
    theirs = text.split("~")[0] + "~"
    expect_failure(world, request, asked, {"pid": [theirs + mine.rpartition("~")[2]]})


@pytest.mark.req("V-52")
def test_a_pid_from_an_attestation_provider_is_refused(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    text = world.eaa_issuer.issue(world.holder.public)
    forged = world.eaa_issuer.present(
        text, ["age_over_18"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce
    )
    result = expect_failure(world, request, asked, {"pid": [forged]})
    assert isinstance(result.error, UntrustedCertificate)
    assert failed_ids(world, request) == ["V-52", "V-49"]


@pytest.mark.req("V-52", "OIA_12")
def test_each_type_has_its_own_anchors(world: Any) -> None:
    def diploma(issuer: Any, asked: Any) -> str:
        text = issuer.issue(world.holder.public, vct=DIPLOMA, claims={"degree": "Law"})
        return str(
            issuer.present(text, ["degree"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce)
        )

    request, asked = ask(world, credential("d", DIPLOMA, claims=[["degree"]]))
    assert world.answer(asked, {"d": [diploma(world.eaa_issuer, asked)]}).status_code == 200
    assert world.verifier.result(request).claims("d") == {"degree": "Law"}
    request, asked = ask(world, credential("d", DIPLOMA, claims=[["degree"]]))
    expect_failure(world, request, asked, {"d": [diploma(world.pid_issuer, asked)]})


@pytest.mark.req("C-24", "V-52")
def test_a_type_that_extends_a_pid_comes_from_a_pid_provider() -> None:
    documents = [
        dump_json({"vct": "urn:eudi:pid:1"}),
        dump_json({"vct": "https://other.example/pid", "extends": "urn:eudi:pid:1"}),
    ]
    types = TypeMetadataRegistry(documents)
    policy = TrustPolicy({"https://special.example": (Category.QEAA_PROVIDER,)})
    assert policy.categories_for("https://other.example/pid", types) == (Category.PID_PROVIDER,)
    assert policy.categories_for("urn:eudi:pid:de:1", types) == (Category.PID_PROVIDER,)
    assert policy.categories_for("https://special.example", types) == (Category.QEAA_PROVIDER,)
    assert Category.PID_PROVIDER not in policy.categories_for(DIPLOMA, types)


@pytest.mark.req("V-48", "S-24")
def test_an_expired_credential_is_refused(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    text = world.pid_issuer.issue(world.holder.public, expires_at=NOW + 100)
    presentation = world.pid_issuer.present(
        text,
        ["age_over_18"],
        holder=world.holder,
        audience=asked.client_id,
        nonce=asked.nonce,
        now=NOW + 50,
    )
    world.clock.travel(100)
    result = expect_failure(world, request, asked, {"pid": [presentation]})
    assert isinstance(result.error, OutsideValidity)
    assert failed_ids(world, request) == ["S-24", "V-49"]


@pytest.mark.req("V-45", "ADV-056")
def test_another_type_than_asked_is_refused(world: Any) -> None:
    request, asked = ask(world, credential("pid", "urn:eudi:pid:de:1", claims=[["age_over_18"]]))
    expect_failure(world, request, asked, {"pid": [world.presentation(asked)]})
    assert failed_ids(world, request) == ["V-49"]


@pytest.mark.req("D-20")
def test_a_type_that_extends_the_asked_one_is_accepted(make_world: Callable[..., Any]) -> None:
    types = TypeMetadataRegistry(
        [dump_json({"vct": "urn:eudi:pid:1"}), dump_json({"vct": PID, "extends": "urn:eudi:pid:1"})]
    )
    world = make_world(types=types)
    request, asked = ask(world, credential("pid", "urn:eudi:pid:1", claims=[["age_over_18"]]))
    assert world.answer(asked).status_code == 200
    (presentation,) = world.verifier.result(request).presentations
    assert presentation.type == PID


@pytest.mark.req("C-18")
def test_type_metadata_that_is_not_the_issuers_gives_no_inheritance(make_world: Callable[..., Any]) -> None:
    types = TypeMetadataRegistry(
        [dump_json({"vct": "urn:eudi:pid:1"}), dump_json({"vct": PID, "extends": "urn:eudi:pid:1"})]
    )
    world = make_world(types=types)
    integrity = "sha256-" + "A" * 43 + "="
    text = world.pid_issuer.issue(world.holder.public, integrity=integrity)
    for vct, status in ((PID, 200), ("urn:eudi:pid:1", 400)):
        request, asked = ask(world, credential("pid", vct, claims=[["age_over_18"]]))
        presentation = world.pid_issuer.present(
            text, ["age_over_18"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce
        )
        assert world.answer(asked, {"pid": [presentation]}).status_code == status
        warned = [c.id for c in world.verifier.result(request).report if c.outcome is Outcome.WARNED]
        assert warned == ["C-21"]


@pytest.mark.req("C-21")
def test_a_credential_that_contradicts_its_type_metadata_is_refused(make_world: Callable[..., Any]) -> None:
    document = {"vct": PID, "claims": [{"path": ["age_over_18"], "sd": "never"}]}
    world = make_world(types=TypeMetadataRegistry([dump_json(document)]))
    request = world.verifier.request()
    asked = world.fetch(request)
    result = expect_failure(world, request, asked, {"pid": [world.presentation(asked)]})
    assert isinstance(result.error, InvalidTypeMetadata)


@pytest.mark.req("V-45", "ADV-054")
def test_a_missing_claim_is_refused(world: Any) -> None:
    request, asked = ask(world, credential("pid", claims=[["age_over_18"], ["bsn"]]))
    expect_failure(world, request, asked, {"pid": [world.presentation(asked)]})


@pytest.mark.req("V-51", "ADV-057")
def test_values_are_checked_again(world: Any) -> None:
    asked_value = {"path": ["family_name"], "values": ["Bakker"]}
    request, asked = ask(world, {**credential("pid"), "claims": [asked_value]})
    result = expect_failure(
        world, request, asked, {"pid": [world.presentation(asked, paths=["family_name"])]}
    )
    assert "Jansen" not in str(result.error)
    assert "Bakker" not in str(result.error)


@pytest.mark.req("ADV-055", "V-54")
def test_what_was_not_asked_for_is_not_surfaced(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    assert (
        world.answer(asked, {"pid": [world.presentation(asked, paths=["age_over_18", "bsn"])]}).status_code
        == 200
    )
    result = world.verifier.result(request)
    assert result.claims("pid") == {"age_over_18": True}
    session = world.verifier._store.by_id(request.id)
    assert all("bsn" not in presentation.claims for presentation in session.presentations)


@pytest.mark.req("OIA_16", "V-53")
def test_a_result_has_the_issuer_and_nothing_that_singles_out(world: Any) -> None:
    request, asked = ask(world, credential("pid"))
    assert world.answer(asked, {"pid": [world.presentation(asked, paths=[])]}).status_code == 200
    (presentation,) = world.verifier.result(request).presentations
    assert presentation.claims == {}
    assert presentation.issuer == "https://pid-issuer.example"
    assert not {"cnf", "iat", "exp", "status", "_sd"} & set(presentation.claims)


@pytest.mark.req("V-49", "ADV-049", "ADV-053")
def test_an_incomplete_answer_is_refused(world: Any) -> None:
    two = (credential("a", claims=[["age_over_18"]]), credential("b", claims=[["bsn"]]))
    for sets in (None, [{"options": [["a", "b"]]}]):
        request, asked = ask(world, *two, sets=sets)
        expect_failure(world, request, asked, {"a": [world.presentation(asked)]})
        assert failed_ids(world, request) == ["V-49"]


@pytest.mark.req("ADV-052")
def test_an_optional_set_may_be_left_out(world: Any) -> None:
    request, asked = ask(
        world,
        credential("a", claims=[["age_over_18"]]),
        credential("b", claims=[["bsn"]]),
        sets=[{"options": [["a"]]}, {"options": [["b"]], "required": False}],
    )
    assert world.answer(asked, {"a": [world.presentation(asked)]}).status_code == 200
    assert world.verifier.result(request).claims("a") == {"age_over_18": True}


@pytest.mark.req("V-50")
def test_a_bad_optional_presentation_is_discarded_alone(world: Any) -> None:
    request, asked = ask(
        world,
        credential("a", claims=[["age_over_18"]]),
        credential("b", claims=[["bsn"]]),
        sets=[{"options": [["a"]]}, {"options": [["b"]], "required": False}],
    )
    text = world.eaa_issuer.issue(world.holder.public)
    forged = world.eaa_issuer.present(
        text, ["bsn"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce
    )
    assert world.answer(asked, {"a": [world.presentation(asked)], "b": [forged]}).status_code == 200
    result = world.verifier.result(request)
    assert [one.query_id for one in result.presentations] == ["a"]
    assert result.report.ok
    (warned,) = [check for check in result.report if check.outcome is Outcome.WARNED]
    assert warned.id == "V-52"
    assert warned.reason.startswith("discarded")


@pytest.mark.req("ADV-060", "V-47")
def test_one_wrong_nonce_takes_the_whole_response(world: Any) -> None:
    request, asked = ask(
        world,
        credential("a", claims=[["age_over_18"]]),
        credential("b", claims=[["bsn"]]),
        sets=[{"options": [["a"]]}, {"options": [["b"]], "required": False}],
    )
    wrong = world.presentation(asked, paths=["bsn"], nonce="old")
    expect_failure(world, request, asked, {"a": [world.presentation(asked)], "b": [wrong]})
    assert failed_ids(world, request) == ["V-47"]


@pytest.mark.req("ADV-059")
def test_a_presentation_is_held_against_its_own_query(world: Any) -> None:
    request, asked = ask(
        world, credential("a", claims=[["age_over_18"]]), credential("b", claims=[["bsn"], ["family_name"]])
    )
    small = world.presentation(asked)
    expect_failure(world, request, asked, {"a": [small], "b": [small]})


def test_multiple_presentations_for_one_query(world: Any) -> None:
    request, asked = ask(world, credential("pid", claims=[["age_over_18"]], multiple=True))
    token = {"pid": [world.presentation(asked), world.presentation(asked)]}
    assert world.answer(asked, token).status_code == 200
    assert world.verifier.result(request).all_claims("pid") == [{"age_over_18": True}] * 2


# Status --------------------------------------------------------------------------------------------

URI = "https://pid-issuer.example/status/1"


class Lists:
    def __init__(self, issuer: Any, *, revoked: int | None = None) -> None:
        self.issuer, self.asked = issuer, 0
        self.statuses = StatusList(16, bits=2)
        if revoked is not None:
            self.statuses[5] = revoked

    def __call__(self, uri: str) -> str:
        self.asked += 1
        return sign_status_list_token(
            self.statuses,
            uri=URI,
            key=self.issuer.key,
            chain=self.issuer.chain,
            now=NOW,
            expires_at=NOW + 3600,
            ttl=60,
        )


def present_with_status(world: Any, asked: Any, *, idx: int = 5) -> str:
    status = {"status_list": {"idx": idx, "uri": URI}}
    text = world.pid_issuer.issue(world.holder.public, status=status)
    return str(
        world.pid_issuer.present(
            text, ["age_over_18"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce
        )
    )


@pytest.mark.req("V-48", "C-09")
@pytest.mark.parametrize(("value", "accepted"), [(None, True), (1, False), (2, False), (3, False)])
def test_the_status_of_the_credential_counts(
    value: int | None, accepted: bool, make_world: Callable[..., Any], pid_issuer: Any
) -> None:
    lists = Lists(pid_issuer, revoked=value)
    world = make_world(status_lists=lists)
    request = world.verifier.request()
    asked = world.fetch(request)
    reply = world.answer(asked, {"pid": [present_with_status(world, asked)]})
    assert reply.status_code == (200 if accepted else 400)
    assert lists.asked == 1
    if not accepted:
        assert isinstance(world.verifier.result(request).error, InvalidStatus)
        assert failed_ids(world, request) == ["V-48", "V-49"]


@pytest.mark.req("C-06")
@pytest.mark.parametrize("kind", ["statuslist+cwt", "JWT"])
def test_a_status_list_token_is_a_jwt_of_its_type(
    kind: str, make_world: Callable[..., Any], pid_issuer: Any
) -> None:
    lists = Lists(pid_issuer)
    right = lists(URI)
    claims = parse_jws(right, typ=None, algorithms={"ES256"}, what="it").claims()
    header = {"x5c": pid_issuer.chain.x5c()}
    for text in (
        sign_jws(claims, pid_issuer.key, typ=kind, header=header),
        "2KhYSqIB",
        right.partition(".")[0],
    ):
        world = make_world(status_lists=lambda _, answer=text: answer)
        request = world.verifier.request()
        asked = world.fetch(request)
        expect_failure(world, request, asked, {"pid": [present_with_status(world, asked)]})


def test_a_status_list_of_somebody_else_is_refused(make_world: Callable[..., Any], eaa_issuer: Any) -> None:
    world = make_world(status_lists=Lists(eaa_issuer))
    request = world.verifier.request()
    asked = world.fetch(request)
    result = expect_failure(world, request, asked, {"pid": [present_with_status(world, asked)]})
    assert isinstance(result.error, UntrustedCertificate)


def test_a_status_that_cannot_be_fetched_fails(make_world: Callable[..., Any]) -> None:
    def nowhere(uri: str) -> str:
        raise InvalidResponse("not there", code="transport")

    world = make_world(status_lists=nowhere)
    request = world.verifier.request()
    asked = world.fetch(request)
    expect_failure(world, request, asked, {"pid": [present_with_status(world, asked)]})


def test_a_status_is_skipped_with_the_reason_where_lists_cannot_be_fetched(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    assert world.answer(asked, {"pid": [present_with_status(world, asked)]}).status_code == 200
    (check,) = [check for check in world.verifier.result(request).report if check.id == "V-48"]
    assert check.outcome is Outcome.SKIPPED
    assert "fetch" in check.reason


@pytest.mark.req("HV-17")
def test_an_issuer_chain_with_its_anchor_is_refused(world: Any) -> None:
    issuer = world.pid_issuer
    with_anchor = CertificateChain(issuer.chain.leaf, (*issuer.chain.intermediates, issuer.anchor))
    request = world.verifier.request()
    asked = world.fetch(request)
    text = type(issuer)(issuer.authority, issuer.key, with_anchor).issue(world.holder.public)
    parsed = verify_sd_jwt_vc(
        text,
        issuer_key=X5cIssuer([issuer.anchor], anchor_in_x5c="accepted"),
        now=NOW,
        profile=HAIP_1_0,
    )
    presentation = parsed.present(
        [("age_over_18",)], holder_key=world.holder, audience=asked.client_id, nonce=asked.nonce, now=NOW
    )
    result = expect_failure(world, request, asked, {"pid": [presentation]})
    assert isinstance(result.error, UntrustedCertificate)
    assert result.error.pointer.startswith("/vp_token/pid/0")


@pytest.mark.req("HV-08", "V-52")
def test_aki_is_supported_and_does_not_replace_the_anchors(world: Any) -> None:
    (aki,) = world.pid_issuer.chain.authority_key_ids
    for value, status in ((aki, 200), (b"another", 400)):
        authorities = [{"type": "aki", "values": [b64url_encode(value)]}]
        request, asked = ask(
            world, credential("pid", claims=[["age_over_18"]], trusted_authorities=authorities)
        )
        assert world.answer(asked).status_code == status
    (theirs,) = world.eaa_issuer.chain.authority_key_ids
    authorities = [{"type": "aki", "values": [b64url_encode(theirs)]}]
    request, asked = ask(world, credential("pid", claims=[["age_over_18"]], trusted_authorities=authorities))
    text = world.eaa_issuer.issue(world.holder.public)
    forged = world.eaa_issuer.present(
        text, ["age_over_18"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce
    )
    result = expect_failure(world, request, asked, {"pid": [forged]})
    assert isinstance(result.error, UntrustedCertificate)


def test_a_mistake_of_ours_in_a_status_source_is_no_error_of_the_server(
    make_world: Callable[..., Any],
) -> None:
    def broken(uri: str) -> str:
        raise LocalError("set up wrongly")

    world = make_world(status_lists=broken)
    request = world.verifier.request()
    asked = world.fetch(request)
    result = expect_failure(world, request, asked, {"pid": [present_with_status(world, asked)]})
    assert isinstance(result.error, LocalError)


@pytest.mark.req("ADV-061")
def test_credentials_of_different_holders_are_not_taken_for_one_person(world: Any) -> None:
    # The documented policy: each presentation stands alone, and which one a claim comes from is never lost.
    request, asked = ask(
        world, credential("a", claims=[["given_name"]]), credential("b", claims=[["family_name"]])
    )
    other = PrivateKey.generate()
    text = world.pid_issuer.issue(other.public)
    theirs = world.pid_issuer.present(
        text, ["family_name"], holder=other, audience=asked.client_id, nonce=asked.nonce
    )
    token = {"a": [world.presentation(asked, paths=["given_name"])], "b": [theirs]}
    assert world.answer(asked, token).status_code == 200
    result = world.verifier.result(request)
    assert result.claims("a") == {"given_name": "Frouke"}
    assert result.claims("b") == {"family_name": "Jansen"}


def test_changing_what_was_read_changes_nothing_that_is_kept(world: Any) -> None:
    request, asked = ask(world, credential("pid", claims=[["address"]]))
    assert world.answer(asked, {"pid": [world.presentation(asked, paths=["address"])]}).status_code == 200
    world.verifier.result(request).claims("pid")["address"]["locality"] = "changed"
    assert world.verifier.result(request).claims("pid")["address"]["locality"] == "Nijmegen"


def test_a_member_name_without_end_is_refused(world: Any) -> None:
    request = world.verifier.request()
    asked = world.fetch(request)
    vp = world.presentation(asked)
    assert world.answer(asked, {"pid": [vp], "x" * 100_000: [vp]}).status_code == 400
    assert world.verifier.result(request).status == "pending"
