"""One card in two formats: the claims of an SD-JWT VC as the elements of an mdoc, and back.

A document type that a specification describes has its own namespace (:data:`~nlwallet.mdoc.KNOWN_DOCTYPES`). Any other
is laid out as the NL Wallet does it: docType is the ``vct``, a claim is an element of the namespace with that name, and
the members of an object are elements of ``<docType>.<claim>``. So each can be shown without the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.mdoc.known_doctypes import KNOWN_DOCTYPES


def namespaces_of(doctype: str, claims: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """``{namespace: {element: value}}`` for claims; an object below the second level stays the value of an element."""
    known = KNOWN_DOCTYPES.get(doctype)
    if known is not None:
        return known.layout(claims)
    namespaces: dict[str, dict[str, Any]] = {}
    for name, value in claims.items():
        if isinstance(value, Mapping) and value:
            namespaces[f"{doctype}.{name}"] = dict(value)
        else:
            namespaces.setdefault(doctype, {})[name] = value
    return namespaces


def claims_of(doctype: str, namespaces: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The claims that :func:`namespaces_of` made these of; a namespace that it does not make keeps its name."""
    main, prefix = _names(doctype)
    claims: dict[str, Any] = {}
    for namespace, elements in namespaces.items():
        if namespace == main:
            claims.update(elements)
        else:
            claims[namespace.removeprefix(prefix)] = dict(elements)
    return claims


def element_path(doctype: str, path: ClaimPath) -> ClaimPath:
    """``(namespace, element, …)`` of the claim at ``path``; that of a member of an object has two steps or more."""
    known = KNOWN_DOCTYPES.get(doctype)
    if known is not None:
        domestic = len(path) > 1 and isinstance(path[0], str) and known.is_domestic(path[0])
        return path if domestic else (known.namespace, *path)
    if len(path) > 1 and isinstance(path[1], str):
        return (f"{doctype}.{path[0]}", *path[1:])
    return (doctype, *path)


def claim_path(doctype: str, path: ClaimPath) -> ClaimPath:
    """The path of the claim that the element at ``path`` was made of, ``path`` itself if of none."""
    main, prefix = _names(doctype)
    if path and path[0] == main:
        return path[1:]
    if path and prefix and isinstance(path[0], str) and path[0].startswith(prefix):
        return (path[0].removeprefix(prefix), *path[1:])
    return path


def _names(doctype: str) -> tuple[str, str]:
    """The namespace of the document itself, and what goes before the name of an object that is one."""
    known = KNOWN_DOCTYPES.get(doctype)
    return (doctype, f"{doctype}.") if known is None else (known.namespace, "")
