"""``edi.under_test(…).survives(attack)``: an application of yours, mounted in a test, under attack."""

from __future__ import annotations

import secrets
import threading
import unittest
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from flask import Flask, redirect
from flask import request as asked
from flask import session as cookies
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from nlwallet.errors import LocalError, RemoteError
from nlwallet.testing import attacks
from nlwallet.testing.ecosystem import Ecosystem
from nlwallet.testing.hostile import Attack, CallableParty, SessionOutcome, Verdict
from nlwallet.verifier import Verifier

pytest_plugins = ["pytester"]

SHOP = "https://shop.example"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def the(id_: str) -> Attack:
    (found,) = attacks(role="rp", only=[id_])
    return found


@pytest.fixture(scope="module")
def edi() -> Iterator[Ecosystem]:
    with Ecosystem() as made:
        yield made


@pytest.fixture(scope="module")
def shop(edi: Ecosystem) -> Verifier:
    return edi.party("shop.example", "family_name")


def application(shop: Verifier, *, gullible: bool = False) -> Starlette:
    """Begins by POST, or on the phone; ``gullible`` welcomes everybody of whom it heard anything."""

    def begin(_: Request) -> Response:
        made = shop.request()
        return JSONResponse({"login": {"id": made.id}, "link": made.uri})

    def on_the_phone(_: Request) -> Response:
        visitor = secrets.token_urlsafe(8)
        made = shop.request(flow="same_device", redirect_uri=f"{SHOP}/back", browser_session=visitor)
        leave = RedirectResponse(made.uri)
        leave.set_cookie("visitor", visitor, secure=True)
        leave.set_cookie("login", made.id, secure=True)
        return leave

    def back(request: Request) -> Response:
        return RedirectResponse("/mine")

    def see(request: Request) -> Response:
        status = shop.result(request.path_params["id"]).status
        if gullible:
            return JSONResponse({"welcome": status != "pending"})
        return JSONResponse({"welcome": status == "verified"})

    return Starlette(
        routes=[
            Route("/login", begin, methods=["POST"]),
            Route("/phone", on_the_phone),
            Route("/back", back),
            Route("/login/{id}", see),
            Route("/always", lambda _: JSONResponse({"welcome": True})),
            Mount("/", shop.app),
        ]
    )


OPTIONS: dict[str, Any] = {
    "start": "POST /login",
    "outcome": "/login/{login.id}",
    "success": {"welcome": True},
}


def test_a_sound_application_survives(edi: Ecosystem, shop: Verifier) -> None:
    party = edi.under_test(SHOP, application(shop), **OPTIONS)
    for id_ in ("ADV-100/wrong", "ADV-001", "ADV-004"):
        assert party.survives(the(id_)).verdict is Verdict.SURVIVED
    assert party.report(attacks(only=["ADV-100"])).ok


def test_a_gullible_one_hears_what_was_sent_what_came_back_and_how_to_mend_it(
    edi: Ecosystem, shop: Verifier
) -> None:
    party = edi.under_test(SHOP, application(shop, gullible=True), **OPTIONS)
    attack = the("ADV-100/wrong")
    with pytest.raises(AssertionError) as failure:
        party.survives(attack)
    story = str(failure.value)
    assert f"{attack.id} ({attack.severity}, {attack.spec}): the session succeeded" in story
    assert f"mend it: {attack.mend}" in story
    assert "> POST https://shop.example/response/" in story
    assert "< 400 application/json" in story


def test_who_refuses_everybody_survives_nothing(edi: Ecosystem, shop: Verifier) -> None:
    party = edi.under_test(SHOP, application(shop), **{**OPTIONS, "success": {"welcome": "tea"}})
    with pytest.raises(AssertionError, match="the honest presentation is not accepted"):
        party.survives(the("ADV-001"))


def test_an_outcome_that_is_always_good_is_no_outcome(edi: Ecosystem, shop: Verifier) -> None:
    party = edi.under_test(SHOP, application(shop), "POST /login", outcome="/always")
    with pytest.raises(AssertionError, match="succeeds before anything is shown"):
        party.survives(the("ADV-001"))


