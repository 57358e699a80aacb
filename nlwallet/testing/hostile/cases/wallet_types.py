"""Issuers whose card is of a type that leads somewhere: metadata of types (list of cases, 5.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp

from nlwallet.testing.hostile.attack import Severity
from nlwallet.testing.hostile.canary import Canary, Endless, serving, serving_each
from nlwallet.testing.hostile.cases.wallet_offers import WALLET_OFFERS
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.offer_draft import OfferDraft
from nlwallet.testing.hostile.sd_jwt_draft import SdJwtDraft
from nlwallet.testing.hostile.wallet_attempt import WalletAttempt

__all__ = ["WALLET_OFFERS"]
_course, _offer = WALLET_OFFERS.course, WALLET_OFFERS.offer
_PID = "urn:eudi:pid:nl:1"
_TO_FETCH = 50
"""How many documents in a row a wallet may fetch before somebody could call it endless."""
_BOUNDED = "fetch type metadata from the issuer alone, over https, and bound them in size and in number"


def _of_type(attempt: WalletAttempt, vct: str) -> OfferDraft:
    """An offer of a card whose type is at this address; it may be kept, but not all may be done for it."""
    draft = attempt.offer()
    draft.may_keep = True

    def metadata(members: dict[str, Any]) -> None:
        members["credential_configurations_supported"][draft.configuration_id]["vct"] = vct

    def credential(one: SdJwtDraft) -> None:
        one.issuer.payload.pop("vct#integrity", None)
        one.issuer.payload["vct"] = vct

    draft.change_metadata, draft.change_credential = metadata, credential
    return draft


def _served(attempt: WalletAttempt, app: Callable[[str], ASGIApp]) -> None:
    """Offer a card whose type is where ``app`` answers; it is given that address."""
    place = Canary(attempt.edi)
    place.app = app(place.url)
    attempt.receive(_of_type(attempt, f"{place.url}/type/0"))
    if len(place.hits()) > _TO_FETCH:
        attempt.unsound(f"it fetched {len(place.hits())} documents because of one card")


@_course(
    "ADV-153/inside",
    "The type of a card is at a port of this machine.",
    sound="does not go there",
    spec="SD-JWT VC §6.3.1; SSRF",
    severity=Severity.MEDIUM,
    mend=_BOUNDED,
)
def _inside(attempt: WalletAttempt) -> None:
    attempt.unlike_loopback()
    attempt.receive(_of_type(attempt, f"https://{attempt.inside().place}/type"))


@_course(
    "ADV-153/redirect",
    "Where the type of a card is, there is a redirect to plain http at a port of this machine.",
    sound="does not follow it",
    spec="SD-JWT VC §6.3.1",
    severity=Severity.MEDIUM,
    mend=_BOUNDED,
)
def _redirect(attempt: WalletAttempt) -> None:
    plain = f"http://{attempt.inside().place}/type"
    _served(attempt, lambda _: serving(b"", status=302, headers=[(b"location", plain.encode("ascii"))]))


@_course(
    "ADV-153/endless",
    "Where the type of a card is, there is no end to what comes.",
    sound="takes no more than some megabytes of it",
    spec="SD-JWT VC §6.3.1",
    severity=Severity.MEDIUM,
    mend=_BOUNDED,
)
def _endless(attempt: WalletAttempt) -> None:
    app = Endless()
    _served(attempt, lambda _: app)
    if app.taken == app.megabytes:
        attempt.unsound(f"it takes {app.taken} megabytes of what should be a document of some kilobytes")


for _variant, _does, _integrity in (
    ("mismatch", "vct#integrity is the digest of something else.", f"sha256-{'A' * 43}="),
    ("algorithm", "vct#integrity has an algorithm that nobody knows.", f"md5-{'A' * 22}=="),
    ("length", "vct#integrity is too short for its algorithm.", "sha256-AAAA"),
):

    @_offer(
        f"ADV-154/{_variant}",
        _does,
        sound="uses no type metadata that the digest does not fit; it may keep the card without any",
        spec="SD-JWT VC §7; W3C Subresource Integrity",
        severity=Severity.MEDIUM,
        expects="observed",
        mend="compare vct#integrity with the octets of the type metadata, before you read them",
    )
    def _integrity_of(draft: OfferDraft, integrity: str = _integrity) -> None:
        draft.change_credential = lambda one: one.issuer.payload.update({"vct#integrity": integrity})


def _extending(following: Callable[[int], int]) -> Callable[[WalletAttempt], None]:
    def document(url: str, path: str) -> bytes:
        number = path.rpartition("/")[2]
        after = following(int(number) if number.isdecimal() else 0)
        return as_json({"vct": url + path, "extends": f"{url}/type/{after}"})

    def run(attempt: WalletAttempt) -> None:
        _served(attempt, lambda url: serving_each(lambda path: document(url, path)))

    return run


for _variant, _does, _following in (
    ("cycle", "The type of a card extends another, and that one the first.", lambda number: 1 - number % 2),
    (
        "chain",
        "The type of a card extends another, which extends another, without an end.",
        lambda it: it + 1,
    ),
):
    _course(
        f"ADV-155/{_variant}",
        _does,
        sound="follows a few, and no more",
        spec="SD-JWT VC §6.4",
        severity=Severity.MEDIUM,
        mend="bound how many types you follow, and remember which you have seen",
    )(_extending(_following))


@_course(
    "ADV-155/weakened",
    "A library card is of a type that extends a PID, and takes back what that one requires.",
    sound="keeps no card, or one that counts as no PID",
    spec="SD-JWT VC §6.4, §9.5; ARF OIA_12 to OIA_15",
    expects="observed",
    mend="let nobody but a PID provider issue what extends a PID",
)
def _weakened(attempt: WalletAttempt) -> None:
    claims = [{"path": ["given_name"], "sd": "never", "mandatory": False}]
    _served(
        attempt,
        lambda url: serving(as_json({"vct": f"{url}/type/0", "extends": _PID, "claims": claims})),
    )
