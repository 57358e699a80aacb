"""The status of a presented credential, at a relying party (Token Status List §8.3, OpenID4VP 1.0 §8.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from nlwallet.crypto import PrivateKey, Subject
from nlwallet.errors import (
    InvalidStatus,
    NlWalletError,
    OutsideValidity,
    RemoteError,
    TransportError,
    UntrustedCertificate,
)
from nlwallet.http import FetchedStatusList, StatusChecker
from nlwallet.openid4vp import build_response
from nlwallet.profiles import HAIP_1_0, NL_WALLET_0_6, NL_WALLET_STATUS_SIGNING
from nlwallet.report import Check, Outcome
from nlwallet.status import StatusList, StatusPolicy, sign_status_list_cwt, sign_status_list_token
from nlwallet.trust import Category, TrustAnchors

NOW = 1_790_000_000
URI = "https://pid-issuer.example/status/1"
GOOD = {"status_list": {"idx": 5, "uri": URI}}
JWT, CWT = "application/statuslist+jwt", "application/statuslist+cwt"

MakeWorld = Callable[..., Any]


class Canary:
    """Serves a status list, and sings when it is asked for one."""

    def __init__(
        self, issuer: Any, *, value: int = 0, bits: int = 4, media_type: str = JWT, **changes: Any
    ) -> None:
        self.asked: list[str] = []
        statuses = StatusList(16, bits=bits)
        statuses[5] = value
        signing = {
            "key": issuer.key,
            "chain": issuer.chain,
            "uri": URI,
            "now": NOW,
            "expires_at": NOW + 60,
            "ttl": 30,
        }
        sign: Any = sign_status_list_token if media_type == JWT else sign_status_list_cwt
        token = sign(statuses, **{**signing, **changes})
        self.answer = FetchedStatusList(media_type, token.encode() if isinstance(token, str) else token)

    def __call__(self, uri: str, *, accept: str) -> FetchedStatusList:
        self.asked.append(uri)
        return self.answer


def gone(uri: str, *, accept: str) -> FetchedStatusList:
    raise TransportError("nobody is there")


def present(
    world: Any, *, status: Mapping[str, Any] | None = GOOD, spoil: Callable[[str], str] = str, **issued: Any
) -> tuple[Any, Any]:
    """Answer a request for the age with a credential of that status; the reply and the result."""
    request = world.verifier.request()
    asked = world.fetch(request)
    issuer = world.pid_issuer
    text = issuer.issue(world.holder.public, status=status, **issued)
    presentation = issuer.present(
        text, ["age_over_18"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce
    )
    reply = world.post(asked, build_response(asked, vp_token={"pid": [spoil(presentation)]}))
    return reply, world.verifier.result(request)


def status_check(result: Any) -> Check:
    (found,) = [check for check in result.report if check.id == "V-48"]
    assert isinstance(found, Check)
    return found


def refused(world: Any, **more: Any) -> NlWalletError:
    reply, result = present(world, **more)
    assert (reply.status_code, result.presentations) == (400, ())
    assert isinstance(result.error, RemoteError)
    return result.error


@pytest.mark.req("V-48", "T-10", "ADV-130", "ADV-131")
@pytest.mark.parametrize(
    ("value", "code"), [(1, "revoked"), (2, "suspended"), (3, "status_not_valid"), (7, "status_not_valid")]
)
@pytest.mark.req("VCR_13")
def test_a_credential_that_is_not_valid_is_refused(
    value: int, code: str, make_world: MakeWorld, pid_issuer: Any
) -> None:
    world = make_world(status_lists=StatusChecker(Canary(pid_issuer, value=value)))
    assert refused(world).code == code
    assert present(world)[1].report.ok is False


@pytest.mark.req("T-26")
def test_a_relying_party_does_not_get_what_points_to_the_status(
    make_world: MakeWorld, pid_issuer: Any
) -> None:
    world = make_world(status_lists=StatusChecker(Canary(pid_issuer)))
    reply, result = present(world)
    assert reply.status_code == 200
    assert status_check(result).outcome is Outcome.PASSED
    assert "status" not in result.claims("pid")
    assert URI not in repr(result) + repr(result.as_dict())
    everything = make_world(status_lists=StatusChecker(Canary(pid_issuer)))
    request = everything.verifier.request(
        {"credentials": [{"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:nl:1"]}}]}
    )
    asked = everything.fetch(request)
    text = pid_issuer.issue(everything.holder.public, status=GOOD)
    shown = pid_issuer.present(
        text, [], holder=everything.holder, audience=asked.client_id, nonce=asked.nonce
    )
    assert everything.post(asked, build_response(asked, vp_token={"pid": [shown]})).status_code == 200
    assert "status" not in everything.verifier.result(request).claims("pid")


SPOILED: dict[str, Callable[[str], str]] = {
    "signature of the issuer": lambda text: _with_signature_of_another(text),
    "a disclosure of another": lambda text: text.replace("~", "~WyJhIiwiYiIsImMiXQ~", 1),
    "no key binding": lambda text: text.rpartition("~")[0] + "~",
}


def _with_signature_of_another(text: str) -> str:
    jwt, _, rest = text.partition("~")
    head, _, signature = jwt.rpartition(".")
    return f"{head}.{'A' * len(signature)}~{rest}"


@pytest.mark.req("T-11", "ADV-146")
@pytest.mark.parametrize("wrong", SPOILED)
def test_the_status_of_an_invalid_credential_is_not_asked_for(
    wrong: str, make_world: MakeWorld, pid_issuer: Any
) -> None:
    canary = Canary(pid_issuer)
    world = make_world(status_lists=StatusChecker(canary))
    refused(world, spoil=SPOILED[wrong])
    assert canary.asked == []
    present(world)
    assert canary.asked == [URI]


@pytest.mark.req("T-10", "T-11")
def test_an_expired_credential_is_expired_whatever_its_status(make_world: MakeWorld, pid_issuer: Any) -> None:
    canary = Canary(pid_issuer)
    world = make_world(status_lists=StatusChecker(canary))
    request = world.verifier.request()
    asked = world.fetch(request)
    text = pid_issuer.issue(world.holder.public, status=GOOD, expires_at=NOW + 10)
    shown = pid_issuer.present(
        text, ["age_over_18"], holder=world.holder, audience=asked.client_id, nonce=asked.nonce
    )
    world.clock.travel(20)
    assert world.post(asked, build_response(asked, vp_token={"pid": [shown]})).status_code == 400
    assert isinstance(world.verifier.result(request).error, OutsideValidity)
    assert canary.asked == []


@pytest.mark.req("T-11")
def test_the_status_of_a_credential_of_a_stranger_is_not_asked_for(
    make_world: MakeWorld, eaa_issuer: Any
) -> None:
    canary = Canary(eaa_issuer)
    world = make_world(status_lists=StatusChecker(canary))
    world.pid_issuer = eaa_issuer  # who may not issue a PID
    assert isinstance(refused(world), UntrustedCertificate)
    assert canary.asked == []


@pytest.mark.req("ADV-135")
def test_a_list_that_the_certificate_of_a_relying_party_signed_is_refused(
    make_world: MakeWorld, pid_issuer: Any, access: Any
) -> None:
    _, key, chain = access
    world = make_world(status_lists=StatusChecker(Canary(pid_issuer, key=key, chain=chain)))
    assert isinstance(refused(world), UntrustedCertificate)


@pytest.mark.req("ADV-135")
def test_a_list_of_a_status_provider_counts(make_world: MakeWorld, pid_issuer: Any, eaa_issuer: Any) -> None:
    # A provider of another kind of attestation does not speak for PIDs, a status provider does.
    canary = Canary(pid_issuer, key=eaa_issuer.key, chain=eaa_issuer.chain)
    assert isinstance(refused(make_world(status_lists=StatusChecker(canary))), UntrustedCertificate)
    anchors = (
        TrustAnchors()
        .adding(Category.PID_PROVIDER, pid_issuer.anchor)
        .adding(Category.STATUS_PROVIDER, eaa_issuer.anchor)
    )
    reply, _ = present(make_world(status_lists=StatusChecker(canary), anchors=anchors))
    assert reply.status_code == 200


@pytest.mark.req("C-06", "ADV-149")
def test_a_cwt_does_not_count_for_an_sd_jwt_vc(make_world: MakeWorld, pid_issuer: Any) -> None:
    world = make_world(status_lists=StatusChecker(Canary(pid_issuer, media_type=CWT)))
    assert refused(world).code == "content_type"


@pytest.mark.req("HV-22")
@pytest.mark.parametrize("status", [{}, {"identifier_list": {"id": "00", "uri": URI}}])
def test_a_status_without_a_status_list_is_refused(
    status: Mapping[str, Any], make_world: MakeWorld, pid_issuer: Any
) -> None:
    canary = Canary(pid_issuer)
    world = make_world(status_lists=StatusChecker(canary))
    assert isinstance(refused(world, status=status), InvalidStatus)
    assert canary.asked == []


# Policies -----------------------------------------------------------------------------------------


@pytest.mark.req("T-16", "ADV-141", "C-09", "VCR_14")
def test_where_the_list_cannot_be_had_the_policy_decides(make_world: MakeWorld) -> None:
    assert isinstance(refused(make_world(status_lists=StatusChecker(gone))), TransportError)
    checker = StatusChecker(gone, policy=StatusPolicy.BEST_EFFORT)
    reply, result = present(make_world(status_lists=checker))
    made = status_check(result)
    assert (reply.status_code, made.outcome, made.code) == (200, Outcome.WARNED, "status_undetermined")
    assert "nobody is there" in made.reason


@pytest.mark.req("C-09")
def test_the_policy_not_to_look_is_in_the_report(make_world: MakeWorld, pid_issuer: Any) -> None:
    canary = Canary(pid_issuer, value=1)
    reply, result = present(make_world(status_lists=StatusChecker(canary, policy=StatusPolicy.SKIP)))
    assert (reply.status_code, status_check(result).outcome, canary.asked) == (200, Outcome.SKIPPED, [])
    assert "policy" in status_check(result).reason


def test_a_credential_without_status(make_world: MakeWorld, pid_issuer: Any) -> None:
    reply, result = present(make_world(status_lists=StatusChecker(gone)), status=None)
    assert (reply.status_code, status_check(result).outcome) == (200, Outcome.SKIPPED)
    strict = make_world(status_lists=StatusChecker(gone, missing="refused"))
    assert refused(strict, status=None).code == "status_missing"


@pytest.mark.req("VCR_15")
def test_a_list_is_fetched_once_for_several_presentations(make_world: MakeWorld, pid_issuer: Any) -> None:
    canary = Canary(pid_issuer)
    checker = StatusChecker(canary)
    for _ in range(3):
        assert present(make_world(status_lists=checker))[0].status_code == 200
    assert canary.asked == [URI]


@pytest.mark.req("T-23")
def test_the_nl_wallet_wants_the_issuer_itself_with_its_usage(make_world: MakeWorld, pid_issuer: Any) -> None:
    key = PrivateKey.generate()

    def chain(name: str, *usages: str) -> Any:
        return pid_issuer.authority.issue(
            key.public, Subject(common_name=name), now=NOW, extended_key_usages=usages
        )

    # Whose certificate the card itself is under does not matter here.
    nl_wallet = replace(NL_WALLET_0_6, issuer_signing_usage=None)
    for profile, made, accepted in (
        (HAIP_1_0, chain("Somebody"), True),
        (nl_wallet, chain("PID provider"), False),
        (nl_wallet, chain("Somebody", NL_WALLET_STATUS_SIGNING), False),
        (nl_wallet, chain("PID provider", NL_WALLET_STATUS_SIGNING), True),
    ):
        canary = Canary(pid_issuer, key=key, chain=made)
        reply, _ = present(make_world(status_lists=StatusChecker(canary), profile=profile))
        assert reply.status_code == (200 if accepted else 400)
