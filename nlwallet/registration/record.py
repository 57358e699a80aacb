"""The one record of a relying party, from which its certificates and the query that it may ask are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from nlwallet.claim_path import ClaimPath, parse_claim_path
from nlwallet.encoding import json_pointer
from nlwallet.errors import LocalError, NlWalletError

Language = Literal["nl", "en"]

IDENTIFIER_PATTERN = re.compile(
    r"NTR[A-Z]{2}-[A-Za-z0-9.]{2,32}|VAT[A-Z]{2}-[A-Za-z0-9]{2,20}|LEI[A-Z]{2}-[A-Z0-9]{20}"
    r"|EOR[A-Z]{2}-[A-Z0-9]{2,17}|EXC[A-Za-z]{2}-[A-Za-z0-9]{2,20}"
)
"""Semantic identifiers of legal persons, ETSI EN 319 412-1: trade register, VAT, LEI, EORI, excise.

Natural persons as relying parties are not registered here yet."""

_DUTCH_TRADE_REGISTER = re.compile(r"NTRNL-[0-9]{8}")


def _https(value: str) -> str:
    if not re.fullmatch(r"https://[^\s/?#]+[^\s]*", value):
        raise ValueError("an https URL is needed")
    return value


def _identifier(value: str) -> str:
    if not IDENTIFIER_PATTERN.fullmatch(value):
        raise ValueError("an identifier looks like NTRNL-12345678 (ETSI EN 319 412-1 §5.1.4)")
    if value.startswith("NTRNL-") and not _DUTCH_TRADE_REGISTER.fullmatch(value):
        raise ValueError("NTRNL- is followed by the eight digits of the trade register")
    return value


def _paths(value: Any) -> Any:
    if isinstance(value, list | tuple):
        try:
            return tuple(parse_claim_path(path) for path in value)
        except NlWalletError as error:
            raise ValueError(error.message) from None
    return value


HttpsUrl = Annotated[str, Field(max_length=2048), AfterValidator(_https)]
Line = Annotated[str, Field(min_length=1, max_length=256)]
Paragraph = Annotated[str, Field(min_length=1, max_length=2048)]
ClaimPaths = Annotated[tuple[ClaimPath, ...], BeforeValidator(_paths)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LocalizedText(_Part):
    """A text for citizens, in Dutch and in English."""

    nl: Paragraph
    en: Paragraph

    def in_language(self, language: str) -> str:
        """The text in ``nl``, or in English for any other language."""
        return self.nl if language.lower().startswith("nl") else self.en

    def as_wire(self) -> list[dict[str, str]]:
        """The form of a registration certificate: ``[{lang, value}]`` (ETSI TS 119 475 §5.2.4)."""
        return [{"lang": "nl", "value": self.nl}, {"lang": "en", "value": self.en}]


class Retention(_Part):
    """What happens to the data afterwards. ``days`` 0 means that nothing is kept."""

    days: Annotated[int, Field(ge=0, le=36_500)]
    shared_with_third_parties: bool = False
    deletable: bool = True
    """Whether the citizen can have the data deleted on request."""


class RegisteredCredential(_Part):
    """A credential, and the claims of it that may be asked. No claims means: none may be asked."""

    format: Literal["dc+sd-jwt", "mso_mdoc"] = "dc+sd-jwt"
    types: Annotated[tuple[Line, ...], Field(min_length=1, max_length=32)]
    """``vct`` values, or one doctype."""
    claims: Annotated[ClaimPaths, Field(max_length=256)] = ()

    def meta(self) -> dict[str, Any]:
        """The ``meta`` of DCQL."""
        return (
            {"vct_values": list(self.types)}
            if self.format == "dc+sd-jwt"
            else {"doctype_value": self.types[0]}
        )

    def as_wire(self) -> dict[str, Any]:
        """The form of a registration certificate; the member is called ``claim`` there."""
        claims = [{"path": list(path)} for path in self.claims]
        return {"format": self.format, "meta": self.meta(), "claim": claims}


class IntendedUse(_Part):
    """One purpose, and what may be asked for it. Each gets a registration certificate of its own (RPRC_09)."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    purpose: LocalizedText
    privacy_policy: HttpsUrl
    retention: Retention
    credentials: Annotated[tuple[RegisteredCredential, ...], Field(min_length=1, max_length=32)]
    query_ids: tuple[str, ...] = ()
    """The ids of :attr:`credentials` in the query; ``pid`` for a PID, else ``credential_0``… when left out."""

    def dcql(self) -> dict[str, Any]:
        """The DCQL query for all that may be asked, as JSON."""
        ids = self.query_ids or tuple(
            _query_id(index, credential) for index, credential in enumerate(self.credentials)
        )
        return {
            "credentials": [
                {"id": id_, "format": credential.format, "meta": credential.meta()}
                | (
                    {"claims": [{"path": list(path)} for path in credential.claims]}
                    if credential.claims
                    else {}
                )
                for id_, credential in zip(ids, self.credentials, strict=True)
            ]
        }

    @model_validator(mode="after")
    def _one_id_each(self) -> IntendedUse:
        if self.query_ids and len(set(self.query_ids)) != len(self.credentials):
            raise ValueError("query_ids names each credential once")
        return self


