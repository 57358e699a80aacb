"""Status lists: whether a card still holds, and what happens when nobody can say (list of cases, 5.7)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt, NotJudged
from nlwallet.testing.hostile.canary import Canary
from nlwallet.testing.hostile.forging_issuer import category_of
from nlwallet.testing.hostile.jws_draft import unsigned
from nlwallet.testing.hostile.status_draft import ENTRIES, INDEX, StatusDraft

DAY = 86_400
STATUS = AttackGroup(
    "Status lists",
    spec="Token Status List §8.3",
    mend="verify the status list token as carefully as a credential, and refuse the card if you cannot tell",
)


def show(
    attempt: Attempt,
    change: Callable[[StatusDraft], object],
    *,
    value: int = 0,
    bits: int = 1,
    entry: Mapping[str, Any] | None = None,
) -> Canary:
    """Show a card whose status is in a list that ``change`` spoils."""
    engagement = attempt.begin()
    issuer = attempt.forger.issuer(category_of(str(engagement.answer().sd_jwt.issuer.payload["vct"])))
    canary = attempt.canary()
    uri = f"{canary.url}/status/1"
    draft = StatusDraft.good(issuer, uri, now=attempt.forger.now(), value=value, bits=bits)
    change(draft)
    canary.app = draft.app()
    reference = {"status_list": {"idx": INDEX, "uri": uri, **(entry or {})}}
    answer = engagement.answer()
    answer.sd_jwt.issuer.payload["status"] = reference
    engagement.send(answer, "a card with a status")
    if canary.hits():
        attempt.note("the status list was fetched")
    return canary


def unchanged(_: StatusDraft) -> None:
    """A good list."""


def _check_seen(attempt: Attempt, canary: Canary) -> None:
    """Raises :class:`NotJudged` where the card is refused and nobody asked for its list: that tells nothing."""
    if not canary.hits() and attempt.engagements[-1].outcome().state != "succeeded":
        raise NotJudged("it refuses the card and never asked for its status list; see ADV-130/control")


def check_asked(attempt: Attempt, canary: Canary) -> None:
    """The same, and raises :class:`NotApplicable` for a party that never asks."""
    _check_seen(attempt, canary)
    if not canary.hits():
        raise NotApplicable("it never asks for the status list; see ADV-130")


@STATUS.attempt(
    "ADV-130/control",
    "The status list says that the card is valid.",
    sound="fetches the list and accepts the card",
    severity=Severity.LOW,
    expects="observed",
    mend="let the party reach the hosts of the sandbox: without that, revocation cannot be tested",
)
def _valid(attempt: Attempt) -> None:
    if not show(attempt, unchanged).hits():
        attempt.note("the status list was never asked for: nothing that follows tells much")


@STATUS.attempt(
    "ADV-130", "The card is revoked.", severity=Severity.HIGH, mend="look up the status of each card"
)
def _revoked(attempt: Attempt) -> None:
    _check_seen(attempt, show(attempt, unchanged, value=1))


for _variant, _does, _value, _bits in (
    ("suspended", "The card is suspended.", 2, 2),
    ("application", "The card has a status that only its issuer knows.", 3, 2),
    ("unregistered", "The card has a status that nobody registered.", 7, 4),
):

    @STATUS.attempt(f"ADV-131/{_variant}", _does, spec="Token Status List §7", severity=Severity.HIGH)
    def _other(attempt: Attempt, value: int = _value, bits: int = _bits) -> None:
        _check_seen(attempt, show(attempt, unchanged, value=value, bits=bits))


def unreliable(
    id_: str,
    does: str,
    change: Callable[[StatusDraft], object] = unchanged,
    *,
    entry: Mapping[str, Any] | None = None,
    spec: str = "",
    severity: Severity = Severity.HIGH,
) -> None:
    """A list that cannot be relied upon: the card is to be refused by whoever asks for it."""

    @STATUS.attempt(id_, does, spec=spec, severity=severity)
    def run(attempt: Attempt) -> None:
        canary = show(attempt, change, entry=entry)
        if entry is None or attempt.engagements[-1].outcome().state == "succeeded":
            check_asked(attempt, canary)


for _variant, _idx in (
    ("beyond", ENTRIES),
    ("negative", -1),
    ("string", "7"),
    ("fraction", 7.5),
    ("huge", 2**63),
):
    unreliable(
        f"ADV-132/{_variant}",
        f"The index of the card is {_idx!r}.",
        entry={"idx": _idx},
        spec="Token Status List §6.2",
    )


def claims_changed(**claims: Any) -> Callable[[StatusDraft], None]:
    """Other claims in the token; ``None`` leaves one out."""

    def change(draft: StatusDraft) -> None:
        payload = {**draft.token.payload, **claims}
        draft.token.payload = {name: value for name, value in payload.items() if value is not None}

    return change


def _aged(draft: StatusDraft) -> None:
    draft.token.payload["iat"] -= DAY
    draft.token.payload["exp"] -= DAY


unreliable(
    "ADV-133",
    "The list is another one of the same issuer.",
    claims_changed(sub="https://pid-issuer.example/status/2"),
)
unreliable("ADV-134/expired", "The list expired.", _aged)
for _name in ("iat", "sub", "status_list"):
    unreliable(
        f"ADV-134/{_name}",
        f"The list has no {_name}.",
        claims_changed(**{_name: None}),
        spec="Token Status List §5.1",
    )


def _signature(draft: StatusDraft) -> None:
    sign = draft.token.sign
    draft.token.sign = lambda octets: sign(octets + b"x")


def _alg_none(draft: StatusDraft) -> None:
    draft.token.header["alg"], draft.token.sign = "none", unsigned


unreliable(
    "ADV-135/signature", "The signature of the list does not verify.", _signature, severity=Severity.CRITICAL
)
unreliable("ADV-135/none", "alg of the list is none.", _alg_none, severity=Severity.CRITICAL)


def _by_stranger(attempt: Attempt, draft: StatusDraft) -> None:
    stranger = attempt.forger.stranger()
    draft.token.sign = stranger.key.sign
    draft.token.header["x5c"] = stranger.chain.x5c()


def _by_relying_party(attempt: Attempt, draft: StatusDraft) -> None:
    key, chain = attempt.forger.access_certificate()
    draft.token.sign = key.sign
    draft.token.header["x5c"] = chain.x5c()


for _variant, _does, _sign in (
    ("untrusted", "The list of a revoked card is signed by somebody whom nobody trusts.", _by_stranger),
    ("access", "The list is signed with the access certificate of a relying party.", _by_relying_party),
):

    @STATUS.attempt(f"ADV-135/{_variant}", _does, severity=Severity.CRITICAL)
    def _signed_by(attempt: Attempt, sign: Callable[[Attempt, StatusDraft], None] = _sign) -> None:
        check_asked(attempt, show(attempt, lambda draft: sign(attempt, draft)))


def _typ(value: str) -> Callable[[StatusDraft], None]:
    def change(draft: StatusDraft) -> None:
        draft.token.header["typ"] = value

    return change


for _variant, _wrong in (("jwt", "JWT"), ("credential", "dc+sd-jwt")):
    unreliable(
        f"ADV-136/{_variant}", f"typ of the list is {_wrong}.", _typ(_wrong), spec="Token Status List §5.1"
    )


def _of_bits(value: Any) -> Callable[[StatusDraft], None]:
    def change(draft: StatusDraft) -> None:
        draft.token.payload["status_list"]["bits"] = value

    return change


for _variant, _number in (("3", 3), ("0", 0), ("16", 16), ("string", "1")):
    unreliable(
        f"ADV-137/{_variant}",
        f"bits of the list is {_number!r}.",
        _of_bits(_number),
        spec="Token Status List §4",
    )


def _bomb(draft: StatusDraft) -> None:
    squeeze, megabyte, count = zlib.compressobj(9, wbits=-15), bytes(1_000_000), 500
    block = squeeze.compress(megabyte) + squeeze.flush(
        zlib.Z_FULL_FLUSH
    )  # stands alone, so it is only made once
    checksum = (count * len(megabyte) % 65_521) << 16 | 1  # Adler-32 of zeros (RFC 1950 §9)
    draft.list_of(b"\x78\xda" + count * block + squeeze.flush() + checksum.to_bytes(4, "big"))


unreliable(
    "ADV-138",
    "The list is half a gigabyte when it is inflated.",
    _bomb,
    spec="Token Status List §13",
    severity=Severity.MEDIUM,
)
_PLAIN = bytes(ENTRIES // 8)
_RAW = zlib.compressobj(9, wbits=-15)
for _variant, _does, _compressed in (
    ("raw", "The list is raw deflate.", _RAW.compress(_PLAIN) + _RAW.flush()),
    ("gzip", "The list is gzip.", gzip.compress(_PLAIN)),
    ("truncated", "The list is cut off.", zlib.compress(_PLAIN)[:-5]),
    ("checksum", "The checksum of the list is wrong.", zlib.compress(_PLAIN)[:-4] + b"\0\0\0\0"),
):

    def _octets(draft: StatusDraft, octets: bytes = _compressed) -> None:
        draft.list_of(octets)

    unreliable(f"ADV-139/{_variant}", _does, _octets, spec="Token Status List §4.1", severity=Severity.MEDIUM)
