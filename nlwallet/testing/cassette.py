"""A cassette: one exchange of a wallet, step by step, in a JSON file without a value, key or secret in it.

Its schema is ``cassette.schema.json`` beside this file. A reader takes what it knows and ignores other members, so
a version grows only when an old reader would misunderstand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nlwallet.encoding import json_pointer, parse_json_object
from nlwallet.errors import InvalidCassette, LimitExceeded, LocalError

VERSION: Final = 1
MAX_CASSETTE_BYTES: Final = 4_194_304
MAX_STEPS: Final = 500

Text: TypeAlias = Annotated[str, Field(max_length=4096)]
Shape: TypeAlias = dict[str, Any]
_Member = TypeVar("_Member")
Many: TypeAlias = Annotated[list[_Member], Field(max_length=1000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Problem(_Part):
    """An error, as :meth:`~nlwallet.errors.NlWalletError.diagnostics` gives it."""

    error: Text = ""
    code: Text = ""
    message: Text = ""
    spec: Text = ""
    pointer: Text = ""
    hint: Text = ""


class Opened(_Part):
    """The wallet was given a link; or a page asked, and ``link`` has its origin and its requests."""

    step: Literal["opened"] = "opened"
    link: Shape


class Exchanged(_Part):
    """It fetched or sent something; ``status`` is 0 when no reply came."""

    step: Literal["exchanged"] = "exchanged"
    method: Text
    url: Text
    what: Text
    sent: Shape | None = None
    status: int = 0
    content_type: Text = ""
    headers: dict[str, Text] = Field(default_factory=dict)
    received: Shape | None = None
    error: Problem | None = None


class RecordedCheck(_Part):
    """One check of the request; ``outcome`` is passed, warned, failed or skipped."""

    id: Text
    spec: Text = ""
    what: Text = ""
    outcome: Literal["passed", "warned", "failed", "skipped"]
    code: Text = ""
    reason: Text = ""
    pointer: Text = ""


class Checked(_Part):
    """It looked at the request."""

    step: Literal["checked"] = "checked"
    checks: Many[RecordedCheck]


class Refused(_Part):
    """It put nothing to its holder; or, where ``what`` is a card, it did not take what came."""

    step: Literal["refused"] = "refused"
    what: Literal["request", "offer", "card"] = "request"
    error: Problem


class PromptedCard(_Part):
    """What would be shared of one card: names only. One that is offered has a type alone."""

    query_id: Text = ""
    type: Text
    claims: Many[Text] = Field(default_factory=list)


class PromptedWarning(_Part):
    """A warning by its code; ``explicit``: to be confirmed."""

    code: Text
    explicit: bool = False


class Prompted(_Part):
    """It asked its holder: whether to share, or whether to fetch what was offered."""

    step: Literal["prompted"] = "prompted"
    about: Literal["share", "fetch"] = "share"
    requester: Text = ""
    verified: bool = False
    purpose: Text = ""
    cards: Many[PromptedCard] = Field(default_factory=list)
    warnings: Many[PromptedWarning] = Field(default_factory=list)
    missing: Many[Text] = Field(default_factory=list)
    blocked: Text = ""
    advised: Text = ""


class Presented(_Part):
    """It was about to send these presentations, here before they were encrypted."""

    step: Literal["presented"] = "presented"
    vp_token: Shape


class Returned(_Part):
    """It gave this to the page that asked."""

    step: Literal["returned"] = "returned"
    data: Shape


class Ended(_Part):
    """How its transaction log says that it ended."""

    step: Literal["ended"] = "ended"
    kind: Text
    outcome: Text
    reason: Text = ""


Step: TypeAlias = Opened | Exchanged | Checked | Refused | Prompted | Presented | Returned | Ended


class WalletCard(_Part):
    """A card that the wallet had: what it is, never what it says."""

    format: Text
    types: Many[Text]


class Cassette(_Part):
    """The whole. ``recorded_at`` is in seconds since the epoch, by the wallet's clock."""

    format: Literal["nlwallet-cassette"] = "nlwallet-cassette"
    version: int = VERSION
    made_by: Text
    recorded_at: int
    profile: Text
    cards: Many[WalletCard] = Field(default_factory=list)
    test: Text = ""
    """The test that it was kept of, if any."""
    steps: Annotated[list[Annotated[Step, Field(discriminator="step")]], Field(max_length=MAX_STEPS)]
    left_out: int = 0
    """How many steps more there were."""

    def as_text(self) -> str:
        """The file."""
        return dump_indented(self.model_dump(mode="json"))

    def write(self, path: Path) -> Path:
        """Write the file, and its folder if need be. Raises :class:`~nlwallet.errors.LocalError`."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.as_text(), encoding="utf-8")
        except OSError as error:
            raise LocalError(f"the cassette cannot be written: {error.strerror}") from None
        return path


def read_cassette(text: str | bytes) -> Cassette:
    """Read a cassette; who made it is not proven, and nothing in it is believed but shown.

    Raises :class:`~nlwallet.errors.InvalidCassette`, :class:`~nlwallet.errors.MalformedInput` or
    :class:`~nlwallet.errors.LimitExceeded`.
    """
    members = parse_json_object(text, what="the cassette", max_bytes=MAX_CASSETTE_BYTES)
    if members.get("format") != "nlwallet-cassette":
        raise InvalidCassette(
            "this JSON is no cassette", pointer="/format", hint="nlwallet decode shows what other texts hold"
        )
    version = members.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InvalidCassette("the cassette has no version", pointer="/version")
    if version > VERSION:
        raise InvalidCassette(
            f"the cassette is of a newer version than {VERSION}", pointer="/version", hint="a newer nlwallet"
        )
    steps = members.get("steps")
    if isinstance(steps, list) and len(steps) > MAX_STEPS:
        raise LimitExceeded(f"the cassette has more than {MAX_STEPS} steps", pointer="/steps")
    try:
        return Cassette.model_validate(members)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise InvalidCassette(
            f"a member of the cassette is wrong ({first['type']})", pointer=json_pointer(first["loc"])
        ) from None


def dump_indented(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON for people who look into the file, without members that say nothing."""
    return json.dumps(_without_empty(value), ensure_ascii=False, indent=1) + "\n"


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_empty(one) for name, one in value.items() if one not in ("", None)}
    return [_without_empty(one) for one in value] if isinstance(value, list) else value
