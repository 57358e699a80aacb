"""Which credentials of a wallet answer a query, and with which claims (OpenID4VP 1.0 §6.4).

>>> query = DcqlQuery.parse(request["dcql_query"])
>>> found = match(query, candidates)
>>> found.satisfied
True
>>> [(m.candidate_id, m.paths) for m in found.chosen["pid"]]
[('card-1', (('age_over_18',),))]
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nlwallet.claim_path import ClaimPath, covers, show_path
from nlwallet.dcql.criteria import (
    ClaimSelection,
    Mismatch,
    authority_mismatch,
    binding_mismatch,
    select_claims,
    type_mismatch,
)
from nlwallet.dcql.explain import Explanation
from nlwallet.dcql.nearest import nearest_credential, nearest_path
from nlwallet.dcql.query import CredentialQuery, CredentialSetQuery, DcqlQuery
from nlwallet.errors import LocalError

Disclosable: TypeAlias = Collection[ClaimPath] | Callable[[ClaimPath], bool] | None


@dataclass(frozen=True, slots=True)
class CandidateCredential:
    """A credential that the wallet may present. Its claims are left out of the repr."""

    id: str
    format: str
    types: tuple[str, ...]
    """The ``vct`` followed by the types it extends, or the docType alone."""
    claims: Mapping[str, Any] = field(repr=False)
    """All claims; of an mdoc ``{namespace: {element: value}}``."""
    holder_binding: bool = True
    authority_key_ids: frozenset[bytes] = frozenset()
    disclosable: Disclosable = field(default=None, repr=False)
    """Which concrete paths are selectively disclosable: a collection or a predicate; ``None`` = each one."""
    trusted_lists: frozenset[str] = frozenset()
    """URLs of the trusted lists that the wallet knows and that list a certificate of the chain (``etsi_tl``)."""

    def revealed_by(self, paths: Collection[ClaimPath]) -> tuple[ClaimPath, ...]:
        """The leaf claims that the verifier sees when ``paths`` are disclosed, in the credential's order.

        That is more than ``paths`` where an issuer made something not, or not on its own, selectively
        disclosable: those claims go along with every presentation (§6.4).
        """
        upward = {path[:length] for path in paths for length in range(1, len(path) + 1)}
        return tuple(self._visible(self.claims, (), upward, frozenset(paths), below=False))

    def _visible(
        self,
        value: Any,
        at: ClaimPath,
        upward: Collection[ClaimPath],
        chosen: frozenset[ClaimPath],
        *,
        below: bool,
    ) -> Iterator[ClaimPath]:
        members: Collection[tuple[str | int, Any]] = (
            list(value.items())
            if isinstance(value, Mapping)
            else list(enumerate(value))
            if isinstance(value, list)
            else ()
        )
        if at and not members:
            yield at
        for name, item in members:
            path = (*at, name)
            if below or path in upward or not self._is_disclosable(path):
                yield from self._visible(item, path, upward, chosen, below=below or path in chosen)

    def _is_disclosable(self, path: ClaimPath) -> bool:
        if self.disclosable is None:
            return True
        return self.disclosable(path) if callable(self.disclosable) else path in self.disclosable


@dataclass(frozen=True, slots=True)
class CredentialMatch:
    """A candidate that fits a Credential Query, and the concrete paths that the query asks of it."""

    candidate_id: str
    query_id: str
    paths: tuple[ClaimPath, ...]
    """Empty when the query names no claims: then nothing selectively disclosable is sent (§6.4.1)."""
    claim_set: int | None = None
    """Index of the claim set that these paths satisfy, if the query has claim sets."""


Answer: TypeAlias = dict[str, tuple[CredentialMatch, ...]]


@dataclass(frozen=True, slots=True)
class DcqlMatch:
    """What :func:`match` found."""

    query: DcqlQuery
    candidates: tuple[CandidateCredential, ...]
    matches: Mapping[str, tuple[CredentialMatch, ...]]
    """For each Credential Query id every candidate that fits, in the candidates' order; possibly none."""

    @property
    def satisfied(self) -> bool:
        """Whether everything that is required can be delivered; if not, nothing may be (§6.4.2)."""
        if not self.query.credential_sets:
            return all(self.matches.values())
        return all(self._first_option(entry) for entry in self.query.credential_sets if entry.required)

    @property
    def chosen(self) -> Answer:
        """The answer that sends least: see :meth:`choose`. Empty when the query is not satisfied."""
        return self.choose() if self.satisfied else {}

    def choose(
        self,
        *,
        options: Mapping[int, int] | None = None,
        candidates: Mapping[str, Collection[str]] | None = None,
    ) -> Answer:
        """An answer to send, by Credential Query id.

        ``options`` maps the index of a credential set to the index of the option to use; naming an
        optional set includes it. Without it each required set gets its first satisfiable option, and
        optional sets nothing, unless nothing at all is required: then the first satisfiable one.
        ``candidates`` maps a query id to the candidate ids to send. Without it the first that fits
        is sent, and with ``multiple`` all that fit.

        Raises :class:`~nlwallet.errors.LocalError` when that is no possible answer.
        """
        if not self.satisfied:
            raise LocalError("the query cannot be satisfied", spec="OpenID4VP 1.0 §6.4.2")
        wanted = [query.id for query in self.query.credentials]
        if self.query.credential_sets:
            selected = set(self._selected_ids(options or {}))
            wanted = [name for name in wanted if name in selected]
        return {name: self._selected_matches(name, (candidates or {}).get(name)) for name in wanted}

    def explain(self) -> Explanation:
        """Why the query is, or is not, satisfied: each set, each query, each candidate, each claim."""
        queries = {query.id: self._explain_query(query) for query in self.query.credentials}
        because: tuple[Explanation, ...] = tuple(queries.values())
        if self.query.credential_sets:
            because += tuple(
                self._explain_set(n, entry) for n, entry in enumerate(self.query.credential_sets)
            )
        text = "the query can be answered" if self.satisfied else "the query cannot be answered"
        return Explanation(text, self.satisfied, "OpenID4VP 1.0 §6.4.2", because)

    def _first_option(self, entry: CredentialSetQuery) -> tuple[str, ...] | None:
        return next((option for option in entry.options if self._deliverable(option)), None)

    def _deliverable(self, option: Sequence[str]) -> bool:
        return all(self.matches[name] for name in option)

    def _selected_ids(self, options: Mapping[int, int]) -> Iterator[str]:
        sets = self.query.credential_sets
        for n, chosen in options.items():
            if not (0 <= n < len(sets) and 0 <= chosen < len(sets[n].options)):
                raise LocalError(f"the query has no option {chosen} in a credential set {n}")
            if not self._deliverable(sets[n].options[chosen]):
                raise LocalError(f"option {chosen} of credential set {n} cannot be delivered")
            yield from sets[n].options[chosen]
        for n, entry in enumerate(sets):
            if entry.required and n not in options:
                yield from self._first_option(entry) or ()
        if not options and not any(entry.required for entry in sets):
            yield from next(filter(None, map(self._first_option, sets)), ())

    def _selected_matches(self, name: str, wanted: Collection[str] | None) -> tuple[CredentialMatch, ...]:
        fitting = self.matches[name]
        query = self.query.credential(name)
        multiple = query is not None and query.multiple
        if wanted is None:
            return fitting if multiple else fitting[:1]
        picked = tuple(found for found in fitting if found.candidate_id in wanted)
        if len(picked) != len(set(wanted)) or not picked or (len(picked) > 1 and not multiple):
            raise LocalError(
                f"these candidates cannot answer the credential query {name!r}",
                spec="OpenID4VP 1.0 §8.1",
                hint="one of those in matches; several only when the query says multiple",
            )
        return picked

    def _explain_query(self, query: CredentialQuery) -> Explanation:
        found = self.matches[query.id]
        if not self.candidates:
            return Explanation(f"credential query {query.id!r}: the wallet is empty", fulfilled=False)
        nodes = []
        for candidate in self.candidates:
            verdict = _evaluate(query, candidate)
            if isinstance(verdict, ClaimSelection):
                text = f"credential {candidate.id!r} fits"
                if verdict.claim_set is not None:
                    text += f" with claim set {verdict.claim_set}"
                nodes.append(Explanation(text, fulfilled=True, because=_there(query, verdict.paths)))
            else:
                nodes.append(
                    Explanation(
                        f"credential {candidate.id!r} does not fit",
                        fulfilled=False,
                        because=(
                            *_found(query, verdict),
                            *(_explained(reason, candidate) for reason in verdict),
                        ),
                    )
                )
        text = f"credential query {query.id!r}: {len(found)} of {len(self.candidates)} credentials fit"
        near = None if found else nearest_credential(query, self.candidates)
        if near is not None:
            text += f"; the nearest is {near.id!r}"
        return Explanation(text, bool(found), because=tuple(nodes))

    def _explain_set(self, n: int, entry: CredentialSetQuery) -> Explanation:
        options = tuple(
            Explanation(
                f"option {m} [{', '.join(option)}]"
                + "".join(f"; nothing for {name!r}" for name in option if not self.matches[name]),
                self._deliverable(option),
            )
            for m, option in enumerate(entry.options)
        )
        text = f"{'required' if entry.required else 'optional'} credential set {n}"
        return Explanation(text, any(option.fulfilled for option in options), "OpenID4VP 1.0 §6.4.2", options)


