"""The verifier's half: whether what came back answers the query (OpenID4VP 1.0 §8.1, §8.6).

First :func:`check_vp_token` on the bare ``vp_token``; then, when each presentation has been verified,
:func:`check_answer` on what they hold. Nothing here relies on the wallet having matched (§14.9).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlwallet.claim_path import ClaimPath, covers
from nlwallet.dcql.criteria import (
    ClaimSelection,
    Mismatch,
    authority_mismatch,
    binding_mismatch,
    reach_presented,
    select_claims,
    type_mismatch,
)
from nlwallet.dcql.query import CredentialQuery, DcqlQuery
from nlwallet.dcql.trusted_authority import TrustedAuthority
from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidResponse, LimitExceeded

MAX_PRESENTATIONS = 64
"""How many presentations one Credential Query with ``multiple`` may be answered with."""


@dataclass(frozen=True, slots=True)
class PresentedCredential:
    """A verified presentation, as far as a query can ask about it. Claims are left out of the repr."""

    format: str
    types: tuple[str, ...]
    """The ``vct`` followed by the types it extends, or the docType alone."""
    claims: Mapping[str, Any] = field(repr=False)
    """What was disclosed; of an mdoc ``{namespace: {element: value}}``."""
    holder_binding: bool = True
    """Whether possession of the key was proven in this presentation."""
    authority_key_ids: frozenset[bytes] = frozenset()
    trusted_lists: frozenset[str] = frozenset()
    known_lists: frozenset[str] = frozenset()
    """URLs of all trusted lists that the verifier knows: about another one it can say nothing."""


def check_vp_token(query: DcqlQuery, vp_token: Any) -> dict[str, list[str | dict[str, Any]]]:
    """The presentations by Credential Query id, still unverified, from the bare ``vp_token`` (§8.1).

    It must be an object whose names are ids of the query and whose values are non-empty arrays, of
    one element unless ``multiple``. Raises :class:`~nlwallet.errors.InvalidResponse`.
    """
    spec = "OpenID4VP 1.0 §8.1"
    if not isinstance(vp_token, dict):
        raise InvalidResponse(
            "vp_token is not an object",
            spec=spec,
            pointer="/vp_token",
            hint="a string or an array is the form of drafts before -22",
        )
    for name, presentations in vp_token.items():
        pointer = json_pointer(["vp_token", name])
        if not isinstance(presentations, list):
            raise InvalidResponse(
                "the presentations of a credential query are not an array",
                spec=spec,
                pointer=pointer,
                hint="also a single presentation stands in an array",
            )
        _check_count(query, name, len(presentations), pointer)
        for n, presentation in enumerate(presentations):
            if not isinstance(presentation, str | dict) or not presentation:
                raise InvalidResponse(
                    "a presentation is neither a string nor an object", spec=spec, pointer=f"{pointer}/{n}"
                )
    return vp_token


def check_answer(query: DcqlQuery, answer: Mapping[str, Sequence[PresentedCredential]]) -> None:
    """Whether the verified presentations are a complete answer, each to its own query (§8.6).

    Format, type, holder binding, claims and ``values`` are all checked again; ``trusted_authorities``
    only where every entry can be decided here, for the rest see the verifier's own anchors (§6.1). Raises
    :class:`~nlwallet.errors.InvalidResponse` with pointer ``/vp_token/<id>/<n>``.
    """
    for name, presentations in answer.items():
        pointer = json_pointer(["vp_token", name])
        credential_query = _check_count(query, name, len(presentations), pointer)
        for n, presented in enumerate(presentations):
            _check_presentation(credential_query, presented, f"{pointer}/{n}")
    _check_complete(query, frozenset(answer))


def surplus(query: CredentialQuery, disclosed: Collection[ClaimPath]) -> tuple[ClaimPath, ...]:
    """Which disclosed paths the query did not ask for, so that they are neither shown nor stored (§6.4.1).

    A parent of a claim that was asked for is no surplus.
    """
    asked = [claim.path for claim in query.claims]
    return tuple(
        path
        for path in disclosed
        if not any(covers(may, path) or covers(may[: len(path)], path) for may in asked)
    )


def _check_count(query: DcqlQuery, name: str, count: int, pointer: str) -> CredentialQuery:
    spec = "OpenID4VP 1.0 §8.1"
    credential_query = query.credential(name)
    if credential_query is None:
        raise InvalidResponse("the query has no credential query of this id", spec=spec, pointer=pointer)
    if not count:
        raise InvalidResponse(
            "no presentation in the array",
            spec=spec,
            pointer=pointer,
            hint="a credential query without a match has no member at all",
        )
    if count > 1 and not credential_query.multiple:
        raise InvalidResponse(
            f"{count} presentations, but the credential query does not say multiple",
            spec=spec,
            pointer=pointer,
        )
    if count > MAX_PRESENTATIONS:
        raise LimitExceeded(
            f"{count} presentations, the limit is {MAX_PRESENTATIONS}", spec=spec, pointer=pointer
        )
    return credential_query


def _check_presentation(query: CredentialQuery, presented: PresentedCredential, pointer: str) -> None:
    reason = type_mismatch(query, presented) or binding_mismatch(query, presented)
    if reason is None and all(_decidable(entry, presented) for entry in query.trusted_authorities):
        reason = authority_mismatch(query, presented)
    if reason is not None:
        raise InvalidResponse(
            f"the credential does not fit its query: {reason.text}", spec=reason.spec, pointer=pointer
        )
    selection = select_claims(query, presented, reach=reach_presented)
    if not isinstance(selection, ClaimSelection):
        raise InvalidResponse(
            f"the claims do not answer the query: {'; '.join(_texts(selection))}",
            spec="OpenID4VP 1.0 §8.6",
            pointer=pointer,
        )


def _decidable(entry: TrustedAuthority, presented: PresentedCredential) -> bool:
    return entry.type == "aki" or (entry.type == "etsi_tl" and presented.known_lists.issuperset(entry.values))


def _texts(reasons: Sequence[Mismatch]) -> list[str]:
    return [
        f"{reason.text}: {', '.join(_texts(reason.because))}" if reason.because else reason.text
        for reason in reasons
    ]


def _check_complete(query: DcqlQuery, given: frozenset[str]) -> None:
    spec = "OpenID4VP 1.0 §6.4.2"
    if not query.credential_sets:
        for entry in query.credentials:
            if entry.id not in given:
                raise InvalidResponse(
                    "a required credential query is not answered",
                    spec=spec,
                    pointer=json_pointer(["vp_token", entry.id]),
                )
        return
    complete: set[str] = set()
    for n, credential_set in enumerate(query.credential_sets):
        answered = [option for option in credential_set.options if given.issuperset(option)]
        complete.update(name for option in answered for name in option)
        if credential_set.required and not answered:
            raise InvalidResponse(
                f"no option of the required credential set {n} is answered completely",
                spec=spec,
                pointer="/vp_token",
            )
    for name in sorted(given - complete):
        raise InvalidResponse(
            "this presentation belongs to no option that is answered completely",
            spec=spec,
            pointer=json_pointer(["vp_token", name]),
            hint="answer all credential queries of an option, or none",
        )
