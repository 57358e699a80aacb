"""An issuer that does anything: each thing ends in its own error, and nothing of it stays in the wallet."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hostile_issuer import DAY, ISSUER, NL_PID, NOW, Answer, Rule, World, document, parts

from nlwallet.crypto import CertificateAuthority, PrivateKey, PublicKey, Subject
from nlwallet.encoding import b64url_encode
from nlwallet.errors import RemoteError
from nlwallet.holder import LogOutcome, Wallet, what_went_wrong
from nlwallet.issuer import CredentialConfiguration, pid_configuration
from nlwallet.profiles import NL_WALLET_STATUS_SIGNING
from nlwallet.trust import Category

BIDI, CYRILLIC_A = "\u202e", "\u0430"


@pytest.fixture
def world() -> World:
    return World()


def refused(world: World, *, offer: str = "", wallet: Wallet | None = None, **options: Any) -> RemoteError:
    """Be refused. Nothing came into the wallet, and nothing that was made for it is left."""
    wallet = wallet or world.wallet(**options)
    before = wallet._intake.types
    with pytest.raises(RemoteError) as caught:
        wallet.receive(offer or world.offer().uri)
    assert wallet.cards == ()
    assert wallet.promised == ()
    assert wallet.running_low == ()
    assert wallet._intake.types is before
    assert wallet._intake.belongings.renewals == {}
    assert world.keys.alive == {}
    (entry,) = wallet.log
    assert (entry.kind, entry.outcome, entry.reason) == ("issuance", LogOutcome.FAILED, caught.value.code)
    told = str(caught.value)
    assert world.claims["bsn"] not in told
    assert world.claims["bsn"] not in json.dumps(entry.as_dict())
    assert "eyJ" not in told
    for language in ("nl", "en"):
        assert what_went_wrong(caught.value, language)
    return caught.value


# Credentials --------------------------------------------------------------------------------------


Forge = Callable[[World, str], str]


def key_bound(_: World, text: str) -> str:
    from nlwallet.crypto import sign_jws

    claims = {"aud": "x", "nonce": "y", "iat": NOW, "sd_hash": "z"}
    return text + sign_jws(claims, PrivateKey.generate(), typ="kb+jwt")


def unsigned(_: World, text: str) -> str:
    jwt, *rest = text.split("~")
    _header, payload, _signature = jwt.split(".")
    none = b64url_encode(json.dumps(parts(jwt)[0] | {"alg": "none"}).encode())
    return "~".join([f"{none}.{payload}.", *rest])


def resigned(change: Callable[[dict[str, Any]], Any], **header: Any) -> Forge:
    def forge(world: World, text: str) -> str:
        return world.resigned(text, change, **header)

    return forge


def reissued(**changes: Any) -> Forge:
    return lambda world, text: world.reissued(text, **changes)


def by(certify: Callable[[World], Any]) -> Forge:
    return lambda world, text: world.reissued(text, chain=certify(world))


FORGERIES: dict[str, tuple[Forge, str]] = {
    "SD-JWT+KB": (key_bound, "invalid_sd_jwt"),
    "bound to a stranger's key": (reissued(holder_key=PrivateKey.generate().public), "invalid_credential"),
    "bound to no key": (reissued(holder_key=None), "invalid_credential"),
    "of another type": (resigned(lambda payload: payload.update(vct="urn:eudi:pid:1")), "invalid_credential"),
    "of no type": (resigned(lambda payload: payload.pop("vct")), "invalid_credential"),
    "not signed": (unsigned, "algorithm_not_allowed"),
    "signed by another key": (resigned(lambda _: None, key=PrivateKey.generate()), "invalid_signature"),
    "a digest twice": (resigned(lambda payload: payload["_sd"].append(payload["_sd"][0])), "invalid_sd_jwt"),
    "another typ": (resigned(lambda _: None, typ="JWT"), "invalid_credential"),
    "a typ of drafts": (resigned(lambda _: None, typ="vc+sd-jwt"), "invalid_credential"),
    "an unknown critical header": (resigned(lambda _: None, crit=["x"], x=1), "malformed"),
    "expired": (resigned(lambda payload: payload.update(exp=NOW - 1)), "expired"),
    "for later": (resigned(lambda payload: payload.update(nbf=NOW + DAY)), "not_yet_valid"),
    "in another name": (
        resigned(lambda payload: payload.update(iss="https://a.example")),
        "untrusted_certificate",
    ),
    "with a disclosure too many": (
        lambda _, text: text + b64url_encode(b'["salt","extra","value"]') + "~",
        "invalid_sd_jwt",
    ),
    "with a disclosure twice": (lambda _, text: text + text.split("~")[1] + "~", "invalid_sd_jwt"),
    "a claim that may not be in the clear": (
        resigned(lambda payload: payload.update(nickname="x", bsn="999991772")),
        "invalid_sd_jwt",
    ),
    "cut off": (lambda _, text: text[: len(text) // 2], "invalid_sd_jwt"),
    "no text at all": (lambda _, __: " ", "invalid_sd_jwt"),
    "two megabytes of tildes": (lambda _, text: text + "~" * 900_000, "limit_exceeded"),
    # ADV-072, ADV-152: who may sign
    "by a CA that nobody knows": (
        by(lambda world: world.certified(CertificateAuthority.create("Evil CA", now=NOW))),
        "untrusted_certificate",
    ),
    "by an access certificate": (by(lambda world: world.certified(world.access)), "untrusted_certificate"),
    "by a status signer": (
        by(lambda world: world.certified(world.pid, extended_key_usages=[NL_WALLET_STATUS_SIGNING])),
        "untrusted_certificate",
    ),
    "by a web server": (
        by(lambda world: world.certified(world.pid, extended_key_usages=["1.3.6.1.5.5.7.3.1"])),
        "untrusted_certificate",
    ),
    "by an issuer of another name": (
        by(lambda world: world.certified(world.pid, url="https://other.example")),
        "untrusted_certificate",
    ),
    # ADV-154
    "another integrity": (
        resigned(lambda payload: payload.update({"vct#integrity": "sha256-" + "A" * 43 + "="})),
        "invalid_type_metadata",
    ),
    "integrity by an unknown algorithm": (
        resigned(lambda payload: payload.update({"vct#integrity": "md5-" + "A" * 22 + "=="})),
        "invalid_type_metadata",
    ),
    "integrity of the wrong length": (
        resigned(lambda payload: payload.update({"vct#integrity": "sha256-AAAA"})),
        "invalid_type_metadata",
    ),
}


def credentials(change: Callable[[list[str]], list[Any]]) -> Rule:
    """A credential response with other credentials."""

    def rule(answer: Answer) -> Answer:
        members = answer.members
        texts = [one["credential"] for one in members["credentials"]]
        return answer.saying(members | {"credentials": [{"credential": one} for one in change(texts)]})

    return rule


@pytest.mark.req("ADV-195", "WI-10", "WI-09")
@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("at", [0, 2])
def test_a_forged_credential(world: World, name: str, at: int) -> None:
    """Also when it is only one of a batch. The issuer hears that all of it failed (OpenID4VCI 1.0 §11.1)."""
    forge, code = FORGERIES[name]
    world.middle.rules["/credential"] = credentials(
        lambda texts: [forge(world, one) if n == at else one for n, one in enumerate(texts)]
    )
    assert refused(world).code == code
    assert world.middle.told == ["credential_failure"]
    assert [str(event) for event in world.issuer.issued[-1].events] == ["credential_failure"]


@pytest.mark.req("ADV-072")
@pytest.mark.parametrize("name", ["by an access certificate", "by a status signer", "by a web server"])
def test_a_certificate_for_another_role(world: World, name: str) -> None:
    forge, code = FORGERIES[name]
    world.middle.rules["/credential"] = credentials(lambda texts: [forge(world, one) for one in texts])
    error = refused(world)
    assert (error.code, error.spec) in {
        (code, "RFC 5280 §4.2.1.12"),
        (code, "RFC 5280 §6"),
    }


@pytest.mark.req("ADV-072")
def test_an_issuer_of_other_attestations_signs_no_pid(world: World) -> None:
    other = CertificateAuthority.create("EAA CA", now=NOW)
    world.anchors = world.anchors.adding(Category.EAA_PROVIDER, other.certificate)
    chain = world.certified(other)
    world.middle.rules["/credential"] = credentials(
        lambda texts: [world.reissued(one, chain=chain) for one in texts]
    )
    assert refused(world).code == "untrusted_certificate"


def test_a_certificate_that_is_for_credentials_too_is_taken(world: World) -> None:
    chain = world.certified(world.pid, extended_key_usages=["1.3.6.1.5.5.7.3.1", "1.0.18013.5.1.2"])
    world.middle.rules["/credential"] = credentials(
        lambda texts: [world.reissued(one, chain=chain) for one in texts]
    )
    assert world.wallet().receive(world.offer().uri)


@pytest.mark.req("ADV-150", "ADV-151", "ADV-152")
@pytest.mark.parametrize(
    "iss", ["https://127.0.0.1", "https://attacker.example", "https://issuer.example:8443"]
)
@pytest.mark.parametrize("with_chain", [True, False])
def test_no_issuer_metadata_is_fetched_because_a_credential_says_so(
    world: World, iss: str, with_chain: bool
) -> None:
    """Whose key it is, the chain alone tells; the token does not choose another way (SD-JWT VC §2.5, §7.3)."""
    reached: list[str] = []

    def attacker(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        reached.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "application/json")])
        key = world.key.public.jwk()
        return [json.dumps({"issuer": iss, "jwks": {"keys": [key]}, "jwks_uri": iss}).encode()]

    def forge(text: str) -> str:
        forged = world.resigned(text, lambda payload: payload.update(iss=iss))
        if with_chain:
            return forged
        from nlwallet.crypto import sign_jws

        jwt, *rest = forged.split("~")
        header, payload = parts(jwt)
        return "~".join([sign_jws(payload, world.key, typ=header["typ"], header={"kid": "1"}), *rest])

    world.middle.rules["/credential"] = credentials(lambda texts: [forge(one) for one in texts])
    wallet = world.wallet()
    wallet.mount(iss, attacker)
    expected = "untrusted_certificate" if with_chain else "invalid_credential"
    assert refused(world, wallet=wallet).code == expected
    assert reached == []


# Batches ------------------------------------------------------------------------------------------


UNEQUAL: dict[str, dict[str, Any]] = {
    "another value": {"claims": {"given_name": "Liv"}},
    "ends sooner": {"expires_at": NOW + DAY},
    "begins later": {"not_before": NOW - 1},
    "by somebody else": {"subject": Subject("X", organization="Ander")},
}


def copied(world: World, text: str, **changes: Any) -> str:
    """The same credential once more; ``changes`` are what this copy says otherwise."""
    claims = {**world.claims, **changes.pop("claims", {})}
    if "subject" in changes:
        subject = changes.pop("subject")
        changes["chain"] = world.pid.issue(world.key.public, subject, now=NOW, san_uris=[ISSUER])
    begins = changes.pop("not_before", None)
    made = world.reissued(text, claims=claims, **changes)
    return made if begins is None else world.resigned(made, lambda payload: payload.update(nbf=begins))


@pytest.mark.req("WI-09")
@pytest.mark.parametrize("how", UNEQUAL)
def test_copies_that_are_no_copies(world: World, how: str) -> None:
    world.middle.rules["/credential"] = credentials(lambda texts: [copied(world, one) for one in texts])
    wallet = world.wallet()
    (card,) = wallet.receive(world.offer().uri)
    wallet.delete(card.id)
    world.middle.rules["/credential"] = credentials(
        lambda texts: [copied(world, one, **(UNEQUAL[how] if n == 2 else {})) for n, one in enumerate(texts)]
    )
    error = refused(world)
    assert (error.code, error.spec) == ("invalid_credential", "ARF ISSU_11a")
    assert world.middle.told == ["credential_accepted", "credential_failure"]


@pytest.mark.parametrize(("seconds", "taken"), [(0, True), (10, True), (11, False)])
def test_copies_may_end_apart_by_the_time_that_signing_takes(world: World, seconds: int, taken: bool) -> None:
    """EUDIPLO counts from the second in which each copy is signed: one batch in some ends in two seconds."""

    def signed_in_turn(texts: list[str]) -> list[str]:
        first, *others = (copied(world, one, expires_at=NOW + DAY) for one in texts[:-1])
        return [first, *others, copied(world, texts[-1], expires_at=NOW + DAY + seconds)]

    world.middle.rules["/credential"] = credentials(signed_in_turn)
    if taken:
        assert len(world.wallet().receive(world.offer().uri)) == 1
    else:
        assert refused(world).spec == "ARF ISSU_11a"


CLUB = "urn:example:club"


def club(world: World) -> World:
    """An issuer of a type that lets claims be in the clear or not."""
    authority = CertificateAuthority.create("EAA CA", now=NOW)
    world.anchors = world.anchors.adding(Category.EAA_PROVIDER, authority.certificate)
    world.chain = world.certified(authority)
    world.types = world.types.adding(
        [json.dumps({"vct": CLUB, "claims": [{"path": ["number"]}, {"path": ["level"]}]}).encode()]
    )
    world.claims = {"number": "42", "level": "gold", "bsn": "999991772"}
    configuration = CredentialConfiguration(
        "nl-pid", CLUB, "nl-pid", disclosable=(("number",), ("level",), ("bsn",)), batch_size=3
    )
    world.issuer = world.serving(configuration)
    world.middle.app = world.issuer.app
    return world


def test_a_copy_that_hides_less_than_the_others(world: World) -> None:
    """The holder would be told that one claim is shared, while the copy shows them all."""
    club(world)
    assert world.wallet(types=world.types).receive(world.offer().uri)
    world.middle.rules["/credential"] = credentials(
        lambda texts: [*texts[:-1], world.reissued(texts[-1], disclosable=[("number",)])]
    )
    world.keys.alive.clear()
    error = refused(world, types=world.types)
    assert (error.code, error.spec) == ("invalid_credential", "ARF ISSU_11a")


@pytest.mark.parametrize(
    "change",
    [
        lambda texts: [texts[0], texts[0], texts[1]],
        lambda texts: [*texts, texts[0]],
        lambda texts: [],
        lambda texts: [5],
        lambda texts: [None],
        lambda texts: [{"a": 1}],
        lambda texts: [""],
    ],
)
@pytest.mark.req("WI-09")
def test_a_batch_of_another_shape(world: World, change: Callable[[list[str]], list[Any]]) -> None:
    """Whatever it is, the notification_id that came along gets its answer."""
    world.middle.rules["/credential"] = credentials(change)
    assert refused(world).code == "invalid_credential"
    assert world.middle.told == ["credential_failure"]


def test_fewer_copies_than_keys_are_a_card_and_the_other_keys_are_gone(world: World) -> None:
    world.middle.rules["/credential"] = credentials(lambda texts: texts[1:2])
    (card,) = world.wallet().receive(world.offer().uri)
    assert len(card.copies) == 1
    assert list(world.keys.alive) == [card.copies.first.key.public.thumbprint()]


# Types --------------------------------------------------------------------------------------------


PASS = "urn:example:pass"


def of_own_type(world: World, *documents: Any, uri: str = f"{ISSUER}/own-types", vct: str = PASS) -> World:
    """Let the issuer offer a card of a type that the wallet does not know, and serve these documents."""
    authority = CertificateAuthority.create("EAA CA", now=NOW)
    world.anchors = world.anchors.adding(Category.EAA_PROVIDER, authority.certificate)
    world.chain = world.certified(authority)

    def configuration(answer: Answer) -> Answer:
        members = answer.members
        members["credential_configurations_supported"]["nl-pid"] |= {"vct": vct, "type_metadata_uri": uri}
        return answer.saying(members)

    def served(_: Any) -> Answer:
        body = json.dumps([one if isinstance(one, str) else document(one) for one in documents])
        return Answer(200, {"content-type": "application/json"}, body.encode())

    world.middle.rules["/.well-known/openid-credential-issuer"] = configuration
    world.middle.instead[urlsplit(uri).path] = served
    world.middle.rules["/credential"] = credentials(
        lambda texts: [
            world.reissued(
                one,
                vct=vct,
                vct_integrity=None,
                claims={"number": "42"},
                disclosable=[("number",)],
                chain=world.chain,
            )
            for one in texts
        ]
    )
    return world


OWN = {
    "vct": PASS,
    "display": [{"locale": "en", "name": "Pass"}],
    "claims": [{"path": ["number"], "sd": "always"}],
}


def test_a_type_of_the_issuer_itself(world: World) -> None:
    (card,) = of_own_type(world, OWN).wallet().receive(world.offer().uri)
    assert (card.type, card.name("en")) == (PASS, "Pass")


CHAIN = [{"vct": f"{PASS}:{n}", "extends": f"{PASS}:{n + 1}"} for n in range(1000)]


@pytest.mark.req("ADV-155")
@pytest.mark.parametrize(
    ("documents", "code"),
    [
        ([OWN | {"extends": PASS}], "invalid_type_metadata"),
        ([OWN | {"extends": "urn:b"}, {"vct": "urn:b", "extends": PASS}], "invalid_type_metadata"),
        ([OWN | {"extends": f"{PASS}:0"}, *CHAIN], "invalid_offer"),
        ([OWN | {"extends": f"{PASS}:0"}, *CHAIN[:7]], "limit_exceeded"),
        (
            [
                OWN | {"extends": "urn:b", "claims": [{"path": ["number"], "sd": "never"}]},
                {"vct": "urn:b", "claims": [{"path": ["number"], "sd": "always"}]},
            ],
            "invalid_type_metadata",
        ),
        (
            [
                OWN | {"extends": "urn:b", "claims": [{"path": ["number"], "mandatory": False}]},
                {"vct": "urn:b", "claims": [{"path": ["number"], "mandatory": True}]},
            ],
            "invalid_type_metadata",
        ),
        ([OWN | {"extends": "urn:nobody:knows"}], "invalid_type_metadata"),
        ([{**OWN, "vct": "urn:other"}], "invalid_type_metadata"),
    ],
)
def test_a_lineage_that_leads_nowhere(world: World, documents: list[Any], code: str) -> None:
    assert refused(of_own_type(world, *documents)).code == code
    assert world.middle.told == ["credential_failure"]


@pytest.mark.req("ADV-154")
@pytest.mark.parametrize(
    "integrity", ["sha256-" + "A" * 43 + "=", "md5-" + "A" * 22 + "==", "sha256-AAAA", "sha256", 5]
)
def test_a_parent_that_is_not_what_the_child_says(world: World, integrity: Any) -> None:
    child = OWN | {"extends": "urn:b", "extends#integrity": integrity}
    assert refused(of_own_type(world, child, {"vct": "urn:b"})).code == "invalid_type_metadata"


def test_an_issuer_says_nothing_about_the_types_of_others(world: World) -> None:
    """Else it could rename the cards of an honest issuer, or keep them out, before they come."""
    diploma = {"vct": "urn:example:diploma", "display": [{"locale": "en", "name": "Worthless paper"}]}
    wallet = of_own_type(world, OWN, diploma).wallet()
    assert wallet.receive(world.offer().uri)
    assert PASS in wallet._intake.types
    assert "urn:example:diploma" not in wallet._intake.types


@pytest.mark.req("ADV-153")
@pytest.mark.parametrize(
    "uri", ["https://127.0.0.1/types", "https://attacker.example/types", "https://issuer.example:1/t"]
)
def test_types_are_fetched_from_the_issuer_and_nowhere_else(world: World, uri: str) -> None:
    reached: list[str] = []

    def elsewhere(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        reached.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"[]"]

    wallet = of_own_type(world, OWN, uri=uri).wallet()
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(uri))
    wallet.mount(origin, elsewhere)
    (card,) = wallet.receive(world.offer().uri)
    assert (card.name("en"), reached) == (PASS, [])


@pytest.mark.req("ADV-153")
@pytest.mark.parametrize("vct", ["https://127.0.0.1/type", "https://attacker.example/type"])
def test_a_type_that_is_a_url_is_not_visited(world: World, vct: str) -> None:
    """Nothing is mounted there, and the private address would be refused with an error."""
    (card,) = of_own_type(world, OWN | {"vct": vct}, vct=vct).wallet().receive(world.offer().uri)
    assert card.type == vct


@pytest.mark.req("ADV-153")
@pytest.mark.parametrize("how", ["huge", "redirect", "html", "nested", "many"])
def test_a_type_document_without_bounds(world: World, how: str) -> None:
    of_own_type(world, OWN)
    answers = {
        "huge": Answer(200, {"content-type": "application/json"}, b"[" + b'"a",' * 600_000 + b'""]'),
        "redirect": Answer(302, {"location": "http://elsewhere.example/"}, b""),
        "html": Answer(200, {"content-type": "text/html"}, b"<html>"),
        "nested": Answer(200, {"content-type": "application/json"}, b"[" * 5000),
        "many": Answer(200, {"content-type": "application/json"}, json.dumps([document(OWN)] * 9).encode()),
    }
    world.middle.instead["/own-types"] = lambda _: answers[how]
    assert refused(world).code in {"limit_exceeded", "redirect_refused", "malformed", "invalid_offer"}
    assert world.middle.told == ["credential_failure"]


# Every answer at every endpoint -------------------------------------------------------------------


METADATA, SERVER = "/.well-known/openid-credential-issuer", "/.well-known/oauth-authorization-server"
STEPS = {
    METADATA: "TransportError",
    SERVER: "TransportError",
    "/challenge": "IssuanceRefused",
    "/token": "IssuanceRefused",
    "/nonce": "IssuanceRefused",
    "/credential": "IssuanceRefused",
}
JSON = {"content-type": "application/json"}

WRONG: dict[str, tuple[Callable[[Answer], Answer], set[str]]] = {
    "breaks": (lambda _: Answer(500, {}, b"Traceback"), {"transport", "unexpected_reply"}),
    "is gone": (lambda _: Answer(404, {}, b""), {"transport", "unexpected_reply"}),
    "is busy": (lambda _: Answer(503, {"retry-after": "1"}, b""), {"transport", "unexpected_reply"}),
    "redirects": (lambda _: Answer(302, {"location": "https://elsewhere.example/"}, b""), {"redirect_refused"}),
    "redirects the message": (lambda _: Answer(307, {"location": "https://a.example/"}, b""), {"redirect_refused"}),
    "says nothing": (lambda _: Answer(200, JSON, b""), {"malformed"}),
    "says no content": (lambda _: Answer(204, {}, b""), {"transport", "unexpected_reply"}),
    "is a page": (
        lambda answer: replace(answer, headers={"content-type": "text/html"}),
        {"transport", "unexpected_reply"},
    ),
    "has no type": (lambda answer: replace(answer, headers={}), {"transport", "unexpected_reply"}),
    "is cut off": (lambda answer: replace(answer, headers=JSON, body=answer.body[:-9]), {"malformed"}),
    "is a list": (lambda answer: answer.saying([]), {"malformed"}),
    "is null": (lambda answer: answer.saying(None), {"malformed"}),
    "is empty": (lambda answer: answer.saying({}), {"invalid_offer", "invalid_credential"}),
    "is nested": (lambda _: Answer(200, JSON, b'{"a":' * 5000), {"limit_exceeded", "malformed"}),
    "is huge": (lambda _: Answer(200, JSON, b'{"a":"' + b"x" * 2**21 + b'"}'), {"limit_exceeded"}),
    "has a name twice": (lambda _: Answer(200, JSON, b'{"a":1,"a":2}'), {"malformed"}),
    "is no UTF-8": (lambda _: Answer(200, JSON, b'{"a":"\xff"}'), {"malformed"}),
    "is packed": (
        lambda answer: replace(answer, headers=JSON | {"content-encoding": "gzip"}),
        {"content_encoding"},
    ),
    "is not there": (lambda _: Answer(200, {}, b""), {"transport", "unexpected_reply"}),
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("how", WRONG)
def test_nothing_stays_of_an_issuance_that_stops_halfway(world: World, step: str, how: str) -> None:
    change, codes = WRONG[how]
    world.middle.rules[step] = lambda answer: change(answer) if answer.status == 200 else answer
    error = refused(world)
    assert error.code in codes
    # And nothing went on after it.
    assert world.middle.paths()[-1] in {step, "/notification"}


@pytest.mark.parametrize("step", STEPS)
def test_nor_when_the_line_breaks(world: World, step: str) -> None:
    world.middle.down.add(step)
    assert refused(world).code in {"transport", "unexpected_reply"}


@pytest.mark.parametrize("step", ["/token", "/par", "/credential", "/nonce"])
def test_the_code_of_a_refusal_and_what_the_issuer_says_of_it_are_told(world: World, step: str) -> None:
    said = f"No{BIDI} more\x1b[31m cards " + "x" * 900
    refusal = {"error": "credential_request_denied", "error_description": said}
    world.middle.rules[step] = lambda answer: answer.saying(refusal, status=400)
    wallet = world.wallet()
    with pytest.raises(RemoteError) as caught:
        wallet.receive(world.issuer.invite("nl-pid").uri, browser=world.browser())
    error = caught.value
    assert error.code == "credential_request_denied"
    assert error.hint.startswith("the issuer says: No more [31m cards x")
    assert len(error.hint) < 300
    assert error.hint.isprintable()


@pytest.mark.parametrize("code", ["x" * 65, "<script>", "a b", "", 5, None, BIDI])
def test_a_code_that_is_none_is_not_repeated(world: World, code: Any) -> None:
    world.middle.rules["/token"] = lambda answer: answer.saying({"error": code}, status=400)
    assert refused(world).code == "unexpected_reply"


def test_a_resource_tells_its_code_in_a_header(world: World) -> None:
    header = {"www-authenticate": 'DPoP error="invalid_token", error_description="gone"'}
    world.middle.instead["/credential"] = lambda _: Answer(401, header, b"")
    assert refused(world).code == "invalid_token"


@pytest.mark.parametrize("how", ["transport", "refused"])
def test_whether_the_issuer_hears_of_it_changes_nothing(world: World, how: str) -> None:
    if how == "transport":
        world.middle.down.add("/notification")
    else:
        world.middle.instead["/notification"] = lambda _: Answer(
            400, JSON, b'{"error":"invalid_notification_id"}'
        )
    wallet = world.wallet()
    assert len(wallet.receive(world.offer().uri)) == 1
    assert len(wallet.cards) == 1


@pytest.mark.parametrize("value", [5, {}, [], ""])
def test_a_notification_id_that_is_none(world: World, value: Any) -> None:
    world.middle.rules["/credential"] = lambda answer: answer.saying(
        answer.members | {"notification_id": value}
    )
    wallet = world.wallet()
    if value == "":
        assert wallet.receive(world.offer().uri)
    else:
        assert refused(world, wallet=wallet).code == "invalid_credential"
    assert all(one.json["notification_id"] == "" for one in world.middle.to("/notification"))


# What is shown ------------------------------------------------------------------------------------


def dressed_up(world: World, **changes: Any) -> World:
    """Metadata whose every text is somebody's own."""

    def rule(answer: Answer) -> Answer:
        members = answer.members
        members["display"] = changes.get("display", members.get("display"))
        entry = members["credential_configurations_supported"]["nl-pid"]
        entry["vct"] = changes.get("vct", entry["vct"])
        entry["credential_metadata"]["display"] = changes.get(
            "cards", entry["credential_metadata"]["display"]
        )
        return answer.saying(members)

    world.middle.rules[METADATA] = rule
    return world


