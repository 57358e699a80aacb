"""Who issues cards in a sandbox of the NL Wallet, as that wallet reads it (6299ff7, 0.6)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from cryptography.x509 import ObjectIdentifier
from starlette.types import Receive, Scope, Send

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import Certificate, CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.extensions import utf8_extension
from nlwallet.encoding import b64url_decode, parse_json_object
from nlwallet.errors import InvalidCredential, InvalidOffer, RemoteError
from nlwallet.issuer import CredentialConfiguration, IssuableCredential, Issuer, card
from nlwallet.mdoc import Mdoc
from nlwallet.openid4vci.nl_wallet_drafts import parse_batch_response, parse_previews
from nlwallet.profiles import named
from nlwallet.registration.issuer_registration import ISSUER_REGISTRATION

NOW = 1_790_000_000


def signers(profile: str) -> list[Certificate]:
    """Who signs cards there."""
    with Sandbox(profile=profile, clock=TravellingClock(NOW)) as edi:
        cards = edi.wallet("frouke", cards=["pid", "rental-contract"]).cards
        return [one.credential.chain.leaf for one in cards if one.credential.chain is not None]


def test_their_certificates_say_who_they_are_where_that_wallet_looks() -> None:
    for leaf in signers("nl-wallet-0.6"):
        said = json.loads(utf8_extension(leaf, ISSUER_REGISTRATION) or "")["organization"]
        subject = leaf.subject
        assert (said["displayName"], said["legalName"]) == (subject.common_name, subject.organization)
        assert (said["kvk"], said["countryCode"]) == (subject.organization_identifier, "NL")
        assert set(said["description"]) == set(said["category"]) == {"nl", "en"}
        (identifier,) = leaf.pyca.subject.get_attributes_for_oid(ObjectIdentifier("1.3.6.1.1.15"))
        assert identifier.value == subject.organization_identifier
        assert "1.0.18013.5.1.2" in leaf.extended_key_usages


def test_elsewhere_they_are_as_ever() -> None:
    for leaf in signers("haip-1.0"):
        assert utf8_extension(leaf, ISSUER_REGISTRATION) is None
        assert not leaf.pyca.subject.get_attributes_for_oid(ObjectIdentifier("1.3.6.1.1.15"))


@pytest.mark.parametrize("size", [0, 0x7F, 0x80, 0xFF, 0x100, 0x1000])
def test_a_text_in_a_certificate_is_read_as_it_was_written(size: int) -> None:
    authority = CertificateAuthority.create("Test CA", now=NOW)
    texts = {"2.1.123.9": "é" + "x" * (size - 2) if size else ""}
    leaf = authority.issue(PrivateKey.generate().public, Subject("x"), now=NOW, texts=texts).leaf
    assert utf8_extension(leaf, "2.1.123.9") == texts["2.1.123.9"]


def test_its_preview_of_an_mdoc_says_what_the_mdoc_says() -> None:
    """Its client holds them against each other, the beginning of the validity too."""
    with Sandbox(profile="nl-wallet-0.6", clock=TravellingClock(NOW + 1234)) as edi:
        seen = Seen(edi.pid_issuer.app)
        wallet = edi.empty_wallet()
        wallet.mount(edi.pid_issuer.credential_issuer, seen)
        (pid,) = wallet.receive(edi.offer("pid-mdoc", "frouke").uri)
        said = next(body for path, body in seen.answered if path == "/credential_preview")
        (preview,) = said["credential_previews"]
        (copy, *_) = pid.copies.all
        assert isinstance(copy.credential, Mdoc)
        payload_, mso = preview["credential_payload"], copy.credential.mso
        assert (preview["format"], payload_["vct"]) == ("mso_mdoc", mso.doctype)
        assert (payload_["nbf"], payload_["exp"]) == (mso.valid_from, mso.valid_until)
        assert payload_["iss"] == mso.further["issuerUri"]
        assert payload_["attestation_qualification"] == mso.further["attestationQualification"]
        address = copy.credential.claims["urn:eudi:pid:nl:1.address"]
        assert payload_["address"]["locality"] == address["locality"]
        assert copy.credential.chain is not None
        assert base64.b64decode(preview["issuer_certificate"]) == copy.credential.chain.leaf.der


# The wallet ---------------------------------------------------------------------------------------


def posted(behaves_as: str | None) -> dict[str, Mapping[str, Any]]:
    """What a wallet posts to get a rental contract in this sandbox: path → headers."""
    sent: dict[str, Mapping[str, Any]] = {}
    with Sandbox(profile="nl-wallet-0.6", clock=TravellingClock(NOW)) as edi:
        issuer = edi.issuer("rental-contract")

        async def seen(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["method"] == "POST":
                sent[scope["path"]] = {name.decode(): value.decode() for name, value in scope["headers"]}
            await issuer.app(scope, receive, send)

        offer = edi.offer("rental-contract", "frouke")
        profile = edi.profile if behaves_as is None else named(behaves_as)
        wallet = Wallet(
            anchors=edi.anchors, http=edi.client(), clock=edi.clock, profile=profile, types=edi.types,
            pin=None, provider=edi._wallet_provider,
        )  # fmt: skip
        wallet.mount(issuer.credential_issuer, seen)
        (card,) = wallet.receive(offer.uri)
        assert card.type == "urn:nlwallet:rental-contract:1"
        sent["copies"] = {"count": len(list(card.copies.all))}
    return sent


def payload(jwt: str) -> dict[str, Any]:
    return dict(parse_json_object(b64url_decode(jwt.split(".")[1])))


def test_our_wallet_asks_as_the_nl_wallet_does() -> None:
    """As an issuance_server of 6299ff7 takes it: every copy in one batch, with the nonce of the token's answer."""
    sent = posted(None)
    asked = ["/challenge", "/token", "/credential_preview", "/nonce", "/batch_credential"]
    assert list(sent) == [*asked, "copies"]
    assert str(sent["/credential_preview"]["authorization"]).startswith("Bearer ")
    assert sent["copies"] == {"count": 10}
    assert "nonce" in payload(str(sent["/batch_credential"]["dpop"]))
    attestation = payload(str(sent["/token"]["oauth-client-attestation"]))
    assert set(attestation) >= {"wallet_name", "wallet_version", "wallet_solution_certification_information"}
    assert attestation["client_status"]["exp"] > NOW
    assert attestation["client_status"]["status"]["status_list"]["uri"].startswith(
        "https://wallet-statuses.example/"
    )


