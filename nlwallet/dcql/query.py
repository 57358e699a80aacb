"""The DCQL query as data (OpenID4VP 1.0 §6), read from JSON once and immutable from then on.

Unknown members are ignored everywhere (§6). What breaks a rule is refused with the JSON pointer of
the place; what members of older drafts are recognised get a hint that names their successor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nlwallet.claim_path import ClaimPath, parse_claim_path
from nlwallet.dcql.reading import (
    read_array,
    read_boolean,
    read_identifier,
    read_member,
    read_object,
    read_string,
)
from nlwallet.dcql.trusted_authority import TrustedAuthority
from nlwallet.errors import InvalidQuery

ClaimValue: TypeAlias = str | int | bool
"""What ``values`` may list (§6.3)."""

SD_JWT_VC = "dc+sd-jwt"
MSO_MDOC = "mso_mdoc"

MAX_CREDENTIALS = 64
MAX_CLAIMS = 256
MAX_CLAIM_SETS = 64
MAX_VALUES = 256
MAX_TYPES = 64
MAX_TRUSTED_AUTHORITIES = 32
MAX_CREDENTIAL_SETS = 64
MAX_OPTIONS = 64


@dataclass(frozen=True, slots=True)
class ClaimsQuery:
    """One element of ``claims`` (§6.3).

    ``values`` is empty when any value will do. It is left out of the repr: what a verifier expects
    may be personal data.
    """

    path: ClaimPath
    id: str = ""
    values: tuple[ClaimValue, ...] = field(default=(), repr=False)
    intent_to_retain: bool | None = None
    """mdoc only; ``None`` = the verifier makes no statement (§B.2.4)."""

    @classmethod
    def parse(cls, value: Any, *, credential_format: str, pointer: str = "") -> ClaimsQuery:
        """Read a Claims Query. Raises :class:`~nlwallet.errors.InvalidQuery`."""
        spec = "OpenID4VP 1.0 §6.3"
        members = read_object(value, pointer, "a claims query", spec=spec)
        hint = "older drafts had namespace and claim_name; 1.0 has path" if "claim_name" in members else ""
        path = parse_claim_path(
            read_member(members, "path", pointer, spec=spec, hint=hint), pointer=f"{pointer}/path"
        )
        is_mdoc = credential_format == MSO_MDOC
        if is_mdoc and not (len(path) == 2 and all(isinstance(element, str) for element in path)):
            raise InvalidQuery(
                "a path into an mdoc is exactly two strings",
                spec="OpenID4VP 1.0 §7.2.1",
                pointer=f"{pointer}/path",
                hint="the namespace and the data element identifier",
            )
        return cls(
            path=path,
            id=read_identifier(members["id"], f"{pointer}/id", "id", spec=spec) if "id" in members else "",
            values=_values(members["values"], f"{pointer}/values") if "values" in members else (),
            intent_to_retain=read_boolean(
                members, "intent_to_retain", pointer, default=False, spec="OpenID4VP 1.0 §B.2.4"
            )
            if is_mdoc and "intent_to_retain" in members
            else None,
        )

    def as_json(self) -> dict[str, Any]:
        """The Claims Query as JSON."""
        members: dict[str, Any] = {"id": self.id} if self.id else {}
        members["path"] = list(self.path)
        if self.values:
            members["values"] = list(self.values)
        if self.intent_to_retain is not None:
            members["intent_to_retain"] = self.intent_to_retain
        return members


@dataclass(frozen=True, slots=True)
class CredentialQuery:
    """One element of ``credentials`` (§6.1). Empty ``claims``, ``claim_sets`` and so on mean absent."""

    id: str
    format: str
    types: tuple[str, ...] = ()
    """``meta.vct_values``, or ``meta.doctype_value`` alone; empty for a format that is not known here."""
    claims: tuple[ClaimsQuery, ...] = ()
    claim_sets: tuple[tuple[str, ...], ...] = ()
    multiple: bool = False
    trusted_authorities: tuple[TrustedAuthority, ...] = ()
    require_cryptographic_holder_binding: bool = True
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, value: Any, *, pointer: str = "") -> CredentialQuery:
        """Read a Credential Query. Raises :class:`~nlwallet.errors.InvalidQuery`."""
        spec = "OpenID4VP 1.0 §6.1"
        members = read_object(value, pointer, "a credential query", spec=spec)
        name = read_member(members, "id", pointer, spec=spec)
        kind = read_string(
            read_member(members, "format", pointer, spec=spec), f"{pointer}/format", "format", spec=spec
        )
        hint = "meta was optional in drafts before 1.0; it is required now"
        meta = read_object(
            read_member(members, "meta", pointer, spec=spec, hint=hint), f"{pointer}/meta", "meta", spec=spec
        )
        claims = _claims(members["claims"], kind, f"{pointer}/claims") if "claims" in members else ()
        return cls(
            id=read_identifier(name, f"{pointer}/id", "id", spec=spec),
            format=kind,
            types=_types(kind, meta, f"{pointer}/meta"),
            claims=claims,
            claim_sets=_claim_sets(members["claim_sets"], claims, f"{pointer}/claim_sets")
            if "claim_sets" in members
            else (),
            multiple=read_boolean(members, "multiple", pointer, default=False, spec=spec),
            trusted_authorities=_authorities(members["trusted_authorities"], f"{pointer}/trusted_authorities")
            if "trusted_authorities" in members
            else (),
            require_cryptographic_holder_binding=read_boolean(
                members, "require_cryptographic_holder_binding", pointer, default=True, spec=spec
            ),
            meta=dict(meta),
        )

    def combinations(self) -> tuple[tuple[ClaimsQuery, ...], ...]:
        """The combinations of claims of which one is asked, in the verifier's order of preference (§6.4.1).

        One combination without ``claim_sets``; an empty one without ``claims``. A path that a
        combination names twice counts once (§6.1: wallets ignore such duplicates).
        """
        if not self.claim_sets:
            return (_without_duplicates(self.claims),)
        by_id = {claim.id: claim for claim in self.claims}
        return tuple(_without_duplicates([by_id[name] for name in names]) for names in self.claim_sets)

    def as_json(self) -> dict[str, Any]:
        """The Credential Query as JSON; members with their default value are left out."""
        members: dict[str, Any] = {"id": self.id, "format": self.format}
        if self.multiple:
            members["multiple"] = True
        members["meta"] = dict(self.meta)
        if self.trusted_authorities:
            members["trusted_authorities"] = [entry.as_json() for entry in self.trusted_authorities]
        if not self.require_cryptographic_holder_binding:
            members["require_cryptographic_holder_binding"] = False
        if self.claims:
            members["claims"] = [claim.as_json() for claim in self.claims]
        if self.claim_sets:
            members["claim_sets"] = [list(names) for names in self.claim_sets]
        return members


@dataclass(frozen=True, slots=True)
class CredentialSetQuery:
    """One element of ``credential_sets`` (§6.2): alternatives, each a set of Credential Query ids."""

    options: tuple[tuple[str, ...], ...]
    required: bool = True

    @classmethod
    def parse(cls, value: Any, *, known: frozenset[str], pointer: str = "") -> CredentialSetQuery:
        """Read a Credential Set Query whose options may name the ids in ``known``.

        Raises :class:`~nlwallet.errors.InvalidQuery`.
        """
        spec = "OpenID4VP 1.0 §6.2"
        members = read_object(value, pointer, "a credential set query", spec=spec)
        at = f"{pointer}/options"
        listed = read_array(
            read_member(members, "options", pointer, spec=spec), at, "options", spec=spec, limit=MAX_OPTIONS
        )
        options = []
        for n, option in enumerate(listed):
            names = read_array(option, f"{at}/{n}", "an option", spec=spec, limit=MAX_CREDENTIALS)
            for m, name in enumerate(names):
                if not isinstance(name, str) or name not in known:
                    raise InvalidQuery(
                        "an option names an id that is not in credentials",
                        spec=spec,
                        pointer=f"{at}/{n}/{m}",
                    )
            options.append(tuple(dict.fromkeys(names)))
        return cls(tuple(options), read_boolean(members, "required", pointer, default=True, spec=spec))

    def as_json(self) -> dict[str, Any]:
        """The Credential Set Query as JSON."""
        members: dict[str, Any] = {"options": [list(option) for option in self.options]}
        if not self.required:
            members["required"] = False
        return members


@dataclass(frozen=True, slots=True)
class DcqlQuery:
    """A whole DCQL query (§6)."""

    credentials: tuple[CredentialQuery, ...]
    credential_sets: tuple[CredentialSetQuery, ...] = ()

    @classmethod
    def parse(cls, value: Any, *, pointer: str = "") -> DcqlQuery:
        """Read the JSON object of ``dcql_query``; ``pointer`` is where it stands in its message.

        Raises :class:`~nlwallet.errors.InvalidQuery` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        spec = "OpenID4VP 1.0 §6"
        members = read_object(value, pointer, "a DCQL query", spec=spec)
        at = f"{pointer}/credentials"
        listed = read_array(
            read_member(members, "credentials", pointer, spec=spec),
            at,
            "credentials",
            spec=spec,
            limit=MAX_CREDENTIALS,
        )
        credentials = tuple(CredentialQuery.parse(item, pointer=f"{at}/{n}") for n, item in enumerate(listed))
        _unique([query.id for query in credentials], at, "OpenID4VP 1.0 §6.1")
        if "credential_sets" not in members:
            return cls(credentials)
        at = f"{pointer}/credential_sets"
        known = frozenset(query.id for query in credentials)
        sets = read_array(
            members["credential_sets"], at, "credential_sets", spec=spec, limit=MAX_CREDENTIAL_SETS
        )
        return cls(
            credentials,
            tuple(
                CredentialSetQuery.parse(item, known=known, pointer=f"{at}/{n}")
                for n, item in enumerate(sets)
            ),
        )

    def credential(self, query_id: str) -> CredentialQuery | None:
        """The Credential Query of that id, or ``None``."""
        return next((query for query in self.credentials if query.id == query_id), None)

    def as_json(self) -> dict[str, Any]:
        """The query as the JSON object that goes into a request."""
        members: dict[str, Any] = {"credentials": [query.as_json() for query in self.credentials]}
        if self.credential_sets:
            members["credential_sets"] = [entry.as_json() for entry in self.credential_sets]
        return members