EVIL = f"Rijks{BIDI}overheid\x1b[2J\n\u200b\ufeff\u2028 " + "x" * 10_000


def test_names_of_an_issuer_cannot_rewrite_the_screen(world: World) -> None:
    cards = [{"name": EVIL, "locale": "en"}]
    dressed_up(world, display=[{"name": EVIL, "locale": "en"}], cards=cards, vct="urn:example:unknown")
    prompt = world.wallet().open_offer(world.offer().uri)
    for language in ("nl", "en"):
        data, offer = json.dumps(prompt.as_dict(language), ensure_ascii=False), prompt.offer(language)
        assert len(offer.issuer) <= 100
        assert all(len(card.name) <= 100 for card in offer.cards)
        assert not {BIDI, "\x1b", "\u200b", "\ufeff", "\u2028"} & set(data)
    text = str(prompt)
    assert all(one.isprintable() for one in text.splitlines())
    assert "calls itself" in " ".join(text.split())
    assert "issuer.example" in text


@pytest.mark.parametrize(
    "display",
    [
        5,
        None,
        "x",
        [],
        [5],
        [{}],
        [{"name": 5}],
        [{"name": ""}],
        [{"name": {"a": 1}}],
        {"name": "x"},
        [{"locale": 5}],
    ],
)
def test_names_that_are_none_leave_the_website(world: World, display: Any) -> None:
    dressed_up(world, display=display, cards=display)
    offer = world.wallet().open_offer(world.offer().uri).offer("en")
    assert offer.issuer == "issuer.example"
    assert offer.cards[0].name == "Personal data"


