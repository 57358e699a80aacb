"""A pilot as a file in TOML: made by whoever knows what a party asks and why, without a line of Python.

``nlwallet pilot new`` writes one to begin with, ``docs/pilots.md`` explains each line.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import json_pointer
from nlwallet.errors import LimitExceeded, LocalError, MalformedInput, NlWalletError
from nlwallet.issuer import card, card_names, persona_names
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    RelyingPartyRecord,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.sandbox.pilot_scenario import Pilot

MAX_PILOT_BYTES: Final = 65_536
_SOME_DAY: Final = 1_790_000_000
"""Who has which card does not depend on the day."""
_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_AUTHORITY: Final = SupervisoryAuthority(
    name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
)


def _one_of(known: tuple[str, ...], what: str) -> AfterValidator:
    def check(name: str) -> str:
        if name not in known:
            raise ValueError(f"there is no {what} {name!r}: one of {', '.join(known)}")
        return name

    return AfterValidator(check)


def _matching(pattern: re.Pattern[str], what: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(what)
        return text

    return AfterValidator(check)


_Card = Annotated[str, _one_of(card_names(), "ready-made card")]
_Persona = Annotated[str, _one_of(persona_names(), "persona")]
_PilotId = Annotated[str, _matching(_ID, "small letters, digits and -, such as rent-a-house")]
_Host = Annotated[str, _matching(_HOST, "a host name in small letters, such as huren.example")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Party(_Part):
    host: _Host
    trade_name: str
    legal_name: str = ""
    given_name: str = ""
    family_name: str = ""
    identifier: str
    public_body: bool = False
    service: LocalizedText


class _Use(_Part):
    id: _PilotId
    purpose: LocalizedText
    retention: Retention


class _Ask(_Part):
    """What is asked of one card: ``address.postal_code``, or a path as a list, as an mdoc has it."""

    card: _Card | None = None
    type: str | None = None
    format: Literal["dc+sd-jwt", "mso_mdoc"] = "dc+sd-jwt"
    claims: tuple[str | tuple[str | int | None, ...], ...] = Field(default=(), max_length=64)

    @model_validator(mode="after")
    def _of_one_type(self) -> _Ask:
        if (self.card is None) == (self.type is None):
            raise ValueError('an ask names a card, or a type: card = "diploma"')
        return self

    def registered(self) -> RegisteredCredential:
        """As it stands in the register."""
        paths = (tuple(one.split(".")) if isinstance(one, str) else one for one in self.claims)
        return RegisteredCredential(format=self.format, types=(self._type(),), claims=tuple(paths))

    def _type(self) -> str:
        if self.card is None:
            return self.type or ""
        by_format = {one.format: one for one in card(self.card).configurations}
        chosen = by_format[self.format]
        return chosen.vct


class _File(_Part):
    id: _PilotId
    title: LocalizedText
    story: LocalizedText
    citizen: _Persona = "frouke"
    cards: tuple[_Card, ...] = Field(default=("pid",), min_length=1, max_length=16)
    flow: Literal["cross_device", "same_device"] = "cross_device"
    careful: Literal["shares", "refuses"] = "shares"
    gives: _Card | None = None
    registration: Literal["active", "withdrawn"] = "active"
    nearby: bool = False
    party: _Party
    use: _Use
    asks: tuple[_Ask, ...] = Field(min_length=1, max_length=8)
    really_asks: tuple[_Ask, ...] = Field(default=(), max_length=8)

    def pilot(self) -> Pilot:
        party, site = self.party, f"https://{self.party.host}"
        use = self._use(self.asks)
        record = RelyingPartyRecord.of(
            **party.model_dump(exclude={"host", "service"}),
            services=(party.service,),
            website=f"{site}/",
            support_uri=f"{site}/gegevens-verwijderen",
            supervisory_authority=_AUTHORITY,
            intended_uses=(use,),
        )
        return Pilot(
            id=self.id,
            title=self.title.model_dump(),
            story=self.story.model_dump(),
            record=record,
            host=party.host,
            intended_use=use.id,
            flow=self.flow,
            query=self._use(self.really_asks).dcql() if self.really_asks else None,
            citizen=self.citizen,
            cards=self.cards,
            return_page=f"{site}/terug" if self.flow == "same_device" else None,
            gives=self.gives,
            withdrawn=self.registration == "withdrawn",
            careful=self.careful,
            nearby=self.nearby,
        )

    def _use(self, asks: tuple[_Ask, ...]) -> IntendedUse:
        return IntendedUse(
            id=self.use.id,
            purpose=self.use.purpose,
            privacy_policy=f"https://{self.party.host}/privacy",
            retention=self.use.retention,
            credentials=tuple(one.registered() for one in asks),
        )


def read_pilot(source: Path | bytes) -> Pilot:
    """A pilot from a file, or from what stands in one.

    Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded` that says where it is
    wrong, and :class:`~nlwallet.errors.LocalError` for a file that cannot be read.
    """
    return _checked(_read(source))


def _read(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        with source.open("rb") as file:
            return file.read(MAX_PILOT_BYTES + 1)
    except OSError as error:
        raise LocalError(f"{source}: {os.strerror(error.errno or 0)}", code="file") from None


def _checked(content: bytes) -> Pilot:
    if len(content) > MAX_PILOT_BYTES:
        raise LimitExceeded(f"a pilot has at most {MAX_PILOT_BYTES} bytes")
    hint = "nlwallet pilot new NAME writes one that is right"
    try:
        members: Mapping[str, Any] = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        told = "too deep" if isinstance(error, RecursionError) else str(error)
        raise MalformedInput(f"this pilot is not TOML: {told}", spec="TOML 1.0", hint=hint) from None
    try:
        pilot = _File.model_validate(members).pilot()
        DcqlQuery.parse(pilot.query or pilot.record.intended_use(pilot.intended_use).dcql())
        _check_cards(pilot)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        told, pointer = first["msg"].removeprefix("Value error, "), json_pointer(first["loc"])
        raise MalformedInput(f"this pilot is wrong: {told}", pointer=pointer, hint=hint) from None
    except NlWalletError as error:
        raise MalformedInput(
            f"this pilot is wrong: {error.message}", pointer=error.pointer, hint=error.hint or hint
        ) from None
    return pilot


def _check_cards(pilot: Pilot) -> None:
    for name in (*pilot.cards, *filter(None, (pilot.gives,))):
        if card(name).attributes(pilot.citizen, _SOME_DAY) is None:
            hint = "another citizen, or another card: nlwallet pilot people"
            raise LocalError(f"{pilot.citizen} has no {name}", pointer="/cards", hint=hint)
