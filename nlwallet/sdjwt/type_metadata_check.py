"""Hold a credential against the metadata of its type: ``sd`` and ``mandatory`` (SD-JWT VC §5.6, §5.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidTypeMetadata
from nlwallet.sdjwt.type_metadata_document import ClaimMetadata, TypeMetadata

_Found = Literal["shown", "withheld", "perhaps withheld", "missing"]


def check_against_type_metadata(
    claims: Mapping[str, Any],
    disclosed: Iterable[ClaimPath],
    metadata: TypeMetadata,
    *,
    complete: bool,
    arrays: Mapping[ClaimPath, tuple[int | None, ...]] | None = None,
) -> None:
    """Hold a credential against the metadata of its type.

    ``disclosed`` are the concrete paths that came as Disclosures. ``complete`` says that every Disclosure is
    there (a wallet's own card); a verifier must not take a withheld claim for a missing one. ``arrays`` are
    those of :class:`~nlwallet.sdjwt.SdJwt`: with them an index counts withheld elements too, as it must.

    Raises :class:`~nlwallet.errors.InvalidTypeMetadata`.
    """
    never = frozenset(claim.path for claim in metadata.claims if claim.sd == "never")
    search = _Search(frozenset(disclosed), arrays or {}, never)
    for claim in metadata.claims:
        found = list(search.find(claims, claim.path, 0, ()))
        _check_disclosable(claim, found, search.disclosed)
        if claim.mandatory and not any(how in ("shown", "withheld") for how, _ in found):
            hidden = any(how == "perhaps withheld" for how, _ in found)
            if complete or not hidden:
                raise InvalidTypeMetadata(
                    f"the mandatory claim {show_path(claim.path)} is missing",
                    spec="SD-JWT VC §5.6.3",
                    pointer=json_pointer(claim.path),
                )


def _check_disclosable(
    claim: ClaimMetadata, found: list[tuple[_Found, ClaimPath]], disclosed: frozenset[ClaimPath]
) -> None:
    """A claim is disclosable when it is a Disclosure itself, not because something around it is (§5.6)."""
    clear = any(how == "shown" and path not in disclosed for how, path in found)
    hidden = any(how == "withheld" or (how == "shown" and path in disclosed) for how, path in found)
    if (claim.sd == "always" and clear) or (claim.sd == "never" and hidden):
        must = "must" if claim.sd == "always" else "must not"
        raise InvalidTypeMetadata(
            f"{show_path(claim.path)} {must} be selectively disclosable",
            spec="SD-JWT VC §5.6.4",
            pointer=json_pointer(claim.path),
        )


@dataclass(frozen=True, slots=True)
class _Search:
    """Follows paths through claims of which some may be withheld (§5.6.1.2)."""

    disclosed: frozenset[ClaimPath]
    arrays: Mapping[ClaimPath, tuple[int | None, ...]]
    never: frozenset[ClaimPath]

    def find(
        self, value: Any, path: ClaimPath, step: int, at: ClaimPath
    ) -> Iterator[tuple[_Found, ClaimPath]]:
        if step == len(path):
            yield "shown", at
            return
        element = path[step]
        if isinstance(element, str):
            if not isinstance(value, dict):
                raise _leads_nowhere(path)
            if element in value:
                yield from self.find(value[element], path, step + 1, (*at, element))
            else:
                # What must stand in the clear and does not is not there; anything else may be withheld.
                yield "missing" if path[: step + 1] in self.never else "perhaps withheld", at
            return
        if not isinstance(value, list):
            raise _leads_nowhere(path)
        places = self.arrays.get(at, tuple(range(len(value))))
        chosen = places if element is None else places[element : element + 1]
        for place in chosen:
            if place is not None:
                yield from self.find(value[place], path, step + 1, (*at, place))
            elif step + 1 == len(path):
                yield "withheld", at
            else:
                yield "perhaps withheld", at  # what a withheld element holds is not known


def _leads_nowhere(path: ClaimPath) -> InvalidTypeMetadata:
    return InvalidTypeMetadata(
        f"{show_path(path)} leads through a value of another kind",
        spec="SD-JWT VC §5.6.1.2",
        pointer=json_pointer(path),
        hint="a string needs an object, an index or null an array",
    )
