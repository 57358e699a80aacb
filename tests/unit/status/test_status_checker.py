"""Checking statuses: policies, the cache and its bounds, history, aggregation (Token Status List §8, §9, §11.5)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from status_forge import NOW, ROOT, SIGNER, URI, cwt, jwt, some_list

from nlwallet.crypto import CertificateAuthority
from nlwallet.errors import InvalidStatus, LimitExceeded, OutsideValidity, RemoteError, TransportError
from nlwallet.http import FetchedStatusList, StatusChecker
from nlwallet.http.status_checker import JWT_OR_CWT
from nlwallet.status import (
    Freshness,
    StatusList,
    StatusListCache,
    StatusOutcome,
    StatusPolicy,
    StatusReference,
    StatusSigner,
    write_aggregation,
)

JWT, CWT = "application/statuslist+jwt", "application/statuslist+cwt"
GOOD = {"status_list": {"idx": 6, "uri": URI}}
REVOKED = {"status_list": {"idx": 7, "uri": URI}}


class Web:
    """Answers by address, counts what is asked, and can be out of order."""

    def __init__(self) -> None:
        self.answers: dict[str, FetchedStatusList | RemoteError | Callable[[], FetchedStatusList]] = {}
        self.asked: Counter[str] = Counter()
        self.accepted: list[str] = []

    def __call__(self, uri: str, *, accept: str) -> FetchedStatusList:
        self.asked[uri] += 1
        self.accepted.append(accept)
        answer = self.answers.get(uri, TransportError("nobody is there"))
        if isinstance(answer, RemoteError):
            raise answer
        return answer if isinstance(answer, FetchedStatusList) else answer()

    def serve(self, token: str | bytes, *, uri: str = URI, media_type: str = "") -> None:
        body = token.encode() if isinstance(token, str) else token
        kind = media_type or (JWT if isinstance(token, str) else CWT)
        self.answers[uri] = FetchedStatusList(kind, body)

    def stop(self) -> None:
        self.answers.clear()


@pytest.fixture
def web() -> Web:
    found = Web()
    found.serve(jwt(exp=NOW + 3600, ttl=300))
    return found


def check(checker: StatusChecker, status: Any = GOOD, *, now: int = NOW, **more: Any) -> StatusOutcome:
    return checker.check(status, signer=SIGNER, now=now, **more).outcome


# Values -------------------------------------------------------------------------------------------


@pytest.mark.req("T-10", "ADV-130", "ADV-131")
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1, "revoked"),
        (2, "suspended"),
        (3, "status_not_valid"),
        (7, "status_not_valid"),
        (12, "status_not_valid"),
    ],
)
@pytest.mark.parametrize("policy", [StatusPolicy.REQUIRE, StatusPolicy.BEST_EFFORT])
def test_only_valid_is_valid(policy: StatusPolicy, value: int, code: str, web: Web) -> None:
    statuses = StatusList(64, bits=4)
    statuses[6] = value
    web.serve(jwt(status_list={"bits": 4, "lst": statuses.encode()}))
    with pytest.raises(InvalidStatus) as refused:
        check(StatusChecker(web, policy=policy))
    assert (refused.value.code, refused.value.pointer) == (code, "/status")
    assert check(StatusChecker(web, policy=policy), {"status_list": {"idx": 5, "uri": URI}}) == "valid"


@pytest.mark.req("T-15", "T-16", "ADV-132")
@pytest.mark.parametrize("idx", [64, 2**63, 2**70, -1, 6.0, "6"])
@pytest.mark.parametrize("policy", [StatusPolicy.REQUIRE, StatusPolicy.BEST_EFFORT])
def test_an_index_that_is_not_in_the_list_says_nothing_good(policy: StatusPolicy, idx: Any, web: Web) -> None:
    with pytest.raises(InvalidStatus):
        check(StatusChecker(web, policy=policy), {"status_list": {"idx": idx, "uri": URI}})


# Policies -----------------------------------------------------------------------------------------

DEFECTS: dict[str, Any] = {
    "another list": {"sub": URI + "2"},
    "expired": {"exp": NOW},
    "no iat": {"iat": None},
    "no list": {"status_list": None},
    "bits": {"status_list": {"bits": 3}},
    "cut": {"status_list": {"lst": some_list().encode()[:-4]}},
}


@pytest.mark.req("T-16")
@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("policy", [StatusPolicy.REQUIRE, StatusPolicy.BEST_EFFORT])
def test_a_list_that_is_there_and_wrong_is_refused_under_both_policies(
    policy: StatusPolicy, defect: str, web: Web
) -> None:
    web.serve(jwt(**DEFECTS[defect]))
    with pytest.raises(RemoteError):
        check(StatusChecker(web, policy=policy))


@pytest.mark.req("T-16", "ADV-141")
def test_where_no_list_can_be_had_the_policy_decides(web: Web) -> None:
    web.stop()
    with pytest.raises(TransportError):
        check(StatusChecker(web))
    result = StatusChecker(web, policy=StatusPolicy.BEST_EFFORT).check(GOOD, signer=SIGNER, now=NOW)
    assert (result.outcome, result.reason) == (StatusOutcome.UNDETERMINED, "nobody is there")


def test_a_list_that_is_too_large_is_refused_under_both_policies(web: Web) -> None:
    web.answers[URI] = LimitExceeded("too large")
    for policy in (StatusPolicy.REQUIRE, StatusPolicy.BEST_EFFORT):
        with pytest.raises(LimitExceeded):
            check(StatusChecker(web, policy=policy))


def test_a_best_effort_uses_an_earlier_list_until_it_expires(web: Web) -> None:
    checker = StatusChecker(web, policy=StatusPolicy.BEST_EFFORT)
    check(checker)
    web.stop()
    assert check(checker, now=NOW + 3599) == "valid"
    with pytest.raises(InvalidStatus):
        check(checker, REVOKED, now=NOW + 3599)
    assert check(checker, now=NOW + 3605) == "undetermined"


def test_a_required_list_is_not_used_beyond_its_ttl(web: Web) -> None:
    checker = StatusChecker(web)
    check(checker)
    web.stop()
    assert check(checker, now=NOW + 299) == "valid"
    with pytest.raises(TransportError):
        check(checker, now=NOW + 300)


def test_skip_asks_nobody(web: Web) -> None:
    assert check(StatusChecker(web, policy=StatusPolicy.SKIP), REVOKED) == "skipped"
    assert not web.asked


def test_a_credential_without_status(web: Web) -> None:
    assert check(StatusChecker(web), None) == "absent"
    with pytest.raises(InvalidStatus) as refused:
        check(StatusChecker(web, missing="refused"), None)
    assert refused.value.code == "status_missing"
    assert not web.asked


# Forms --------------------------------------------------------------------------------------------


@pytest.mark.req("T-17", "C-06", "ADV-149")
def test_a_jwt_is_asked_for_and_nothing_else_taken(web: Web) -> None:
    checker = StatusChecker(web)
    check(checker)
    assert web.accepted == [JWT]
    web.serve(cwt())
    with pytest.raises(TransportError) as refused:
        check(StatusChecker(web))
    assert refused.value.code == "content_type"


@pytest.mark.req("T-17")
def test_both_forms_where_both_are_good(web: Web) -> None:
    for token in (cwt(), jwt()):
        web.serve(token)
        assert check(StatusChecker(web), accepted=JWT_OR_CWT) == "valid"
    assert set(web.accepted) == {f"{CWT}, {JWT}"}


@pytest.mark.req("C-06")
def test_what_was_taken_as_cwt_is_not_kept_for_who_wants_a_jwt(web: Web) -> None:
    checker = StatusChecker(web)
    web.serve(cwt())
    check(checker, accepted=JWT_OR_CWT)
    with pytest.raises(TransportError):
        check(checker)


@pytest.mark.req("T-17", "ADV-147")
@pytest.mark.parametrize("media_type", ["", "text/html", "application/jwt", "application/json", "*/*"])
def test_another_content_type_is_refused(media_type: str, web: Web) -> None:
    web.answers[URI] = FetchedStatusList(media_type, jwt().encode())
    with pytest.raises(TransportError):
        check(StatusChecker(web))


def test_a_content_type_that_does_not_fit_its_content_is_refused(web: Web) -> None:
    web.serve(cwt(), media_type=JWT)
    with pytest.raises(RemoteError):
        check(StatusChecker(web))
    web.serve(jwt(), media_type=CWT)
    with pytest.raises(RemoteError):
        check(StatusChecker(web), accepted=JWT_OR_CWT)


# The cache ----------------------------------------------------------------------------------------


@pytest.mark.req("T-14")
def test_a_list_is_fetched_again_after_its_ttl(web: Web) -> None:
    checker = StatusChecker(web)
    for later in (0, 1, 299):
        check(checker, now=NOW + later)
    assert web.asked[URI] == 1
    revoked = some_list()
    revoked[6] = 1
    web.serve(jwt(iat=NOW + 200, exp=NOW + 3600, ttl=300, status_list={"lst": revoked.encode()}))
    assert check(checker, now=NOW + 299) == "valid"
    with pytest.raises(InvalidStatus):
        check(checker, now=NOW + 300)
    assert web.asked[URI] == 2


@pytest.mark.req("T-13", "T-14")
def test_a_list_is_not_kept_beyond_its_exp(web: Web) -> None:
    checker = StatusChecker(web)
    web.serve(jwt(exp=NOW + 60, ttl=300))
    check(checker)
    with pytest.raises(OutsideValidity):
        check(checker, now=NOW + 60)
    assert web.asked[URI] == 2


@pytest.mark.req("T-14", "ADV-144")
@pytest.mark.parametrize(
    ("ttl", "exp", "seconds"),
    [
        (1, NOW + 10**9, 10), (10**12, NOW + 10**12, 86_400), (None, None, 300), (None, NOW + 60, 60),
        (5, NOW + 3, 3), (10**12, None, 86_400), (3600, NOW + 10**12, 3600),
    ],
)  # fmt: skip
def test_ttl_and_exp_are_kept_within_bounds(ttl: Any, exp: Any, seconds: int, web: Web) -> None:
    web.serve(jwt(ttl=ttl, exp=exp))
    checker = StatusChecker(web)
    for later in (0, seconds - 1):
        check(checker, now=NOW + later)
    assert web.asked[URI] == 1
    web.serve(jwt(iat=NOW + seconds, exp=NOW + seconds + 60))
    check(checker, now=NOW + seconds)
    assert web.asked[URI] == 2


@pytest.mark.req("ADV-144")
@pytest.mark.parametrize("ttl", [0, -1])
def test_a_ttl_that_is_not_positive_is_refused(ttl: int, web: Web) -> None:
    web.serve(jwt(ttl=ttl))
    with pytest.raises(InvalidStatus):
        check(StatusChecker(web))


@pytest.mark.req("ADV-145")
def test_an_older_token_does_not_replace_a_newer_one(web: Web) -> None:
    checker = StatusChecker(web)
    before = jwt(exp=NOW + 7200, ttl=300)
    revoked = some_list()
    revoked[6] = 1
    web.serve(jwt(iat=NOW + 10, exp=NOW + 3600, ttl=300, status_list={"lst": revoked.encode()}))
    with pytest.raises(InvalidStatus, match="revoked"):
        check(checker, now=NOW + 10)
    web.serve(before)
    with pytest.raises(InvalidStatus, match="revoked"):  # the newer one counts while it is valid
        check(checker, now=NOW + 400)
    with pytest.raises(InvalidStatus, match="older") as refused:  # and is not forgotten after that
        check(checker, now=NOW + 4000)
    assert refused.value.code == "status_rolled_back"
    web.serve(jwt(iat=NOW + 4000, exp=NOW + 9000))
    assert check(checker, now=NOW + 4010) == "valid"


@pytest.mark.req("ADV-145")
def test_a_bound_on_age_finds_an_old_list_also_the_first_time(web: Web) -> None:
    web.serve(jwt(exp=NOW + 10**6))
    checker = StatusChecker(web, freshness=Freshness(max_age=600))
    with pytest.raises(OutsideValidity, match="older"):
        check(checker, now=NOW + 601)
    assert check(StatusChecker(web, freshness=Freshness(max_age=600)), now=NOW + 600) == "valid"


def test_a_failure_is_not_asked_for_again_at_once(web: Web) -> None:
    web.stop()
    checker = StatusChecker(web)
    for later in (0, 1, 4):
        with pytest.raises(TransportError):
            check(checker, now=NOW + later)
    assert web.asked[URI] == 1
    web.serve(jwt())
    assert check(checker, now=NOW + 5) == "valid"
    assert web.asked[URI] == 2


def test_what_is_kept_can_be_forgotten(web: Web) -> None:
    cache = StatusListCache()
    checker = StatusChecker(web, cache=cache)
    check(checker)
    checker.forget()
    assert (len(cache), cache.size_in_bytes) == (0, 0)
    web.serve(jwt(iat=NOW - 10))
    with pytest.raises(InvalidStatus, match="older"):  # but not how new it was
        check(checker)
    checker.forget()
    web.serve(jwt())
    assert check(checker) == "valid"
    assert web.asked[URI] == 3


def test_failures_are_kept_in_bounds(web: Web) -> None:
    checker = StatusChecker(web)
    for n in range(1500):
        with pytest.raises(TransportError):
            check(checker, {"status_list": {"idx": 1, "uri": f"{URI}{n}"}})
    assert len(checker._errors) <= 1024


def lists_of(web: Web, count: int, *, size: int = 1 << 16) -> list[str]:
    uris = [f"{URI}{n}" for n in range(count)]
    for uri in uris:
        web.serve(jwt(sub=uri, status_list={"lst": StatusList(size).encode()}), uri=uri)
    return uris


@pytest.mark.parametrize("bounds", [{"max_lists": 3}, {"max_bytes": 3 * 8192}], ids=["number", "size"])
def test_the_cache_is_bounded_and_the_least_used_goes_first(bounds: dict[str, int], web: Web) -> None:
    cache = StatusListCache(**bounds)
    checker = StatusChecker(web, cache=cache)
    uris = lists_of(web, 4)
    for uri in (*uris[:3], uris[0], uris[3]):  # the second is the one that was used least recently
        check(checker, {"status_list": {"idx": 1, "uri": uri}})
    assert (len(cache), cache.size_in_bytes) == (3, 3 * 8192)
    for uri in (uris[0], uris[1]):
        check(checker, {"status_list": {"idx": 1, "uri": uri}})
    assert [web.asked[uri] for uri in uris] == [1, 2, 1, 1]


def test_a_list_larger_than_the_cache_is_used_and_not_kept(web: Web) -> None:
    cache = StatusListCache(max_bytes=4096)
    (uri,) = lists_of(web, 1)
    assert check(StatusChecker(web, cache=cache), {"status_list": {"idx": 1, "uri": uri}}) == "valid"
    assert (len(cache), cache.size_in_bytes) == (0, 0)


def test_a_kept_list_is_not_shared_with_who_trusts_others(web: Web) -> None:
    checker = StatusChecker(web)
    check(checker)
    other = CertificateAuthority.create("Other", now=NOW)
    with pytest.raises(RemoteError):
        checker.check(GOOD, signer=StatusSigner([other.certificate]), now=NOW)
    assert checker.check(GOOD, signer=StatusSigner((ROOT.certificate,)), now=NOW).outcome == "valid"
    assert web.asked[URI] == 2


def test_many_threads_fetch_a_list_once(web: Web) -> None:
    gate = threading.Event()
    token = FetchedStatusList(JWT, jwt().encode())

    def slow() -> FetchedStatusList:
        gate.wait(10)
        return token

    web.answers[URI] = slow
    checker = StatusChecker(web)
    with ThreadPoolExecutor(16) as pool:
        checks = [pool.submit(check, checker) for _ in range(16)]
        gate.set()
        assert {one.result() for one in checks} == {"valid"}
    assert web.asked[URI] == 1


def test_a_slow_list_does_not_hold_up_another(web: Web) -> None:
    gate = threading.Event()

    def slow() -> FetchedStatusList:
        assert gate.wait(10)
        return FetchedStatusList(JWT, jwt().encode())

    web.answers[URI] = slow
    web.serve(jwt(sub=URI + "2"), uri=URI + "2")
    checker = StatusChecker(web)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(check, checker)
        assert check(checker, {"status_list": {"idx": 1, "uri": URI + "2"}}) == "valid"
        assert not waiting.done()
        gate.set()
        assert waiting.result() == "valid"


# History and aggregation --------------------------------------------------------------------------


@pytest.mark.req("T-20", "ADV-148")
def test_the_status_at_an_earlier_time(web: Web) -> None:
    checker = StatusChecker(web)
    earlier = NOW - 5000
    web.serve(jwt(iat=earlier - 10, exp=earlier + 10), uri=f"{URI}?time={earlier}")
    assert checker.look_up_at(StatusReference(7, URI), earlier, signer=SIGNER) == 1
    web.serve(jwt(), uri=f"{URI}?time={earlier}")  # the list of now
    with pytest.raises(OutsideValidity):
        checker.look_up_at(StatusReference(7, URI), earlier, signer=SIGNER)
    web.serve(jwt(iat=NOW + 30, exp=NOW + 90), uri=f"{URI}?time={NOW}")  # within what a clock may be off
    with pytest.raises(OutsideValidity):
        checker.look_up_at(StatusReference(7, URI), NOW, signer=SIGNER)


def test_an_earlier_list_is_not_kept(web: Web) -> None:
    checker = StatusChecker(web)
    web.serve(jwt(iat=NOW - 60), uri=f"{URI}?time={NOW}")
    checker.look_up_at(StatusReference(6, URI), NOW, signer=SIGNER)
    check(checker)
    assert web.asked[URI] == 1


@pytest.mark.req("T-21")
def test_an_aggregation_is_fetched_ahead_and_a_failure_passed_over(web: Web) -> None:
    good = lists_of(web, 2)
    web.serve(jwt(sub="https://another.example/"), uri=URI + "wrong")
    uris = [good[0], URI + "wrong", "http://plain.example/", "https://gone.example/", good[1]]
    web.answers["https://issuer.example/all"] = FetchedStatusList("application/json", write_aggregation(uris))
    checker = StatusChecker(web)
    fetched = checker.prefetch("https://issuer.example/all", signer=SIGNER, now=NOW)
    assert fetched.kept == tuple(good)
    assert list(fetched.failed) == uris[1:4]
    web.stop()
    assert check(checker, {"status_list": {"idx": 1, "uri": good[1]}}) == "valid"


@pytest.mark.req("T-21")
def test_an_aggregation_is_json(web: Web) -> None:
    web.answers[URI] = FetchedStatusList("text/html", write_aggregation([]))
    with pytest.raises(TransportError):
        StatusChecker(web).prefetch(URI, signer=SIGNER, now=NOW)


def test_no_more_lists_are_fetched_ahead_than_are_kept(web: Web) -> None:
    uris = lists_of(web, 5)
    web.answers[URI] = FetchedStatusList("application/json", write_aggregation(uris))
    checker = StatusChecker(web, cache=StatusListCache(max_lists=3))
    assert checker.prefetch(URI, signer=SIGNER, now=NOW).kept == tuple(uris[:3])
