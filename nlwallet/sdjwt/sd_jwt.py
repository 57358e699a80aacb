"""A verified SD-JWT, kept parsed: look at its claims, select some, present them (RFC 9901 §7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.claim_path import ClaimPath, expand, value_at
from nlwallet.crypto import PublicKey, SigningKey
from nlwallet.encoding import json_pointer
from nlwallet.errors import LocalError
from nlwallet.sdjwt.disclosure import Disclosure
from nlwallet.sdjwt.key_binding import sign_key_binding
from nlwallet.sdjwt.reading import ArrayPositions
from nlwallet.sdjwt.token import UnverifiedSdJwt


@dataclass(frozen=True, slots=True, repr=False)
class SdJwt:
    """A verified SD-JWT; made by :func:`~nlwallet.sdjwt.verify_sd_jwt`, by nothing else.

    ``claims`` is the processed payload (§7.1), ``disclosures`` maps the claim path of each disclosed claim to
    its Disclosure, ``key_binding`` holds the claims of the KB-JWT when one was verified, ``arrays`` says
    where elements were withheld from an array.
    """

    token: UnverifiedSdJwt
    header: Mapping[str, Any]
    claims: dict[str, Any]
    disclosures: dict[ClaimPath, Disclosure]
    hash_algorithm: str
    holder_key: PublicKey | None
    key_binding: dict[str, Any] | None = None
    arrays: ArrayPositions = field(default_factory=dict)

    def select(self, paths: Iterable[ClaimPath]) -> str:
        """The SD-JWT with the claims at ``paths``, what contains them, what is inside them, and nothing else.

        ``None`` in a path is every array element. The result ends in ``~`` (§7.2). Because whatever contains
        a claim comes along, each Disclosure is referenced by the JWT or by another one that is sent.

        Raises :class:`~nlwallet.errors.LocalError` when a path selects nothing: choose from ``claims``.
        """
        chosen: dict[ClaimPath, Disclosure] = {}
        for path in paths:
            self._choose(path, chosen)
        return "~".join((self.token.issuer_jwt, *[each.encoded for each in chosen.values()], ""))

    def present(
        self,
        paths: Iterable[ClaimPath],
        *,
        holder_key: SigningKey,
        audience: str,
        nonce: str,
        now: int,
        key_binding_claims: Mapping[str, Any] | None = None,
    ) -> str:
        """:meth:`select`, bound to ``audience`` and ``nonce`` with the holder's key (§4.3).

        ``key_binding_claims`` are further claims of the KB-JWT, such as ``transaction_data_hashes``. Raises
        :class:`~nlwallet.errors.LocalError` when the key is not the one that the SD-JWT is bound to.
        """
        if self.holder_key != holder_key.public:
            raise LocalError(
                "the key is not the one that the SD-JWT is bound to",
                spec="RFC 9901 §4.3",
                pointer="/payload/cnf",
            )
        selected = self.select(paths)
        return selected + sign_key_binding(
            selected,
            holder_key=holder_key,
            audience=audience,
            nonce=nonce,
            now=now,
            hash_algorithm=self.hash_algorithm,
            claims=key_binding_claims,
        )

    def _choose(self, path: ClaimPath, chosen: dict[ClaimPath, Disclosure]) -> None:
        disclosures = self.disclosures
        if len(path) == 1 and (own := disclosures.get(path)) and type(own.value) not in (dict, list):
            chosen[path] = own  # most of what is asked for: nothing around it, nothing inside it
            return
        selected = expand(self.claims, path)
        if not selected:
            raise LocalError(
                "a selected claim is not in the SD-JWT", spec="RFC 9901 §7.2", pointer=json_pointer(path)
            )
        depth = len(path)
        for concrete in selected:
            for length in range(1, depth + 1):
                if (around := disclosures.get(concrete[:length])) is not None:
                    chosen[concrete[:length]] = around
        whole = {one for one in selected if isinstance(value_at(self.claims, one), dict | list)}
        if whole:
            chosen.update((below, inside) for below, inside in disclosures.items() if below[:depth] in whole)

    def __repr__(self) -> str:
        return f"<SdJwt with {len(self.disclosures)} disclosed claims>"
