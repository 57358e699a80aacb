"""Re-enact what is on a cassette at a relying party: does it still do what it did when this was recorded?

A recording cannot be sent again byte by byte: its secrets are not on it, and a sound party takes a nonce, a state and a
request once (OpenID4VP 1.0 §14.1). So each session is begun anew at the party, a wallet like the recorded one fetches
its request and answers as its holder did, and what the party says is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from nlwallet.errors import LocalError, NlWalletError
from nlwallet.holder import ConsentPrompt
from nlwallet.issuer import card, card_names
from nlwallet.openid4vp import MULTISIGNED, SIGNED, UNSIGNED
from nlwallet.testing.cassette import Cassette, Ended, Exchanged, Opened, Presented
from nlwallet.testing.cassette_recorder import record
from nlwallet.testing.cassette_replay import Replayed, differences_between, outline_of
from nlwallet.testing.ecosystem import Ecosystem, WatchedWallet
from nlwallet.testing.hostile import RelyingPartyUnderTest, SpeaksDcApi

_NUMBER = re.compile(r"(<[a-z-]+(?: \d+)?) #\d+>")
_MOVING: Final = frozenset({"iat", "exp", "nbf", "not_before", "not_after", "status", "signature"})
"""Members that are another each time, and say nothing of how the party behaves."""
_REFUSED: Final = frozenset({"denied", "unanswerable"})


@dataclass(frozen=True, slots=True)
class Session:
    """One request on a cassette, and what came of it."""

    opened: Opened
    steps: tuple[Any, ...]
    ended: str
    """How the log of the wallet says that it ended."""

    @property
    def by_page(self) -> bool:
        """Whether a page asked, through the browser's API."""
        return self.opened.link.get("kind") == "page"

    def answer(self, prompt: ConsentPrompt) -> Mapping[str, Any] | None:
        """Do what the holder did; gives what a page gets."""
        if any(isinstance(one, Presented) for one in self.steps):
            return prompt.approve(despite_warnings=True).data
        if self.ended in _REFUSED:
            return prompt.deny().data
        return None


def reenact(cassette: Cassette, party: RelyingPartyUnderTest, wallet: WatchedWallet) -> Replayed:
    """Begin each session of a cassette anew at ``party``, answer as it was answered, and compare.

    Raises :class:`~nlwallet.errors.LocalError` when there is no request on it, or one that came in a way that the party
    was not given.
    """
    sessions = list(sessions_of(cassette))
    if not sessions:
        raise LocalError("there is no request on this cassette", hint="nlwallet explain tells it")
    outcomes = []
    with record(wallet, clock=lambda: cassette.recorded_at) as recorder:
        for one in sessions:
            outcomes.append(_by_page(one, party, wallet) if one.by_page else _by_link(one, party, wallet))
        made = recorder.cassette()
    before = [line for one in sessions for line in _outline(one)]
    now = [line for one in sessions_of(made) for line in _outline(one)]
    return Replayed(made, tuple(differences_between(before, now)), tuple(outcomes))


def wallet_like(cassette: Cassette, edi: Ecosystem, *, person: str) -> WatchedWallet:
    """A wallet of ``person`` that behaves as the recorded one did, with cards of the same types.

    Raises :class:`~nlwallet.errors.LocalError` for a type or profile that this ecosystem does not have.
    """
    names = {one: name for name in card_names() for one in _types(name)}
    wanted = []
    for held in cassette.cards:
        known = next((names[one] for one in held.types if one in names), None)
        if known is None:
            raise LocalError(
                f"there is no ready-made card of {', '.join(held.types)[:200]}",
                hint="give a wallet that has one",
            )
        wanted.append(f"{known}-mdoc" if held.format == "mso_mdoc" else known)
    return edi.wallet(person, cards=list(dict.fromkeys(wanted)), behaves_as=cassette.profile)


def sessions_of(cassette: Cassette) -> Iterator[Session]:
    """The requests on a cassette, in order, offers left out."""
    ends = iter(
        [one.outcome for one in cassette.steps if isinstance(one, Ended) and one.kind == "presentation"]
    )
    opened = [place for place, one in enumerate(cassette.steps) if isinstance(one, Opened)]
    for place, after in zip(opened, [*opened[1:], len(cassette.steps)], strict=True):
        first, *steps = cassette.steps[place:after]
        assert isinstance(first, Opened)
        parameters = first.link.get("parameters")
        if first.link.get("kind") == "page" or (isinstance(parameters, dict) and "client_id" in parameters):
            yield Session(first, tuple(steps), next(ends, ""))


def _by_link(one: Session, party: RelyingPartyUnderTest, wallet: WatchedWallet) -> str:
    begun = party.begin()
    with suppress(NlWalletError):  # it is on the new cassette
        one.answer(wallet.open(begun.link))
    return begun.outcome().state


def _by_page(one: Session, party: RelyingPartyUnderTest, wallet: WatchedWallet) -> str:
    begun = party.begin_dc_api() if isinstance(party, SpeaksDcApi) else None
    if begun is None:
        raise LocalError(
            "a page asked through the browser, and no way to begin so was given", hint="begin_dc_api()"
        )
    request = begun.data.get("request")
    protocol = SIGNED if isinstance(request, str) else UNSIGNED if request is None else MULTISIGNED
    with suppress(NlWalletError):
        prompt = wallet.open_dc_api([{"protocol": protocol, "data": begun.data}], origin=begun.origin)
        if (data := one.answer(prompt)) is not None:
            return begun.given(data).state
    return begun.outcome().state


# The comparison -----------------------------------------------------------------------------------


def _outline(one: Session) -> Iterator[str]:
    """What can be compared of a session: first what the party asked, then what came of it."""
    link = {name: text for name, text in one.opened.link.items() if name != "to"}
    yield from _leaves("the link", link)
    for step in one.steps:
        if isinstance(step, Exchanged) and step.what == "the request object":
            yield from _leaves("the request object", step.received)
        elif isinstance(step, Exchanged) and step.what == "the response":
            yield f"the reply to the response: {step.status} {step.content_type}".rstrip()
            yield from _leaves("the reply to the response", step.received)
    yield from outline_of(one.steps)


def _leaves(what: str, value: Any, pointer: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in _MOVING:
                yield from _leaves(what, one, f"{pointer}/{name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _leaves(what, one, f"{pointer}/{place}")
    elif value is not None:
        text = _NUMBER.sub(r"\1>", str(value))
        yield f"{what}{pointer}: {text}"


def _types(name: str) -> Iterator[str]:
    for one in card(name).configurations:
        yield one.vct