def test_a_name_that_looks_like_another_stands_beside_the_address(world: World) -> None:
    """Nobody vouches for the name, so the prompt says whose website it is, in ASCII."""
    dressed_up(world, display=[{"name": f"Gemeente Amsterd{CYRILLIC_A}m", "locale": "nl"}])
    offer = world.wallet().open_offer(world.offer().uri).offer("nl")
    assert not offer.verified
    assert offer.website == "issuer.example"
    assert offer.website.isascii()
    assert any("Zo noemt deze website zichzelf" in note for note in offer.notes)


@pytest.mark.parametrize("vct", [EVIL, "x" * 513, f"urn:{BIDI}x", "", 5, None])
def test_a_type_with_an_unreadable_name_is_none(world: World, vct: Any) -> None:
    assert refused(dressed_up(world, vct=vct)).code == "invalid_offer"


def test_what_an_issuer_says_of_its_code_is_quoted_as_its_words(world: World) -> None:
    made = world.offer(tx_code=True)
    path = urlsplit(made.reference).path

    def guided(answer: Answer) -> Answer:
        members = answer.members
        (grant,) = members["grants"].values()
        grant["tx_code"] |= {"description": f"See your{BIDI} bank app\nfor it", "input_mode": "text"}
        return answer.saying(members)

    world.middle.rules[path] = guided
    from nlwallet.openid4vci import offer_link

    prompt = world.wallet().open_offer(offer_link(made.reference))
    offer = prompt.offer("en")
    assert (offer.code_guidance, offer.code_digits_only) == ("See your bank app for it", False)
    note = next(one for one in offer.notes if "bank app" in one)
    assert note.startswith("De Uitgever writes about that code: “See your bank app for it”")
    assert "Never enter a code of anybody else" in note