def _values(value: Any, pointer: str) -> tuple[ClaimValue, ...]:
    spec = "OpenID4VP 1.0 §6.3"
    listed = read_array(value, pointer, "values", spec=spec, limit=MAX_VALUES)
    for n, item in enumerate(listed):
        if not isinstance(item, str | int):
            raise InvalidQuery(
                "an expected value is a string, an integer or a boolean", spec=spec, pointer=f"{pointer}/{n}"
            )
    return tuple(listed)


def _claims(value: Any, kind: str, pointer: str) -> tuple[ClaimsQuery, ...]:
    listed = read_array(value, pointer, "claims", spec="OpenID4VP 1.0 §6.1", limit=MAX_CLAIMS)
    claims = tuple(
        ClaimsQuery.parse(item, credential_format=kind, pointer=f"{pointer}/{n}")
        for n, item in enumerate(listed)
    )
    _unique([claim.id for claim in claims], pointer, "OpenID4VP 1.0 §6.3")
    return claims


def _claim_sets(value: Any, claims: tuple[ClaimsQuery, ...], pointer: str) -> tuple[tuple[str, ...], ...]:
    spec = "OpenID4VP 1.0 §6.4.1"
    listed = read_array(value, pointer, "claim_sets", spec=spec, limit=MAX_CLAIM_SETS)
    if not claims:
        raise InvalidQuery("claim_sets without claims", spec=spec, pointer=pointer)
    if not all(claim.id for claim in claims):
        raise InvalidQuery(
            "with claim_sets every claim needs an id", spec="OpenID4VP 1.0 §6.3", pointer=pointer
        )
    known = {claim.id for claim in claims}
    sets = []
    for n, names in enumerate(listed):
        members = read_array(names, f"{pointer}/{n}", "a claim set", spec=spec, limit=MAX_CLAIMS)
        for m, name in enumerate(members):
            if not isinstance(name, str) or name not in known:
                raise InvalidQuery(
                    "a claim set names an id that is not in claims", spec=spec, pointer=f"{pointer}/{n}/{m}"
                )
        sets.append(tuple(dict.fromkeys(members)))
    return tuple(sets)