def test_functions_begin_and_look(edi: Ecosystem, shop: Verifier) -> None:
    for gullible in (False, True):

        def look(begun: Any, gullible: bool = gullible) -> bool:
            status = shop.result(begun).status
            return status != "pending" if gullible else status == "verified"

        party = edi.under_test(SHOP, application(shop), shop.request, outcome=look)
        if gullible:
            with pytest.raises(AssertionError, match="the session succeeded"):
                party.survives(the("ADV-100/wrong"))
        else:
            party.survives(the("ADV-100/wrong"))


@pytest.mark.parametrize(
    ("begun", "hint"),
    [
        (lambda: object(), "that holds it"),
        (lambda: "no link here", "openid4vp://"),
        (lambda: {"a": 1}, "openid4vp"),
    ],
)
def test_a_start_without_a_link_is_told(
    edi: Ecosystem, shop: Verifier, begun: Callable[[], Any], hint: str
) -> None:
    party = edi.under_test(SHOP, application(shop), begun, outcome=lambda _: False)
    with pytest.raises(AssertionError, match=hint):
        party.accepts()


def test_claims_are_no_outcome(edi: Ecosystem, shop: Verifier) -> None:
    """JSON that says "failed" is true in Python: everything would look like a hole."""

    def look(begun: Any) -> Any:
        return {"welcome": False}

    party = edi.under_test(SHOP, application(shop), shop.request, outcome=look)
    with pytest.raises(AssertionError, match="say True or False"):
        party.accepts()


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"outcome": ""}, "where is the outcome"),
        ({"start": "JUMP /login"}, "JUMP is no way"),
        ({"start": lambda: "x"}, "a function sees how it ended"),
    ],
)
def test_wrong_use_is_told(edi: Ecosystem, shop: Verifier, wrong: dict[str, Any], what: str) -> None:
    with pytest.raises(LocalError, match=what):
        edi.under_test(SHOP, application(shop), **{**OPTIONS, **wrong})


def test_what_does_not_apply_is_skipped_with_the_reason(edi: Ecosystem, shop: Verifier) -> None:
    party = edi.under_test(SHOP, application(shop), **OPTIONS)
    for id_, reason in (("ADV-010", "same device"), ("ADV-005", "clock"), ("ADV-074", "")):
        if reason:
            with pytest.raises(unittest.SkipTest, match=reason):
                party.survives(the(id_))
        else:
            party.survives(the(id_))


def test_time_passes_for_who_has_the_clock(edi: Ecosystem, shop: Verifier) -> None:
    party = edi.under_test(SHOP, application(shop), **OPTIONS, travels=True)
    before = edi.clock.now()
    result = party.survives(the("ADV-005"))
    assert any("86400 seconds pass" in step.what for step in result.steps)
    assert edi.clock.now() - before < 3600


def test_a_party_of_ones_own_kind(edi: Ecosystem, shop: Verifier) -> None:
    def start() -> tuple[str, Callable[[], SessionOutcome]]:
        made = shop.request()
        return made.uri, lambda: SessionOutcome(
            "succeeded" if shop.result(made).status == "verified" else "failed"
        )

    edi.under_test(SHOP, application(shop), CallableParty(start)).survives(the("ADV-100/wrong"))


# on the same device, by WSGI --------------------------------------------------------------------