def test_another_wallet_asks_the_same_issuer_as_openid4vci_1_0_has_it() -> None:
    sent = posted("haip-1.0")
    assert [one for one in sent if one.startswith(("/batch", "/credential"))] == ["/credential"]


def test_one_copy_is_asked_for_alone() -> None:
    asked: list[str] = []
    with Sandbox(profile="nl-wallet-0.6", clock=TravellingClock(NOW)) as edi:
        type_ = "urn:nlwallet:library-card:1"
        of_one = CredentialConfiguration.from_type_metadata(type_, attestation_qualification="EAA")
        issuer = edi.issuer("one.example", configurations=[of_one])
        app = issuer.app

        async def seen(scope: Scope, receive: Receive, send: Send) -> None:
            asked.append(scope.get("path", ""))
            await app(scope, receive, send)

        claims = card("library-card").claims("frouke", now=NOW)
        offer = issuer.offer(type_, claims)
        wallet = edi.empty_wallet()
        wallet.mount(issuer.credential_issuer, seen)
        assert len(wallet.receive(offer.uri)) == 1
    assert "/credential" in asked
    assert "/batch_credential" not in asked


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"credential_responses": {}},
        {"credential_responses": [{"credentials": [{"credential": "a~"}]}]},
        {"credential_responses": [{"credentials": [{"credential": "a~"}]}] * 3},
        {"credential_responses": [{"credentials": [{"credential": "a~"}]}, 1]},
        {"credential_responses": [{"credentials": [{"credential": "a~"}]}, {"credentials": []}]},
        {
            "credential_responses": [
                {"credentials": [{"credential": "a~"}]},
                {"transaction_id": "t", "interval": 5},
            ]
        },
        {"credential_responses": [{"credentials": [{"credential": "a~"}] * 2}] * 2},
    ],
)
def test_a_batch_has_one_credential_for_each_request(response: dict[str, Any]) -> None:
    with pytest.raises(InvalidCredential):
        parse_batch_response(response, requests=2)
    right = {"credential_responses": [{"credentials": [{"credential": text}]} for text in ("a~", "b~")]}
    assert parse_batch_response(right, requests=2).credentials == ("a~", "b~")


# Several cards of one offer -------------------------------------------------------------------------


