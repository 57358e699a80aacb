"""The one record of a party, from which its certificates and the query that it may ask are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, model_validator

from nlwallet.encoding import json_pointer
from nlwallet.errors import LocalError
from nlwallet.registration.entitlement import PROVIDERS, Entitlement
from nlwallet.registration.identifier import check_identifier, is_natural_person
from nlwallet.registration.intended_use import IntendedUse
from nlwallet.registration.part import Country, CredentialType, HttpsUrl, Line, LocalizedText, Part
from nlwallet.registration.service import MAIN_SERVICE, Service, UsedIntermediary


class SupervisoryAuthority(Part):
    """The data protection authority that supervises the party, with one contact at least (RPRC_12)."""

    name: Line
    country: Country
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


class RelyingPartyRecord(Part):
    """A party as the register knows it. Make it with :meth:`of`, which says what is wrong.

    ``identifier`` is a semantic identifier such as ``NTRNL-12345678``; ``support_uri`` is where citizens can
    have their data deleted (RPRC_11). An organisation has a ``legal_name``, a person a given and a family name.

    ``services`` are :class:`Service` objects. Plain texts will do for a party with one service: they describe it,
    it is called as the party is, and every intended use is one of it. The same goes for ``provides_attestations``
    of the record. A provider of attestations has no intended use, unless it asks for something too; then it is
    entitled to both (RPRC_05).
    """

    legal_name: Annotated[str, Field(max_length=256)] = ""
    given_name: Annotated[str, Field(max_length=256)] = ""
    family_name: Annotated[str, Field(max_length=256)] = ""
    trade_name: Line
    identifier: Annotated[str, AfterValidator(check_identifier)]
    country: Country = "NL"
    services: Annotated[tuple[Service, ...], Field(min_length=1, max_length=16)]
    website: HttpsUrl
    support_uri: HttpsUrl
    supervisory_authority: SupervisoryAuthority
    entitlements: Annotated[tuple[Entitlement, ...], Field(min_length=1, max_length=5)] = (
        "Service_Provider",
    )
    intended_uses: Annotated[tuple[IntendedUse, ...], Field(max_length=64)] = ()
    public_body: bool = False
    is_intermediary: bool = False
    """Whether it asks for others (RPI_01)."""
    uses_intermediary: UsedIntermediary | None = None

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

    @model_validator(mode="before")
    @classmethod
    def _one_service(cls, members: Any) -> Any:
        """Plain texts describe one service, called as the party is; and a sole service has every intended use."""
        if not isinstance(members, Mapping):
            return members
        services, provided = members.get("services"), members.get("provides_attestations")
        if not isinstance(services, list | tuple) or not services:
            return members
        ids = {"intended_uses": _ids(members.get("intended_uses"))}
        if all(map(_is_text, services)):
            name = members.get("trade_name")
            sole = {"id": MAIN_SERVICE, "trade_name": name, "descriptions": services, **ids}
            others = {name: value for name, value in members.items() if name != "provides_attestations"}
            return {**others, "services": ({**sole, "provides_attestations": provided or ()},)}
        if len(services) == 1 and isinstance(services[0], Mapping):
            return {**members, "services": ({**services[0], **ids},)}
        return members

    @model_validator(mode="after")
    def _who(self) -> RelyingPartyRecord:
        person = is_natural_person(self.identifier)
        if person and not (self.given_name and self.family_name and not self.legal_name):
            raise ValueError("a person has a given_name and a family_name, and no legal_name")
        if not person and not (self.legal_name and not self.given_name and not self.family_name):
            raise ValueError("an organisation has a legal_name, and no given_name or family_name")
        return self

    @model_validator(mode="after")
    def _distinct(self) -> RelyingPartyRecord:
        if len({use.id for use in self.intended_uses}) != len(self.intended_uses):
            raise ValueError("two intended uses have one id")
        if len({service.id for service in self.services}) != len(self.services):
            raise ValueError("two services have one id (Reg_33)")
        return self

    @model_validator(mode="after")
    def _what_for(self) -> RelyingPartyRecord:
        known = {use.id for use in self.intended_uses}
        named = {use for service in self.services for use in service.intended_uses}
        if named != known:
            raise ValueError("each intended use belongs to a service, and each that a service names is there")
        idle = [one for one in self.services if not (one.intended_uses or one.provides_attestations)]
        if idle and not self.is_intermediary:
            raise ValueError("a service asks or issues something")
        asks = "Service_Provider" in self.entitlements
        # An intermediary that asks for others alone has no intended use of its own (Topic 52 RPI_01 note b).
        if known and not asks:
            raise ValueError("who is no Service_Provider has no intended use (RPRC_05)")
        if asks and not known and not self.is_intermediary:
            raise ValueError("a Service_Provider has an intended use")
        issues = not set(self.entitlements).isdisjoint(PROVIDERS)
        provided = any(service.provides_attestations for service in self.services)
        if issues != provided:
            raise ValueError("providers, and they alone, register what they issue (RPRC_15)")
        return self

    @property
    def is_person(self) -> bool:
        """Whether the party is a natural person."""
        return is_natural_person(self.identifier)

    @property
    def official_name(self) -> str:
        """The name in the official record: of the organisation, or of the person."""
        return self.legal_name or f"{self.given_name} {self.family_name}"

    def service(self, service_id: str | None = None) -> Service:
        """The service of that id, or the first. Raises :class:`~nlwallet.errors.LocalError`."""
        for service in self.services:
            if service_id in (None, service.id):
                return service
        raise LocalError(
            f"no service {service_id!r}", hint=f"registered: {', '.join(one.id for one in self.services)}"
        )

    def service_of(self, intended_use_id: str) -> Service:
        """The first service that an intended use goes with. Raises :class:`~nlwallet.errors.LocalError`."""
        use = self.intended_use(intended_use_id)
        return next(service for service in self.services if use.id in service.intended_uses)

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

    @property
    def provides_attestations(self) -> tuple[CredentialType, ...]:
        """What all services together issue."""
        return tuple(dict.fromkeys(one for service in self.services for one in service.provides_attestations))

    def as_json(self) -> Mapping[str, Any]:
        """The record as the public register shows it; the evidence of an intermediary is the registrar's own."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"uses_intermediary": {"evidence"}})


def _is_text(value: Any) -> bool:
    return isinstance(value, LocalizedText) or (
        isinstance(value, Mapping) and bool({"nl", "en"} & value.keys())
    )


def _ids(uses: Any) -> list[str]:
    listed = uses if isinstance(uses, list | tuple) else ()
    found = [use.get("id") if isinstance(use, Mapping) else getattr(use, "id", None) for use in listed]
    return [one for one in found if isinstance(one, str)]
