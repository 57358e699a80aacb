"""A document type: its namespace, its elements and what each looks like, and how its data are named elsewhere."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.encoding import json_pointer
from nlwallet.mdoc.age_over import age_limit
from nlwallet.mdoc.element_type import ElementType, Of, wrong

_BOOLEAN = Of("bool")


@dataclass(frozen=True, slots=True)
class DocumentType:
    """What a specification says of one docType.

    Claims of it are ``{element: value}``; those of a domestic namespace stand under its name:
    ``{"family_name": …, "eu.europa.ec.eudi.pid.nl.1": {"bsn": …}}``.
    """

    doctype: str
    namespace: str
    elements: Mapping[str, ElementType]
    mandatory: Collection[str] = ()
    domestic: str = ""
    """What the names of domestic namespaces begin with."""
    age_over: bool = False
    """Whether it has ``age_over_NN``, for any NN."""
    claim_names: Mapping[ClaimPath, str] = field(default_factory=dict)
    """How the elements are called in an SD-JWT VC with the same data; the rest is called the same."""
    spec: str = ""

    def element(self, namespace: str, identifier: str) -> ElementType | None:
        """The type of an element; ``None`` when this document type has no such element.

        Of a domestic namespace nothing is known here: any element may be there.
        """
        if namespace == self.namespace:
            if self.age_over and age_limit(identifier) is not None:
                return _BOOLEAN
            return self.elements.get(identifier)
        return None

    def is_domestic(self, namespace: str) -> bool:
        """Whether it is a namespace for what a country or an issuer adds (PID_06, ISO/IEC 18013-5 §7.2.8)."""
        own = (self.namespace, self.doctype)
        return bool(self.domestic) and namespace not in own and namespace.startswith(self.domestic)

    def nearest(self, identifier: str) -> str:
        """The element whose name is most like it; empty when none is."""
        return next(iter(difflib.get_close_matches(identifier, self.elements, n=1)), "")

    def layout(self, claims: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """``{namespace: {element: value}}`` for claims, values as they are."""
        found: dict[str, dict[str, Any]] = {}
        for name, value in claims.items():
            if self.is_domestic(name) and isinstance(value, Mapping):
                found[name] = dict(value)
            else:
                found.setdefault(self.namespace, {})[name] = value
        return found

    def typed(self, claims: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The same with each value as it is to be encoded, and everything that must be there.

        Raises :class:`~nlwallet.errors.LocalError` with the code ``invalid_claims``, a pointer into ``claims``, and a
        hint that says what belongs there.
        """
        for name in self.mandatory:
            if name not in claims:
                raise wrong(
                    f"the mandatory element {name} is missing", f"/{name}", self.doctype, spec=self.spec
                )
        namespaces = self.layout(claims)
        own = namespaces.get(self.namespace, {})
        for name, value in own.items():
            at = json_pointer([name]) if "~" in name or "/" in name else f"/{name}"
            kind = self.elements.get(name) or self.element(self.namespace, name)
            if kind is None:
                near = self.nearest(name)
                raise wrong(
                    f"{self.doctype} has no element of this name",
                    at,
                    f"did you mean {near}?"
                    if near
                    else f"what a country adds stands in a namespace of its own: {self.domestic or '…'}",
                    spec=self.spec,
                )
            own[name] = kind.value(value, at)
        return namespaces

    def renamed(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """The claims of an SD-JWT VC under the names that they have here; what has none is left out."""
        found: dict[str, Any] = {}
        for name, value in claims.items():
            inner = {path[1:]: own for path, own in self.claim_names.items() if path[0] == name}
            if () in inner:
                found[inner[()]] = value
            elif inner and isinstance(value, Mapping):
                found |= {own: value[path[0]] for path, own in inner.items() if path[0] in value}
            elif not inner and (self.element(self.namespace, name) is not None or self.is_domestic(name)):
                found[name] = value
        return found
