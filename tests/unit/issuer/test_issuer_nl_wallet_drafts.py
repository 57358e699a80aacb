"""An issuer for the NL Wallet 0.6, which asks as that wallet does: what its client sent at 6299ff7, and got."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from nlwallet.crypto import Certificate, PrivateKey
from nlwallet.encoding import b64url_decode, parse_json, parse_json_object
from nlwallet.errors import LocalError
from nlwallet.issuer import (
    CredentialConfiguration,
    IssuableCredential,
    MetadataSigner,
    card,
    pid_configuration,
)
from nlwallet.openid4vci import CHALLENGE_HEADER, PRE_AUTHORIZED_CODE, sign_dpop, sign_proof
from nlwallet.sdjwt import UnverifiedSdJwt

PID = "urn:eudi:pid:nl:1"
LIBRARY = "urn:nlwallet:library-card:1"


class NlWallet:
    """Its requests, one by one. ``desk`` has its keys."""

    def __init__(self, desk: Any, *cards: str) -> None:
        self.desk = desk
        claims = {
            "nl-pid": desk.claims,
            "library": card("library-card").claims("frouke", now=desk.clock.now()),
        }
        self.offer = desk.issuer.offer_several(
            *[IssuableCredential(name, claims[name]) for name in cards or ("nl-pid",)]
        ).offer

    def get_token(self) -> httpx.Response:
        """With a DPoP proof without nonce, which it does not try again with one."""
        url, now = f"{self.desk.base}/token", self.desk.clock.now()
        dpop = sign_dpop(self.desk.dpop_key, method="POST", url=url, now=now)
        fields = {
            "grant_type": PRE_AUTHORIZED_CODE,
            "pre-authorized_code": self.offer.pre_authorized_code or "",
        }
        reply = self.desk.form("/token", fields, dpop=dpop)
        if reply.status_code == 200:
            self.token, self.nonce = str(reply.json()["access_token"]), reply.headers["dpop-nonce"]
        return reply

    def previews(self, scheme: str = "Bearer") -> httpx.Response:
        return self.desk.http.post("/credential_preview", headers={"Authorization": f"{scheme} {self.token}"})

    def proofs(self, *keys: PrivateKey, nonce: str = "") -> list[dict[str, str]]:
        nonce, now = nonce or self.desk.nonce(), self.desk.clock.now()
        return [
            {
                "proof_type": "jwt",
                "jwt": sign_proof(
                    key, audience=self.desk.base, nonce=nonce, now=now, client_id=self.desk.client_id
                ),
            }
            for key in keys
        ]

    def send(self, endpoint: str, body: Any = None, *, method: str = "POST") -> httpx.Response:
        url = f"{self.desk.base}{endpoint}"
        dpop = self.desk.dpop(url, method=method, access_token=self.token)
        headers = {"Authorization": f"DPoP {self.token}", "DPoP": dpop}
        return self.desk.http.request(
            method, endpoint, headers=headers, **({} if body is None else {"json": body})
        )


@pytest.fixture
def desk(open_haip: Callable[..., Any]) -> Any:
    library = CredentialConfiguration.from_type_metadata(
        LIBRARY, configuration_id="library", attestation_qualification="EAA"
    )
    return open_haip(configurations=[pid_configuration(batch_size=2), library], nl_wallet_drafts=True)


def asked(proof: dict[str, str], type_: str = PID) -> dict[str, Any]:
    return {"format": "dc+sd-jwt", "vct": type_, "proof": proof}


def part(n: int, text: str) -> dict[str, Any]:
    return dict(parse_json_object(b64url_decode(text.split(".")[n])))


def payload(text: str) -> dict[str, Any]:
    return part(1, UnverifiedSdJwt.parse(text).issuer_jwt)


def test_the_metadata_say_where_and_nothing_of_encryption(desk: Any) -> None:
    """Its client reads ``jwks`` of credential_request_encryption as an array, and takes no document with an object."""
    metadata = desk.issuer.issuer_metadata()
    assert metadata["credential_preview_endpoint"] == "https://pid-issuer.example/credential_preview"
    assert metadata["batch_credential_endpoint"] == "https://pid-issuer.example/batch_credential"
    assert not {"credential_request_encryption", "credential_response_encryption"} & metadata.keys()
    plain = desk.another(nl_wallet_drafts=False).issuer_metadata()
    assert not {"credential_preview_endpoint", "batch_credential_endpoint"} & plain.keys()
    assert "credential_request_encryption" in plain
    with pytest.raises(LocalError, match="encrypts nothing"):
        desk.another(encryption_required=True)


def test_one_card_in_two_copies(desk: Any) -> None:
    wallet = NlWallet(desk)
    assert wallet.get_token().status_code == 200
    (preview,) = wallet.previews().json()["credential_previews"]
    assert (preview["config_id"], preview["format"]) == ("nl-pid", "dc+sd-jwt")
    keys = [PrivateKey.generate() for _ in range(2)]
    proofs = wallet.proofs(*keys)
    reply = wallet.send("/batch_credential", {"credential_requests": [asked(one) for one in proofs]})
    texts = [one["credentials"][0]["credential"] for one in reply.json()["credential_responses"]]
    assert [payload(text)["cnf"]["jwk"]["x"] for text in texts] == [key.public.jwk()["x"] for key in keys]
    for text in texts:
        signed = payload(text)
        token = UnverifiedSdJwt.parse(text)
        der = base64.b64decode(part(0, token.issuer_jwt)["x5c"][0])
        assert der == base64.b64decode(preview["issuer_certificate"])
        assert Certificate.from_der(der) == desk.chain.leaf
        for name in ("iss", "vct", "exp"):
            assert preview["credential_payload"].pop(name, signed[name]) == signed[name]
    assert {
        k: v for k, v in preview["credential_payload"].items() if k != "attestation_qualification"
    } == desk.claims
    again = wallet.send(
        "/batch_credential", {"credential_requests": [asked(one) for one in wallet.proofs(*keys)]}
    )
    assert (again.status_code, again.json()["error"]) == (401, "invalid_token")
    assert wallet.previews().json()["error"] == "invalid_token"


def test_two_cards_in_one_batch_and_in_its_order(desk: Any) -> None:
    wallet = NlWallet(desk, "nl-pid", "library")
    wallet.get_token()
    assert [one["config_id"] for one in wallet.previews().json()["credential_previews"]] == [
        "nl-pid",
        "library",
    ]
    proofs = wallet.proofs(*[PrivateKey.generate() for _ in range(3)])
    types = [PID, LIBRARY, PID]
    body = {"credential_requests": [asked(one, type_) for one, type_ in zip(proofs, types, strict=True)]}
    reply = wallet.send("/batch_credential", body)
    got = [
        payload(one["credentials"][0]["credential"])["vct"] for one in reply.json()["credential_responses"]
    ]
    assert got == types
    assert [one.configuration_id for one in desk.issuer.issued] == ["nl-pid", "library"]


def test_a_batch_is_issued_whole_or_not_at_all(desk: Any) -> None:
    """One wrong nonce takes all of it, and what was not issued may be asked for again."""
    wallet = NlWallet(desk, "nl-pid", "library")
    wallet.get_token()
    key = PrivateKey.generate()
    (good,), (bad,) = wallet.proofs(key), wallet.proofs(PrivateKey.generate(), nonce="of nobody")
    body = {"credential_requests": [asked(good), asked(bad, LIBRARY)]}
    refused = wallet.send("/batch_credential", body)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_nonce")
    assert not desk.issuer.issued
    first, second = wallet.proofs(key, PrivateKey.generate())
    body = {"credential_requests": [asked(first), asked(second, LIBRARY)]}
    assert wallet.send("/batch_credential", body).status_code == 200


def test_one_copy_at_the_credential_endpoint(desk: Any) -> None:
    wallet = NlWallet(desk, "library")
    wallet.get_token()
    (proof,) = wallet.proofs(PrivateKey.generate())
    reply = wallet.send("/credential", asked(proof, LIBRARY))
    (one,) = reply.json()["credentials"]
    assert payload(one["credential"])["vct"] == LIBRARY


def test_another_issuer_wants_a_nonce_and_requests_of_1_0(open_haip: Callable[..., Any]) -> None:
    desk = open_haip(configurations=[pid_configuration()])
    wallet = NlWallet(desk)
    assert wallet.get_token().json()["error"] == "use_dpop_nonce"
    fields = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": wallet.offer.pre_authorized_code}
    wallet.token = desk.form("/token", fields).json()["access_token"]
    assert wallet.previews().status_code == wallet.send("/batch_credential", {}).status_code == 404
    reply = wallet.send("/credential", asked(wallet.proofs(PrivateKey.generate())[0]))
    assert reply.json()["error"] == "invalid_credential_request"


def test_of_many_batches_one_is_issued(desk: Any) -> None:
    wallet = NlWallet(desk)
    wallet.get_token()
    barrier, statuses = threading.Barrier(4), []
    bodies = [{"credential_requests": [asked(wallet.proofs(PrivateKey.generate())[0])]} for _ in range(4)]

    def ask(body: Any) -> None:
        barrier.wait()
        statuses.append(wallet.send("/batch_credential", body).status_code)

    threads = [threading.Thread(target=ask, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 401, 401, 401]
    assert len(desk.issuer.issued) == 1


def test_who_declines_gets_nothing_any_more(desk: Any) -> None:
    wallet = NlWallet(desk)
    wallet.get_token()
    assert wallet.send("/batch_credential", method="DELETE").status_code == 204
    reply = wallet.send(
        "/batch_credential", {"credential_requests": [asked(wallet.proofs(PrivateKey.generate())[0])]}
    )
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_token")
    assert not desk.issuer.issued


def test_who_may_look_and_who_may_not(desk: Any) -> None:
    wallet = NlWallet(desk)
    wallet.get_token()
    assert wallet.previews("DPoP").status_code == 401
    assert desk.http.post("/credential_preview").status_code == 401
    assert desk.http.get("/credential_preview").status_code == 405
    bearer = {"Authorization": f"Bearer {wallet.token}"}
    (proof,) = wallet.proofs(PrivateKey.generate())
    for endpoint, body in (
        ("/credential", asked(proof)),
        ("/batch_credential", {"credential_requests": [asked(proof)]}),
    ):
        assert desk.http.post(endpoint, headers=bearer, json=body).json()["error"] == "invalid_token"
    wallet.token = "x"
    assert wallet.previews().json()["error"] == "invalid_token"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "invalid_credential_request", "/credential_requests"),
        ({"credential_requests": []}, "invalid_credential_request", "/credential_requests"),
        ({"credential_requests": [1] * 1025}, "invalid_credential_request", "/credential_requests"),
        ({"credential_requests": [1]}, "invalid_credential_request", "/credential_requests/0"),
        (
            {"credential_requests": [{"format": "jwt"}]},
            "invalid_credential_request",
            "/credential_requests/0/format",
        ),
        (
            {"credential_requests": [{"format": "dc+sd-jwt", "vct": ""}]},
            "invalid_credential_request",
            "/credential_requests/0/vct",
        ),
        (
            {"credential_requests": [{"format": "dc+sd-jwt", "vct": PID}]},
            "invalid_proof",
            "/credential_requests/0/proof",
        ),
        (
            {"credential_requests": [asked({"proof_type": "cwt", "jwt": "x"})]},
            "invalid_proof",
            "/credential_requests/0/proof",
        ),
        (
            {"credential_requests": [asked({"proof_type": "jwt", "jwt": "x"}, LIBRARY)]},
            "insufficient_scope",
            "",
        ),
        ({"credential_requests": [asked({"proof_type": "jwt", "jwt": "x"})]}, "invalid_proof", ""),
    ],
)
def test_what_is_no_batch(desk: Any, body: Any, code: str, pointer: str) -> None:
    wallet = NlWallet(desk)
    wallet.get_token()
    reply = wallet.send("/batch_credential", body)
    assert reply.json()["error"] == code
    assert reply.status_code in (400, 403)


def test_the_metadata_are_signed_for_it(desk: Any) -> None:
    issuer = desk.another(metadata_signer=MetadataSigner(desk.key, desk.chain))
    reply = type(desk.http)(issuer).get(
        "/.well-known/openid-credential-issuer", headers={"Accept": "application/jwt"}
    )
    claims = part(1, reply.text)
    assert claims["sub"] == claims["credential_issuer"] == desk.base
    assert "credential_preview_endpoint" in claims


# Several cards of one type --------------------------------------------------------------------------


@pytest.fixture
def two_diplomas(desk: Any) -> NlWallet:
    wallet = NlWallet(desk)
    both = ({**desk.claims, "given_name": name} for name in ("Eerste", "Tweede"))
    wallet.offer = desk.issuer.offer_several(*(IssuableCredential("nl-pid", each) for each in both)).offer
    wallet.get_token()
    return wallet


def given_names(reply: httpx.Response) -> list[str]:
    texts = [one["credentials"][0]["credential"] for one in reply.json()["credential_responses"]]
    values = (parse_json(b64url_decode(one)) for text in texts for one in text.split("~")[1:-1])
    return [str(each[2]) for each in values if isinstance(each, list) and each[1] == "given_name"]


def test_two_cards_of_one_type_get_as_many_copies_each_in_the_order_of_the_previews(
    two_diplomas: NlWallet,
) -> None:
    """As its client asks at 6299ff7: a request for each copy, card by card."""
    shown = two_diplomas.previews().json()["credential_previews"]
    assert [one["credential_payload"]["given_name"] for one in shown] == ["Eerste", "Tweede"]
    proofs = two_diplomas.proofs(*[PrivateKey.generate() for _ in range(4)])
    reply = two_diplomas.send("/batch_credential", {"credential_requests": [asked(one) for one in proofs]})
    assert given_names(reply) == ["Eerste", "Eerste", "Tweede", "Tweede"]
    assert len(two_diplomas.desk.issuer.issued) == 2


def test_two_cards_of_one_type_one_by_one(two_diplomas: NlWallet) -> None:
    for name in ("Eerste", "Tweede"):
        (proof,) = two_diplomas.proofs(PrivateKey.generate())
        reply = two_diplomas.send("/batch_credential", {"credential_requests": [asked(proof)]})
        assert given_names(reply) == [name]


def test_copies_that_do_not_come_out_even_are_of_no_card(two_diplomas: NlWallet) -> None:
    proofs = two_diplomas.proofs(*[PrivateKey.generate() for _ in range(3)])
    reply = two_diplomas.send("/batch_credential", {"credential_requests": [asked(one) for one in proofs]})
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_credential_request")
    assert not two_diplomas.desk.issuer.issued


# The challenge for the proof of its attestation -------------------------------------------------------


def test_challenges_come_from_their_endpoint_alone_unless_one_was_stale(desk: Any) -> None:
    """Its client ends an authorization code flow at an answer that has one too ("double challenge mechanism")."""
    assert "challenge_endpoint" in desk.issuer.authorization_server_metadata()
    wallet = NlWallet(desk)
    got = wallet.get_token()
    assert (got.status_code, CHALLENGE_HEADER in got.headers) == (200, False)
    again = wallet.get_token()
    assert (again.status_code, CHALLENGE_HEADER in again.headers) == (400, True)


def attested_anew(desk: Any) -> Any:
    """What a code gets whose wallet has another attested key by now."""
    request_uri = desk.pushed(dpop=None).json()["request_uri"]
    query = urlsplit(desk.decide(request_uri).headers["location"]).query
    desk.instance = PrivateKey.generate()
    return desk.exchanged(dict(parse_qsl(query))["code"], {"client_id": ...}).json()


def test_its_provider_attests_a_new_key_for_each_request(desk: Any, haip: Any) -> None:
    """And keeps none of them; the code is for the same wallet all the same. Elsewhere it is for the instance."""
    assert attested_anew(desk)["token_type"] == "DPoP"
    assert attested_anew(haip)["error"] == "invalid_grant"


def test_a_code_is_for_the_wallet_that_asked(desk: Any) -> None:
    code, desk.client_id = desk.code(), "https://another.example"
    assert desk.exchanged(code, {"client_id": ...}).json()["error"] == "invalid_grant"