def flask_shop(shop: Verifier, *, anybody: bool = False) -> Flask:
    """``anybody`` who comes back with the code gets in, in whichever browser."""
    app = Flask(__name__)
    app.secret_key = "not a secret: this is a test"
    made: dict[str, str] = {}

    @app.post("/login")
    def login() -> Any:
        request = shop.request()
        cookies.update(elsewhere=request.id)
        return {"link": request.uri}

    @app.get("/phone")
    def phone() -> Any:
        visitor = secrets.token_urlsafe(8)
        request = shop.request(flow="same_device", redirect_uri=f"{SHOP}/back", browser_session=visitor)
        made[request.id] = visitor
        cookies.update(visitor=visitor, login=request.id)
        return redirect(request.uri)

    @app.get("/back")
    def back() -> Any:
        login, visitor = cookies.get("login"), cookies.get("visitor")
        if anybody:
            ((login, visitor),) = list(made.items())[-1:]
        try:
            result = shop.result(login, response_code=asked.args["response_code"], browser_session=visitor)
        except Exception:  # noqa: BLE001 - whatever is wrong, nobody gets in
            return "no", 403
        cookies["welcome"] = result.status == "verified"
        return redirect("/mine")

    @app.get("/mine")
    def mine() -> Any:
        if elsewhere := cookies.get("elsewhere"):
            return {"welcome": shop.result(elsewhere).status == "verified"}
        return {"welcome": cookies.get("welcome", False)}

    @app.route("/request/<id_>", methods=["GET", "POST"])
    def request_object(id_: str) -> Any:
        text = shop.endpoints.request_object(id_, wallet_nonce=asked.form.get("wallet_nonce"))
        return text, 200, {"Content-Type": "application/oauth-authz-req+jwt"}

    @app.errorhandler(RemoteError)
    def refuse(error: RemoteError) -> Any:
        return {"error": error.code}, 400

    @app.post("/response/<id_>")
    def response(id_: str) -> Any:
        return shop.endpoints.receive(id_, asked.get_data(), asked.content_type or "")

    return app


def test_the_way_back_on_the_phone_is_attacked_too(edi: Ecosystem, shop: Verifier) -> None:
    cases = attacks(only=["ADV-010", "ADV-011", "ADV-012", "ADV-013", "ADV-014"])
    found: dict[bool, list[str]] = {}
    for anybody in (False, True):
        party = edi.under_test(
            SHOP,
            flask_shop(shop, anybody=anybody),
            "POST /login",
            outcome="/mine",
            success={"welcome": True},
            same_device="/phone",
        )
        report = party.report(cases)
        assert {one.verdict for one in report.results} <= {Verdict.SURVIVED, Verdict.HOLE}, report.results
        found[anybody] = [one.attack.id for one in report.holes]
    assert found[False] == []
    assert "ADV-013" in found[True]


def test_a_server_of_its_own_is_reached_at_its_base_url(edi: Ecosystem, shop: Verifier) -> None:
    """In any language: all there is to know of it is an address on this machine, in plain http."""
    server = make_server("127.0.0.1", 0, flask_shop(shop), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        party = edi.under_test(
            SHOP,
            f"http://127.0.0.1:{server.server_port}",
            "POST /login",
            outcome="/mine",
            success={"welcome": True},
        )
        party.survives(the("ADV-100/wrong"))
        assert any("the session is succeeded" in step.what for step in party.accepts().steps)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    with pytest.raises(AssertionError, match="does not accept the connection"):
        party.accepts()


# as a user runs it ------------------------------------------------------------------------------

USER_TEST = """
import pytest
import nlwallet.testing
from nlwallet.testing import attacks

@pytest.fixture(scope="session")
def shop(edi):
    return edi.party("shop.example", "family_name")

@pytest.fixture(scope="session")
def party(edi, shop):
    seen = lambda begun: shop.result(begun).status in ("verified", "failed")
    return edi.under_test("https://shop.example", shop.app, shop.request, outcome=seen)

@pytest.mark.parametrize("attack", nlwallet.testing.attacks(role="rp", only=["ADV-100", "ADV-023", "ADV-010"]))
def test_survives(attack, party):
    party.survives(attack)
"""


def test_one_test_for_each_attack_with_the_section_in_its_id(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USER_TEST)
    ran = pytester.runpytest_inprocess("-p", "pytest_nlwallet", "-W", "error", "-rA", "--strict-markers")
    ran.assert_outcomes(passed=1, failed=4, skipped=1)
    ran.stdout.fnmatch_lines_random(
        [
            "PASSED *::test_survives[[]ADV-023, RFC 6749 §3.1[]]",
            "FAILED *::test_survives[[]ADV-100/missing, *§*[]]*",
            "E       AssertionError: ADV-100/missing (*): the session succeeded",
            "E         mend it: *",
            "SKIPPED*not applicable: no way to begin on the same device was given",
        ]
    )
    text = ran.stdout.str()
    assert "under_test.py" not in text, "the traceback ends at the line of the test"