def _query_id(index: int, credential: RegisteredCredential) -> str:
    return "pid" if index == 0 and credential.types[0].startswith("urn:eudi:pid:") else f"credential_{index}"


class SupervisoryAuthority(_Part):
    """The data protection authority that supervises the party, with one contact at least (RPRC_12)."""

    name: Line
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    email: Line | None = None
    phone: Line | None = None
    uri: HttpsUrl | None = None

    @model_validator(mode="after")
    def _reachable(self) -> SupervisoryAuthority:
        if not (self.email or self.phone or self.uri):
            raise ValueError("a supervisory authority has an email, a phone or a uri")
        return self

    def as_wire(self) -> dict[str, str]:
        """The form of a registration certificate; ``name`` and ``country`` are beyond ETSI V1.2.1 (RPRC_12)."""
        return self.model_dump(exclude_none=True)


class RelyingPartyRecord(_Part):
    """A relying party as the register knows it. Make it with :meth:`of`, which says what is wrong.

    ``identifier`` is a semantic identifier such as ``NTRNL-12345678``; ``support_uri`` is where citizens can
    have their data deleted (RPRC_11).
    """

    legal_name: Line
    trade_name: Line
    identifier: Annotated[str, AfterValidator(_identifier)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "NL"
    services: Annotated[tuple[LocalizedText, ...], Field(min_length=1, max_length=16)]
    website: HttpsUrl
    support_uri: HttpsUrl
    supervisory_authority: SupervisoryAuthority
    intended_uses: Annotated[tuple[IntendedUse, ...], Field(min_length=1, max_length=64)]
    public_body: bool = False

    @classmethod
    def of(cls, **members: Any) -> RelyingPartyRecord:
        """A checked record. Raises :class:`~nlwallet.errors.LocalError` that names the first wrong member."""
        try:
            return cls.model_validate(members)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise LocalError(
                f"the registration cannot be accepted: {first['msg']}",
                spec="CIR (EU) 2025/848 Annex I",
                pointer=json_pointer(first["loc"]),
            ) from None

    @model_validator(mode="after")
    def _distinct_uses(self) -> RelyingPartyRecord:
        if len({use.id for use in self.intended_uses}) != len(self.intended_uses):
            raise ValueError("two intended uses have one id")
        return self

    def intended_use(self, intended_use_id: str) -> IntendedUse:
        """The intended use of that id. Raises :class:`~nlwallet.errors.LocalError`."""
        for use in self.intended_uses:
            if use.id == intended_use_id:
                return use
        raise LocalError(
            f"no intended use {intended_use_id!r}",
            hint=f"registered: {', '.join(use.id for use in self.intended_uses)}",
        )

    def dcql_for(self, intended_use_id: str) -> dict[str, Any]:
        """The DCQL query, as JSON, for all that may be asked for that use."""
        return self.intended_use(intended_use_id).dcql()

    def as_json(self) -> Mapping[str, Any]:
        """The record as the public register shows it."""
        return self.model_dump(mode="json", exclude_none=True)
