"""The kinds of value that a registration is made of."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from nlwallet.claim_path import ClaimPath, parse_claim_path
from nlwallet.errors import NlWalletError


def _https(value: str) -> str:
    if not re.fullmatch(r"https://[^\s/?#]+[^\s]*", value):
        raise ValueError("an https URL is needed")
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
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Goes into an address as it is, such as the id of a service or of an intended use."""
ClaimPaths = Annotated[tuple[ClaimPath, ...], BeforeValidator(_paths)]


class Part(BaseModel):
    """A piece of a registration: it never changes, and knows no members but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LocalizedText(Part):
    """A text for citizens, in Dutch and in English."""

    nl: Paragraph
    en: Paragraph

    def in_language(self, language: str) -> str:
        """The text in ``nl``, or in English for any other language."""
        return self.nl if language.lower().startswith("nl") else self.en

    def as_wire(self) -> list[dict[str, str]]:
        """The form of a registration certificate: ``[{lang, value}]`` (ETSI TS 119 475 §5.2.4)."""
        return [{"lang": "nl", "value": self.nl}, {"lang": "en", "value": self.en}]


class CredentialType(Part):
    """A type of credential in one format."""

    format: Literal["dc+sd-jwt", "mso_mdoc"] = "dc+sd-jwt"
    types: Annotated[tuple[Line, ...], Field(min_length=1, max_length=32)]
    """``vct`` values, or one doctype."""

    def meta(self) -> dict[str, Any]:
        """The ``meta`` of DCQL."""
        return (
            {"vct_values": list(self.types)}
            if self.format == "dc+sd-jwt"
            else {"doctype_value": self.types[0]}
        )

    def as_wire(self) -> dict[str, Any]:
        """The form of a registration certificate."""
        return {"format": self.format, "meta": self.meta()}