def test_what_is_on_a_card_cannot_rewrite_the_screen_either(world: World) -> None:
    world.claims = {**world.claims, "given_name": EVIL}
    received = world.wallet().open_offer(world.offer().uri).fetch()
    shown = str(received)
    assert all(line.isprintable() for line in shown.splitlines())
    assert len(shown) < 6000


@pytest.fixture
def svg() -> dict[str, Any]:
    uri = "data:image/svg+xml,<svg onload=alert(1)><text>{{given_name}}</text></svg>"
    image = {"uri": uri, "uri#integrity": "sha256-x"}
    return {
        "rendering": {
            "simple": {"logo": {"uri": "https://tracker.example/logo.png"}, "background_image": image},
            "svg_templates": [image, {"uri": "https://tracker.example/card.svg"}],
        }
    }


@pytest.mark.req("ADV-157")
def test_no_picture_of_an_issuer_is_fetched_or_shown(world: World, svg: dict[str, Any]) -> None:
    """Not those of the type, nor those of the metadata: nothing here renders, and nobody is visited for it."""
    reached: list[str] = []

    def tracker(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        reached.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "image/svg+xml")])
        return [b"<svg/>"]

    of_own_type(world, OWN | {"display": [{"locale": "en", "name": "Pass"} | svg]})
    configuration = world.middle.rules[METADATA]

    def pictured(answer: Answer) -> Answer:
        members = (configuration(answer) or answer).members
        logo = {"logo": {"uri": "https://tracker.example/me.svg", "alt_text": "<script>"}}
        members["display"] = [{"name": "Issuer", **logo}]
        entry = members["credential_configurations_supported"]["nl-pid"]
        entry["credential_metadata"]["display"] = [{"name": "Pass", **logo, "background_image": logo["logo"]}]
        return answer.saying(members)

    world.middle.rules[METADATA] = pictured
    wallet = world.wallet()
    wallet.mount("https://tracker.example", tracker)
    prompt = wallet.open_offer(world.offer().uri)
    received = prompt.fetch()
    for shown in (str(prompt), json.dumps(prompt.as_dict()), str(received), json.dumps(received.as_dict())):
        assert not any(word in shown for word in ("svg", "script", "tracker", "data:"))
    received.keep_unasked()
    assert reached == []


def test_who_issued_it_is_who_signed_it_whatever_the_website_says(world: World) -> None:
    dressed_up(world, display=[{"name": "Rijksoverheid", "locale": "en"}])
    prompt = world.wallet().open_offer(world.offer().uri)
    assert prompt.offer("en").issuer == "Rijksoverheid"
    (card,) = prompt.fetch().content("en").cards
    assert card.issuer == "De Uitgever"


def test_keys_are_never_used_twice(world: World) -> None:
    wallet = world.wallet()
    wallet.receive(world.offer().uri)
    wallet.receive(world.offer().uri)
    keys = [
        PublicKey.from_jwk(parts(proof)[0]["jwk"]).thumbprint()
        for asked in world.middle.to("/credential")
        for proof in asked.json["proofs"]["jwt"]
    ]
    assert len(keys) == len(set(keys)) == 6
    assert set(world.keys.alive) == set(keys)
    assert {card.type for card in wallet.cards} == {NL_PID}
    assert pid_configuration().vct == NL_PID