def match(query: DcqlQuery, candidates: Sequence[CandidateCredential]) -> DcqlMatch:
    """Evaluate ``query`` against the wallet's credentials, in the order in which they are offered."""
    matches = {}
    for credential_query in query.credentials:
        found = []
        for candidate in candidates:
            verdict = _evaluate(credential_query, candidate)
            if isinstance(verdict, ClaimSelection):
                found.append(
                    CredentialMatch(candidate.id, credential_query.id, verdict.paths, verdict.claim_set)
                )
        matches[credential_query.id] = tuple(found)
    return DcqlMatch(query, tuple(candidates), matches)


def _there(query: CredentialQuery, paths: Collection[ClaimPath]) -> tuple[Explanation, ...]:
    """The claims of the query that are among ``paths``, or lead to one of them."""
    return tuple(
        Explanation(f"claim {show_path(claim.path)}", fulfilled=True)
        for claim in query.claims
        if any(covers(claim.path, path) for path in paths)
    )


def _found(query: CredentialQuery, reasons: Sequence[Mismatch]) -> tuple[Explanation, ...]:
    """The claims that would have fitted a credential that does not."""
    if any(reason.code in {"format", "type"} for reason in reasons):
        return ()
    absent = {one.path for reason in reasons for one in (reason, *reason.because)}
    return _there(query, [claim.path for claim in query.claims if claim.path not in absent])


def _explained(reason: Mismatch, candidate: CandidateCredential) -> Explanation:
    """A reason, and what the credential does have where a claim is missing."""
    near = nearest_path(candidate.claims, reason.path) if reason.code == "claim" else None
    beside = near is not None and near != reason.path[: len(near)]  # what contains it is named already
    text = f"{reason.text}; the nearest is {show_path(near)}" if near and beside else reason.text
    return Explanation(text, False, reason.spec, tuple(_explained(one, candidate) for one in reason.because))


def _evaluate(
    query: CredentialQuery, candidate: CandidateCredential
) -> ClaimSelection | tuple[Mismatch, ...]:
    other = type_mismatch(query, candidate)
    if other:
        return (other,)
    reasons = [
        reason
        for reason in (binding_mismatch(query, candidate), authority_mismatch(query, candidate))
        if reason
    ]
    selection = select_claims(query, candidate)
    if isinstance(selection, ClaimSelection):
        return tuple(reasons) or selection
    return (*reasons, *selection)
