"""Status lists: whether a card still holds, and what happens when nobody can say (list of cases, 5.7)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from nlwallet.status import STATUS_LIST_CWT_MEDIA_TYPE, StatusList, sign_status_list_cwt
from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.canary import Canary
from nlwallet.testing.hostile.forger import category_of
from nlwallet.testing.hostile.jws_draft import unsigned
from nlwallet.testing.hostile.status_draft import ENTRIES, INDEX, StatusDraft
from nlwallet.trust import Category

DAY = 86_400
STATUS = AttackGroup(
    "Status lists",
    spec="Token Status List §8.3",
    mend="verify the status list token as carefully as a credential, and refuse the card if you cannot tell",
)


def _show(
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


def _nothing(_: StatusDraft) -> None:
    pass


@STATUS.attempt(
    "ADV-130/control",
    "The status list says that the card is valid.",
    sound="fetches the list and accepts the card",
    severity=Severity.LOW,
    expects="observed",
    mend="let the party reach the hosts of the sandbox: without that, revocation cannot be tested",
)
def _valid(attempt: Attempt) -> None:
    if not _show(attempt, _nothing).hits():
        attempt.note("the status list was never asked for: nothing that follows tells much")


@STATUS.attempt(
    "ADV-130", "The card is revoked.", severity=Severity.HIGH, mend="look up the status of each card"
)
def _revoked(attempt: Attempt) -> None:
    _show(attempt, _nothing, value=1)


for _variant, _does, _value, _bits in (
    ("suspended", "The card is suspended.", 2, 2),
    ("application", "The card has a status that only its issuer knows.", 3, 2),
    ("unregistered", "The card has a status that nobody registered.", 7, 4),
):

    @STATUS.attempt(f"ADV-131/{_variant}", _does, spec="Token Status List §7", severity=Severity.HIGH)
    def _other(attempt: Attempt, value: int = _value, bits: int = _bits) -> None:
        _show(attempt, _nothing, value=value, bits=bits)


def _case(
    id_: str,
    does: str,
    change: Callable[[StatusDraft], object] = _nothing,
    *,
    entry: Mapping[str, Any] | None = None,
    spec: str = "",
    severity: Severity = Severity.HIGH,
) -> None:
    """A list that cannot be relied upon: the card is to be refused by whoever asks for it."""

    @STATUS.attempt(id_, does, spec=spec, severity=severity)
    def run(attempt: Attempt) -> None:
        wanted = _show(attempt, change, entry=entry).hits()
        if not wanted and attempt.engagements[-1].outcome().state == "succeeded":
            raise NotApplicable("it never asks for the status list; see ADV-130")


for _variant, _idx in (
    ("beyond", ENTRIES),
    ("negative", -1),
    ("string", "7"),
    ("fraction", 7.5),
    ("huge", 2**63),
):
    _case(
        f"ADV-132/{_variant}",
        f"The index of the card is {_idx!r}.",
        entry={"idx": _idx},
        spec="Token Status List §6.2",
    )


def _claim(**claims: Any) -> Callable[[StatusDraft], None]:
    def change(draft: StatusDraft) -> None:
        payload = {**draft.token.payload, **claims}
        draft.token.payload = {name: value for name, value in payload.items() if value is not None}

    return change


def _aged(draft: StatusDraft) -> None:
    draft.token.payload["iat"] -= DAY
    draft.token.payload["exp"] -= DAY


_case(
    "ADV-133",
    "The list is another one of the same issuer.",
    _claim(sub="https://pid-issuer.example/status/2"),
)
_case("ADV-134/expired", "The list expired.", _aged)
for _name in ("iat", "sub", "status_list"):
    _case(
        f"ADV-134/{_name}",
        f"The list has no {_name}.",
        _claim(**{_name: None}),
        spec="Token Status List §5.1",
    )


def _signature(draft: StatusDraft) -> None:
    sign = draft.token.sign
    draft.token.sign = lambda octets: sign(octets + b"x")


def _alg_none(draft: StatusDraft) -> None:
    draft.token.header["alg"], draft.token.sign = "none", unsigned


_case(
    "ADV-135/signature", "The signature of the list does not verify.", _signature, severity=Severity.CRITICAL
)
_case("ADV-135/none", "alg of the list is none.", _alg_none, severity=Severity.CRITICAL)


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
        wanted = _show(attempt, lambda draft: sign(attempt, draft)).hits()
        if not wanted and attempt.engagements[-1].outcome().state == "succeeded":
            raise NotApplicable("it never asks for the status list; see ADV-130")


def _typ(value: str) -> Callable[[StatusDraft], None]:
    def change(draft: StatusDraft) -> None:
        draft.token.header["typ"] = value

    return change


for _variant, _wrong in (("jwt", "JWT"), ("credential", "dc+sd-jwt")):
    _case(f"ADV-136/{_variant}", f"typ of the list is {_wrong}.", _typ(_wrong), spec="Token Status List §5.1")


def _of_bits(value: Any) -> Callable[[StatusDraft], None]:
    def change(draft: StatusDraft) -> None:
        draft.token.payload["status_list"]["bits"] = value

    return change


for _variant, _number in (("3", 3), ("0", 0), ("16", 16), ("string", "1")):
    _case(
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


_case(
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

    _case(f"ADV-139/{_variant}", _does, _octets, spec="Token Status List §4.1", severity=Severity.MEDIUM)


def _replies(status: int) -> Callable[[StatusDraft], None]:
    def change(draft: StatusDraft) -> None:
        draft.status = status

    return change


def _oversize(draft: StatusDraft) -> None:
    draft.rewrite = lambda text: text + "A" * 30_000_000


def _redirect(draft: StatusDraft) -> None:
    draft.status = 302
    draft.headers.append((b"location", b"http://127.0.0.1/status"))


for _status in (404, 500):
    _case(
        f"ADV-141/{_status}",
        f"Where the list is, the answer is {_status}.",
        _replies(_status),
        spec="Token Status List §8.1",
    )
_case("ADV-141/oversize", "The list has thirty megabytes.", _oversize, severity=Severity.MEDIUM)
_case(
    "ADV-142", "Where the list is, there is a redirect to this machine.", _redirect, severity=Severity.MEDIUM
)
for _variant, _uri in (
    ("metadata", "http://169.254.169.254/latest/meta-data"),
    ("localhost", "https://localhost/status"),
    ("file", "file:///etc/passwd"),
    ("mapped", "https://[::ffff:127.0.0.1]/status"),
):

    @STATUS.attempt(
        f"ADV-143/{_variant}",
        f"The list is at {_uri}.",
        spec="Token Status List §12; SSRF",
        severity=Severity.MEDIUM,
        mend="fetch https only, and from no private address",
        expects="observed",
        sound="refuses the card, or does not look at its status; sends no request there",
    )
    def _internal(attempt: Attempt, uri: str = _uri) -> None:
        _show(attempt, _nothing, entry={"uri": uri})


def _ttl(value: int) -> Callable[[StatusDraft], None]:
    return _claim(ttl=value)


_case(
    "ADV-144/negative",
    "ttl of the list is negative.",
    _ttl(-1),
    spec="Token Status List §5.1",
    severity=Severity.LOW,
)


@STATUS.attempt(
    "ADV-145",
    "After a list that says revoked comes an older one, which has not expired and says valid.",
    spec="Token Status List §13.7",
    expects="observed",
    sound="may notice that a list is older than one that it has seen",
    mend="keep iat of the last list of each address, and take none that is older",
)
def _rolled_back(attempt: Attempt) -> None:
    canary = attempt.canary()
    uri, now = f"{canary.url}/status/1", attempt.forger.now()
    engagements = []
    for value, age in ((1, 0), (0, 600)):
        engagement = attempt.begin()
        answer = engagement.answer()
        issuer = attempt.forger.issuer(category_of(str(answer.sd_jwt.issuer.payload["vct"])))
        canary.app = StatusDraft.good(issuer, uri, now=now - age, value=value).app()
        answer.sd_jwt.issuer.payload["status"] = {"status_list": {"idx": INDEX, "uri": uri}}
        engagement.send(answer, "a card with a status")
        engagements.append(engagement)
        attempt.travel(60)
    if engagements[0].outcome().state == "succeeded":
        raise NotApplicable("it takes a card that is revoked; see ADV-130")


@STATUS.attempt(
    "ADV-146",
    "A card with a wrong signature names a status list of the attacker.",
    sound="fetches nothing for a card that nobody signed",
    severity=Severity.MEDIUM,
    mend="look the status up last, when everything else holds",
)
def _canary(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer, canary = engagement.answer(), attempt.canary()
    answer.sd_jwt.signed_by(attempt.forger.other_holder)
    answer.sd_jwt.issuer.payload["status"] = {"status_list": {"idx": 1, "uri": f"{canary.url}/status/1"}}
    engagement.send(answer)
    if canary.hits():
        attempt.unsound("it fetched an address from a card that nobody signed")


def _html(draft: StatusDraft) -> None:
    draft.media_type = "text/html"


def _encoded(draft: StatusDraft) -> None:
    draft.headers.append((b"content-encoding", b"gzip"))
    draft.rewrite = lambda text: gzip.compress(text.encode("ascii") + b"A" * 100_000_000)


@STATUS.attempt(
    "ADV-149",
    "The list is a good one in CWT, and the card an SD-JWT VC.",
    spec="SD-JWT VC §2.2.2.2; HAIP 1.0 §6.1",
    severity=Severity.LOW,
    mend="the status list of an SD-JWT VC is a JWT of type application/statuslist+jwt",
)
def _in_cwt(attempt: Attempt) -> None:
    issuer = attempt.forger.issuer(Category.PID_PROVIDER)

    def change(draft: StatusDraft) -> None:
        claims = draft.token.payload
        octets = sign_status_list_cwt(
            StatusList(ENTRIES),
            uri=claims["sub"],
            key=issuer.key,
            chain=issuer.chain,
            now=claims["iat"],
            expires_at=claims["exp"],
            ttl=claims["ttl"],
        )
        draft.media_type, draft.rewrite = STATUS_LIST_CWT_MEDIA_TYPE, lambda _: octets

    wanted = _show(attempt, change).hits()
    if not wanted and attempt.engagements[-1].outcome().state == "succeeded":
        raise NotApplicable("it never asks for the status list; see ADV-130")


_case(
    "ADV-147/type",
    "The list comes as text/html.",
    _html,
    spec="Token Status List §8.1",
    severity=Severity.LOW,
)
_case(
    "ADV-147/bomb",
    "The answer is a gzip bomb.",
    _encoded,
    spec="Token Status List §13",
    severity=Severity.MEDIUM,
)