class Seen:
    """An issuer's app, and what wallets posted to it. ``swap`` may change what it answers, by path."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.posted: list[tuple[str, Any]] = []
        self.answered: list[tuple[str, Any]] = []
        self.swap: dict[str, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        path, body, answer = scope["path"], b"", b""

        async def sent(message: Any) -> None:
            nonlocal answer
            answer += message.get("body", b"")
            await send(message)

        async def received() -> Any:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            return message

        if path in self.swap:
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": self.swap[path]})
            return None
        await self.app(scope, received, sent)
        self.posted.append((path, json.loads(body) if body.startswith(b"{") else None))
        self.answered.append((path, json.loads(answer) if answer.startswith(b"{") else None))
        return None

    def asked(self) -> list[list[str]]:
        """The types of each batch, without repetition."""
        return [
            list(dict.fromkeys(one.get("vct", one.get("doctype")) for one in body["credential_requests"]))
            for path, body in self.posted
            if path == "/batch_credential"
        ]


LIBRARY, RENTAL = "urn:nlwallet:library-card:1", "urn:nlwallet:rental-contract:1"


@pytest.fixture
def shop() -> Iterator[tuple[Sandbox, Issuer, Seen, Wallet]]:
    """An issuer of two cards, in two copies each."""
    with Sandbox(profile="nl-wallet-0.6", clock=TravellingClock(NOW)) as edi:
        both = [
            CredentialConfiguration.from_type_metadata(one, attestation_qualification="EAA", batch_size=2)
            for one in (LIBRARY, RENTAL)
        ]
        issuer = edi.issuer("shop.example", configurations=both)
        seen, wallet = Seen(issuer.app), edi.empty_wallet()
        wallet.mount(issuer.credential_issuer, seen)
        yield edi, issuer, seen, wallet


def of(type_: str, **changes: Any) -> IssuableCredential:
    name = type_.split(":")[2]
    return IssuableCredential(type_, {**card(name).claims("frouke", now=NOW), **changes})


def test_all_cards_of_an_offer_come_in_one_batch(shop: tuple[Any, ...]) -> None:
    """As pacf_issuance_server of 6299ff7 has it: it issues once for a token."""
    _, issuer, seen, wallet = shop
    cards = wallet.receive(issuer.offer_several(of(LIBRARY), of(RENTAL)).uri)
    assert [one.type for one in cards] == [LIBRARY, RENTAL]
    assert [len(one.copies) for one in cards] == [2, 2]
    assert seen.asked() == [[LIBRARY, RENTAL]]
    keys = {copy.key.public for one in cards for copy in one.copies.all}
    assert len(keys) == 4


def test_two_cards_of_one_type_are_two_cards(shop: tuple[Any, ...]) -> None:
    _, issuer, seen, wallet = shop
    offer = issuer.offer_several(of(LIBRARY, card_number="1"), of(LIBRARY, card_number="2"))
    cards = wallet.receive(offer.uri)
    assert [one.claims["card_number"] for one in cards] == ["1", "2"]
    assert seen.asked() == [[LIBRARY]]


def test_a_pid_in_both_formats_is_one_batch() -> None:
    with Sandbox(profile="nl-wallet-0.6", clock=TravellingClock(NOW)) as edi:
        seen = Seen(edi.pid_issuer.app)
        wallet = edi.empty_wallet()
        wallet.mount(edi.pid_issuer.credential_issuer, seen)
        assert len(wallet.receive(edi.offer("pid", "frouke").uri)) == 2
        (batch,) = [body["credential_requests"] for path, body in seen.posted if path == "/batch_credential"]
        assert [one["format"] for one in batch] == ["dc+sd-jwt"] * 10 + ["mso_mdoc"] * 10


def test_what_is_not_previewed_is_asked_for_after_that(shop: tuple[Any, ...]) -> None:
    _, issuer, seen, wallet = shop
    offer = issuer.offer_several(of(LIBRARY), of(RENTAL))
    seen.swap["/credential_preview"] = json.dumps({"credential_previews": [{"config_id": RENTAL}]}).encode()
    assert {one.type for one in wallet.receive(offer.uri)} == {LIBRARY, RENTAL}
    assert seen.asked() == [[RENTAL], [LIBRARY]]


def test_one_wrong_card_takes_all_of_them(shop: tuple[Any, ...]) -> None:
    _, issuer, seen, wallet = shop
    offer = issuer.offer_several(of(LIBRARY), of(RENTAL))
    answers = [{"credentials": [{"credential": "a.b.c~"}]}] * 4
    seen.swap["/batch_credential"] = json.dumps({"credential_responses": answers}).encode()
    with pytest.raises(RemoteError):
        wallet.receive(offer.uri)
    assert not wallet.cards


@pytest.mark.parametrize(
    "previews",
    [{}, {"credential_previews": []}, {"credential_previews": [{"config_id": "x"}] * 65}]
    + [{"credential_previews": [one]} for one in (1, {}, {"config_id": ""}, {"config_id": 1})],
)
def test_previews_name_their_configurations(previews: dict[str, Any]) -> None:
    with pytest.raises(InvalidCredential):
        parse_previews(previews)


def test_another_card_than_was_offered_is_not_asked_for(shop: tuple[Any, ...]) -> None:
    _, issuer, seen, wallet = shop
    offer = issuer.offer_several(of(LIBRARY))
    seen.swap["/credential_preview"] = json.dumps({"credential_previews": [{"config_id": RENTAL}]}).encode()
    with pytest.raises(InvalidOffer, match="another card"):
        wallet.receive(offer.uri)
    assert not seen.asked()
