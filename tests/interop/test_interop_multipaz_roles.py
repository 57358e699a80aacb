"""Our wallet, our bar, and the whole wallet and verifier of the library Multipaz meet in proximity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from interop_multipaz_parties import octets, read_claims, signer_of

from nlwallet import Sandbox, Wallet
from nlwallet.crypto import PrivateKey, PublicKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidSignature, RefusedByWallet, TransportError
from nlwallet.issuer import persona, pid_claims
from nlwallet.link import InProcessLink, link_pair
from nlwallet.proximity import SessionData, SessionStatus
from nlwallet.trust import Category
from nlwallet.verifier import Status, Verifier

pytestmark = pytest.mark.jvm

PID = "urn:eudi:pid:nl:1"
ADULT = {PID: {"age_over_18": True}}
QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "mso_mdoc",
            "meta": {"doctype_value": PID},
            "claims": [{"path": [PID, "age_over_18"]}],
        }
    ]
}
TERMINATION = SessionData(status=SessionStatus.SESSION_TERMINATION).encode()


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def bar(edi: Sandbox) -> Verifier:
    return edi.relying_party("strandbar-zonder-bereik")


@pytest.fixture
def frouke(edi: Sandbox) -> Wallet:
    return edi.wallet("frouke", cards=("pid-mdoc",))


class TheirWallet:
    """A wallet of the peer with a PID of the sandbox; :meth:`answers` is its side of a session."""

    def __init__(
        self, multipaz: Any, edi: Sandbox, *, curve: str = "P-256", mac: bool = False, **more: Any
    ) -> None:
        self.multipaz = multipaz
        anchors = [b64url_encode(one.der) for one in edi.anchors.of(Category.ACCESS_CA)]
        self.number = multipaz("wallet.new", readerCa=anchors, **more)
        made = multipaz("wallet.key", wallet=self.number, curve=curve, docType=PID, mac=mac)
        claims = pid_claims(persona("frouke"), now=edi.clock.now())
        document = edi.pid_issuer.issue("nl-pid-mdoc", claims, PublicKey.from_jwk(made["key"]))
        self.found = multipaz(
            "wallet.receive", wallet=self.number, number=made["number"], issuerSigned=document
        )

    def shows(self, curve: str = "P-256", **more: Any) -> str:
        """Its code."""
        self.state = self.multipaz("wallet.show", wallet=self.number, curve=curve, **more)
        self.link, self.reader_link = link_pair()
        return str(self.state["uri"])

    def answers(self) -> dict[str, Any]:
        message = b64url_encode(self.link.receive(0))
        heard = self.multipaz("wallet.hear", session=self.state["session"], message=message)
        for one in heard["messages"]:
            self.link.send(octets(one))
        return dict(heard)


def heard(link: InProcessLink) -> list[bytes]:
    found = []
    try:
        while True:
            found.append(link.receive(0))
    except TransportError:
        return found


# Their wallet and our bar --------------------------------------------------------------------------


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
@pytest.mark.parametrize("mac", [False, True])
def test_our_bar_reads_their_wallet(
    curve: str, mac: bool, multipaz: Any, edi: Sandbox, bar: Verifier
) -> None:
    """A MAC needs a key of the document on the session's curve; for a signature HAIP knows P-256 only."""
    wallet = TheirWallet(multipaz, edi, curve=curve if mac else "P-256", mac=mac)
    assert wallet.found == ""
    reading = bar.proximity(wallet.shows(curve), wallet.reader_link)
    asked = wallet.answers()["asked"]
    assert asked == [{"readers": 1, "trusted": True}]
    result = reading.result()
    assert result.status is Status.VERIFIED, result.error
    assert result.claims("pid") == ADULT
    assert heard(wallet.link) == [TERMINATION]


def test_their_wallet_keeps_the_session_until_our_bar_ends_it(
    multipaz: Any, edi: Sandbox, bar: Verifier
) -> None:
    wallet = TheirWallet(multipaz, edi)
    with bar.proximity(wallet.shows(), wallet.reader_link, further=True) as reading:
        wallet.answers()
        assert reading.result().claims("pid") == ADULT
        again = reading.ask()
        wallet.answers()
        assert again.result().claims("pid") == ADULT
    ended = wallet.answers()
    assert (ended["messages"], ended["ended"]) == ([], "")


def test_our_bar_hears_that_their_holder_refused(multipaz: Any, edi: Sandbox, bar: Verifier) -> None:
    wallet = TheirWallet(multipaz, edi, refuses=True)
    reading = bar.proximity(wallet.shows(), wallet.reader_link)
    assert wallet.answers()["ended"].startswith("PresentmentCanceledException")
    with pytest.raises(RefusedByWallet):
        reading.result().claims("pid")


# Their verifier and our wallet ---------------------------------------------------------------------


def asks(multipaz: Any, bar: Verifier, uri: str, key: PrivateKey | None = None) -> dict[str, Any]:
    """Their verifier with the certificates of the bar: it signs the request once, as a whole."""
    engagement = uri.removeprefix("mdoc:")
    reader = signer_of(key or bar._key, bar.certificates.access_chain)
    given = {"type": "ISO_18013_PROXIMITY", "engagement": engagement, "dcql": QUERY, "readers": [reader]}
    return dict(multipaz("verifier.ask", **given))


def test_our_wallet_shows_their_verifier_that_she_is_18(multipaz: Any, frouke: Wallet, bar: Verifier) -> None:
    phone, link = link_pair()
    code = frouke.proximity(phone)
    verifier = asks(multipaz, bar, code.engagement)
    link.send(octets(verifier["request"]))
    prompt = code.prompt(0)
    assert "Strandbar Zonder Bereik" in str(prompt)
    prompt.approve(pin=Sandbox.PIN, despite_warnings=True)  # it brings no registration certificate
    (answer,) = heard(link)
    read = multipaz("verifier.read", session=verifier["session"], message=b64url_encode(answer))
    (shown,) = read["presentations"]
    assert (shown["docType"], read_claims(shown["claims"])) == (PID, ADULT)


def test_our_wallet_does_not_take_the_signature_of_somebody_else(
    multipaz: Any, frouke: Wallet, bar: Verifier
) -> None:
    phone, link = link_pair()
    code = frouke.proximity(phone)
    link.send(octets(asks(multipaz, bar, code.engagement, PrivateKey.generate())["request"]))
    with pytest.raises(InvalidSignature):
        code.prompt(0)
    assert heard(link) == [TERMINATION]