def _types(kind: str, meta: Mapping[str, Any], pointer: str) -> tuple[str, ...]:
    if kind == SD_JWT_VC:
        spec, at = "OpenID4VP 1.0 §B.3.5", f"{pointer}/vct_values"
        hint = "list the credential types that you accept"
        listed = read_array(
            read_member(meta, "vct_values", pointer, spec=spec, hint=hint),
            at,
            "vct_values",
            spec=spec,
            limit=MAX_TYPES,
        )
        return tuple(read_string(item, f"{at}/{n}", "a vct", spec=spec) for n, item in enumerate(listed))
    if kind == MSO_MDOC:
        spec, at = "OpenID4VP 1.0 §B.2.3", f"{pointer}/doctype_value"
        value = read_member(
            meta, "doctype_value", pointer, spec=spec, hint="name the docType that you accept"
        )
        return (read_string(value, at, "doctype_value", spec=spec),)
    return ()


def _authorities(value: Any, pointer: str) -> tuple[TrustedAuthority, ...]:
    spec = "OpenID4VP 1.0 §6.1"
    listed = read_array(value, pointer, "trusted_authorities", spec=spec, limit=MAX_TRUSTED_AUTHORITIES)
    return tuple(TrustedAuthority.parse(item, pointer=f"{pointer}/{n}") for n, item in enumerate(listed))


def _unique(names: Sequence[str], pointer: str, spec: str) -> None:
    seen: set[str] = set()
    for n, name in enumerate(names):
        if name and name in seen:
            raise InvalidQuery("the same id is used twice", spec=spec, pointer=f"{pointer}/{n}/id")
        seen.add(name)


def _without_duplicates(claims: Sequence[ClaimsQuery]) -> tuple[ClaimsQuery, ...]:
    first: dict[ClaimPath, ClaimsQuery] = {}
    for claim in claims:
        first.setdefault(claim.path, claim)
    return tuple(first.values())
