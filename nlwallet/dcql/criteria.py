"""What a credential must be to fit a Credential Query: one evaluation for the wallet and the verifier.

The wallet asks it of what it holds (§6.4), the verifier of what it got (§8.6): "the Verifier MUST
perform its own checks" (§14.9) is the same code on other data.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from nlwallet.claim_path import ClaimPath, expand, show_path, value_at
from nlwallet.dcql.json_value import equals_one_of, from_cbor, type_name
from nlwallet.dcql.query import MSO_MDOC, SD_JWT_VC, ClaimsQuery, CredentialQuery
from nlwallet.mdoc import answering_path

Reach: TypeAlias = Callable[[Any, ClaimPath], list[ClaimPath]]
"""How a path finds its claims: :func:`~nlwallet.claim_path.expand` in a whole credential."""


class Credential(Protocol):
    """What is evaluated: a credential of the wallet, or one that was presented."""

    @property
    def format(self) -> str:
        """The Credential Format Identifier, ``dc+sd-jwt`` or ``mso_mdoc``."""

    @property
    def types(self) -> tuple[str, ...]:
        """The ``vct`` and the types it extends, or the docType alone."""

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims; of an mdoc ``{namespace: {element: value}}``."""

    @property
    def holder_binding(self) -> bool:
        """Whether the holder can prove (has proven) possession of the credential's key."""

    @property
    def authority_key_ids(self) -> frozenset[bytes]:
        """The AuthorityKeyIdentifiers of the certificates that the credential carries."""

    @property
    def trusted_lists(self) -> frozenset[str]:
        """URLs of the trusted lists, known here before, in which a certificate of its chain is listed."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One reason why a credential does not fit. Names claims and JSON types, never a value."""

    code: str
    """One of format, type, holder_binding, trusted_authorities, claim, value and claim_set."""
    text: str
    spec: str
    path: ClaimPath = ()
    because: tuple[Mismatch, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimSelection:
    """The claims that answer a Credential Query: concrete paths, and the claim set that was satisfied."""

    paths: tuple[ClaimPath, ...]
    claim_set: int | None = None


def type_mismatch(query: CredentialQuery, credential: Credential) -> Mismatch | None:
    """Why format or type differ, if they do (§6.1, §B.2.3, §B.3.5)."""
    if query.format != credential.format:
        return Mismatch("format", _why_format(query.format, credential.format), "OpenID4VP 1.0 §6.1")
    if query.format not in (SD_JWT_VC, MSO_MDOC):
        text = f"credentials of the format {query.format!r} are not evaluated"
        return Mismatch("format", text, "OpenID4VP 1.0 §6.1")
    if not any(kind in query.types for kind in credential.types):
        name = "vct" if query.format == SD_JWT_VC else "docType"
        own = credential.types[0] if credential.types else "unknown"
        inherited = f" (which extends {', '.join(credential.types[1:])})" if credential.types[1:] else ""
        text = f"its {name} is {own!r}{inherited}, asked is {' or '.join(map(repr, query.types))}"
        section = "§B.3.5" if query.format == SD_JWT_VC else "§B.2.3"
        return Mismatch("type", text, f"OpenID4VP 1.0 {section}")
    return None


def binding_mismatch(query: CredentialQuery, credential: Credential) -> Mismatch | None:
    """Why the holder binding does not suffice, if it does not (§6.1, §B.3)."""
    if query.require_cryptographic_holder_binding and not credential.holder_binding:
        text = "it has no cryptographic holder binding, and the query requires it"
        return Mismatch("holder_binding", text, "OpenID4VP 1.0 §6.1")
    return None


def authority_mismatch(query: CredentialQuery, credential: Credential) -> Mismatch | None:
    """Why no trusted authority fits, if none does (§6.1.1)."""
    listed = query.trusted_authorities
    akis, lists = credential.authority_key_ids, credential.trusted_lists
    if not listed or any(entry.accepts(akis, lists) for entry in listed):
        return None
    return Mismatch(
        "trusted_authorities",
        "none of the trusted authorities fits",
        "OpenID4VP 1.0 §6.1.1",
        because=tuple(
            Mismatch(
                "trusted_authorities", entry.why_not(credential.authority_key_ids), "OpenID4VP 1.0 §6.1.1"
            )
            for entry in listed
        ),
    )


def select_claims(
    query: CredentialQuery, credential: Credential, *, reach: Reach = expand
) -> ClaimSelection | tuple[Mismatch, ...]:
    """The first combination of claims that the credential has, or else why it has none (§6.4.1)."""
    failures: list[tuple[Mismatch, ...]] = []
    for position, combination in enumerate(query.combinations()):
        paths: dict[ClaimPath, None] = {}
        missing: list[Mismatch] = []
        for claim in combination:
            found = _fitting(claim, credential, reach)
            paths.update(dict.fromkeys(found))
            if not found:
                missing.append(_why_absent(claim, credential, reach))
        if not missing:
            return ClaimSelection(tuple(paths), position if query.claim_sets else None)
        failures.append(tuple(missing))
    if not query.claim_sets:
        return failures[0]
    return tuple(
        Mismatch(
            "claim_set",
            f"claim set {n} [{', '.join(query.claim_sets[n])}]",
            "OpenID4VP 1.0 §6.4.1",
            because=why,
        )
        for n, why in enumerate(failures)
    )


def reach_presented(claims: Any, path: ClaimPath) -> list[ClaimPath]:
    """Where a path may lead in a presentation, from which array elements can be missing.

    A verifier does not see the places of elements that were not disclosed (RFC 9901 §7.1 removes
    them, decoys too), so element ``n`` of the credential may have moved to any place up to ``n``.
    """
    selected: list[tuple[ClaimPath, Any]] = [((), claims)]
    for element in path:
        following: list[tuple[ClaimPath, Any]] = []
        for at, value in selected:
            if not isinstance(element, int):
                following += [((*at, *step), value_at(value, step)) for step in expand(value, (element,))]
            elif isinstance(value, list):
                following += [((*at, n), item) for n, item in enumerate(value[: element + 1])]
        selected = following
    return [at for at, _ in selected]


def _fitting(claim: ClaimsQuery, credential: Credential, reach: Reach) -> list[ClaimPath]:
    """The concrete paths that the query selects; with ``values``, those whose value fits (§6.4.1).

    In an mdoc an age limit that it does not have is answered by the nearest one (ISO/IEC 18013-5 §7.2.5).
    """
    found = reach(credential.claims, _answering(claim, credential))
    if not claim.values:
        return found
    return [path for path in found if equals_one_of(_value(credential, path), claim.values)]


def _why_absent(claim: ClaimsQuery, credential: Credential, reach: Reach) -> Mismatch:
    """Why :func:`_fitting` found nothing."""
    shown = show_path(claim.path)
    found = reach(credential.claims, _answering(claim, credential))
    if not found:
        text = f"claim {shown}: {_where_it_stops(credential.claims, claim.path)}"
        section = "§7.2.1" if credential.format == MSO_MDOC else "§7.1.1"
        return Mismatch("claim", text, f"OpenID4VP 1.0 {section}", claim.path)
    wanted = {type_name(value) for value in claim.values}
    has = {type_name(_value(credential, path)) for path in found}
    if has.isdisjoint(wanted):
        text = f"claim {shown}: it is {_either(has)}, asked is {_either(wanted)}; types are not converted"
    else:
        text = f"claim {shown}: it is there, but equals none of the {len(claim.values)} values asked for"
    return Mismatch("value", text, "OpenID4VP 1.0 §6.3", claim.path)


def _answering(claim: ClaimsQuery, credential: Credential) -> ClaimPath:
    return answering_path(credential.claims, claim.path) if credential.format == MSO_MDOC else claim.path


def _value(credential: Credential, path: ClaimPath) -> Any:
    value = value_at(credential.claims, path)
    return from_cbor(value) if credential.format == MSO_MDOC else value


def _where_it_stops(claims: Mapping[str, Any], path: ClaimPath) -> str:
    """Which step of the path selects nothing (§7.1.1)."""
    for length in range(1, len(path) + 1):
        if expand(claims, path[:length]):
            continue
        element, parent = path[length - 1], path[: length - 1]
        place = show_path(parent) if parent else "the credential"
        above = [value_at(claims, at) for at in expand(claims, parent)] if parent else [claims]
        wants, kind = ("an object", dict) if isinstance(element, str) else ("an array", list)
        wrong = {type_name(value) for value in above if not isinstance(value, kind)}
        if wrong:
            return f"{place} is {_either(wrong)}, the path needs {wants} there"
        if isinstance(element, str):
            return f"{place} has no member {element!r}"
        if element is None:
            return f"{place} is an empty array"
        return f"{place} has no element {element}"
    return "not there"


def _why_format(asked: str, own: str) -> str:
    text = f"its format is {own!r}, asked is {asked!r}"
    return f"{text} (the name of {SD_JWT_VC!r} in older drafts)" if asked == "vc+sd-jwt" else text


def _either(names: Collection[str]) -> str:
    return " or ".join(sorted(names))
