"""What an issuer makes selectively disclosable, by the metadata of the type (SD-JWT VC §5.6.4)."""

from __future__ import annotations

from collections.abc import Collection

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.errors import InvalidTypeMetadata, LocalError
from nlwallet.sdjwt.disclosure import RESERVED_NAMES
from nlwallet.sdjwt.registered_claims import ALWAYS_IN_THE_CLEAR
from nlwallet.sdjwt.type_metadata_document import ClaimMetadata, TypeMetadata

_SECTION = "SD-JWT VC §5.6.4"


def disclosable_paths(
    metadata: TypeMetadata, *, in_the_clear: Collection[ClaimPath] = ()
) -> tuple[ClaimPath, ...]:
    """The paths of claims that are ``always`` selectively disclosable, and of those that are ``allowed`` to be.

    ``in_the_clear`` names claims of the latter kind that every verifier may see all the same. A claim that is
    ``never`` disclosable, or that SD-JWT VC itself keeps in the clear (§2.2.2.3), is left out.

    Raises :class:`~nlwallet.errors.InvalidTypeMetadata` when no credential can be as the metadata says, and
    :class:`~nlwallet.errors.LocalError` for a path in ``in_the_clear`` that is not one of the ``allowed``.
    """
    never = [claim.path for claim in metadata.claims if claim.sd == "never"]
    for index, claim in enumerate(metadata.claims):
        # What is inherited stands in another document.
        _check_possible(claim, never, "/claims" if metadata.extends else f"/claims/{index}")
    allowed = {claim.path for claim in metadata.claims if claim.sd == "allowed"}
    for path in in_the_clear:
        if path not in allowed:
            raise LocalError(
                f"{show_path(path)} is no claim that may be in the clear or not",
                spec=_SECTION,
                hint="in_the_clear is for claims of the type whose sd is allowed",
            )
    return tuple(
        claim.path
        for claim in metadata.claims
        if claim.sd == "always" or (claim.sd == "allowed" and _is_choice(claim.path, never, in_the_clear))
    )


def _is_choice(path: ClaimPath, never: Collection[ClaimPath], in_the_clear: Collection[ClaimPath]) -> bool:
    return (
        path[0] not in ALWAYS_IN_THE_CLEAR
        and path not in in_the_clear
        and not any(_overlap(path, other) for other in never)
    )


def _check_possible(claim: ClaimMetadata, never: Collection[ClaimPath], pointer: str) -> None:
    if any(element in RESERVED_NAMES for element in claim.path if isinstance(element, str)):
        raise InvalidTypeMetadata(
            f"{show_path(claim.path)} has a name that SD-JWT itself uses",
            spec="RFC 9901 §4.1",
            pointer=pointer,
        )
    if claim.sd != "always":
        return
    if claim.path[0] in ALWAYS_IN_THE_CLEAR:
        raise InvalidTypeMetadata(
            f"{show_path(claim.path)} cannot be selectively disclosable",
            spec="SD-JWT VC §2.2.2.3",
            pointer=pointer,
        )
    if any(_overlap(claim.path, other) for other in never):
        raise InvalidTypeMetadata(
            f"{show_path(claim.path)} is always disclosable, and never",
            spec=_SECTION,
            pointer=pointer,
            hint="an index and null can mean the same element",
        )


def _overlap(one: ClaimPath, other: ClaimPath) -> bool:
    """Whether both can select the same element: ``null`` is every index (§5.6.1)."""
    return len(one) == len(other) and all(
        mine == theirs
        or (mine is None and isinstance(theirs, int))
        or (theirs is None and isinstance(mine, int))
        for mine, theirs in zip(one, other, strict=True)
    )
