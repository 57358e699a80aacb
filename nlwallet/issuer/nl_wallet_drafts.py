"""How the NL Wallet 0.6 gets its cards: previews of its own, and requests of the drafts before OpenID4VCI 1.0.

It looks at what it will get first; then it asks by format and type with one ``proof``, or for everything at once at a
batch endpoint, a request for each copy. All of it was read from its sources, and tried with its client, at 6299ff7 of
August 2026; its authors mean to change to OpenID4VCI 1.0.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlwallet.issuer.grant import Grant
from nlwallet.issuer.issued_credential import CredentialSigner
from nlwallet.openid4vci import CredentialRequest, CredentialResponse, ErrorCode, refusal
from nlwallet.openid4vci.nl_wallet_drafts import DraftRequest

PREVIEW_PATH = "/credential_preview"
BATCH_PATH = "/batch_credential"


def draft_metadata(base: str) -> dict[str, Any]:
    """What such a wallet looks for in the metadata of an issuer at ``base``, beside what is there."""
    return {
        "credential_preview_endpoint": f"{base}{PREVIEW_PATH}",
        "batch_credential_endpoint": f"{base}{BATCH_PATH}",
    }


@dataclass(frozen=True, slots=True)
class Batch:
    """Draft requests as requests of OpenID4VCI 1.0, one for each data set of a grant."""

    grant: Grant
    """For which each request names its data set, whether identifiers were handed out or not: the drafts have none."""
    requests: tuple[CredentialRequest, ...]
    _positions: tuple[tuple[int, ...], ...]
    """Of the draft requests that each of them stands for."""

    @classmethod
    def of(cls, grant: Grant, drafts: Sequence[DraftRequest]) -> Batch:
        """Two cards of one type (two diplomas) get as many copies each, in the order of the previews.

        Raises :class:`~nlwallet.errors.IssuanceRefused`.
        """
        of_type: dict[tuple[str, str], list[int]] = {}
        for n, draft in enumerate(drafts):
            of_type.setdefault((draft.format, draft.type), []).append(n)
        grouped: dict[str, tuple[int, ...]] = {}
        for wanted, positions in of_type.items():
            grouped |= _shared(positions, _datasets(grant, *wanted))
        requests = tuple(
            CredentialRequest(None, tuple(drafts[n].proof for n in positions), identifier)
            for identifier, positions in grouped.items()
        )
        return cls(replace(grant, by_identifier=True), requests, tuple(grouped.values()))

    def in_order(self, responses: Sequence[CredentialResponse]) -> list[str]:
        """The credentials, in the order of the draft requests."""
        credentials = [""] * sum(map(len, self._positions))
        for positions, response in zip(self._positions, responses, strict=True):
            for position, text in zip(positions, response.credentials, strict=True):
                credentials[position] = text
        return credentials


def previews(grant: Grant, signer: CredentialSigner, *, now: int) -> dict[str, Any]:
    """What a grant is good for as the wallet shows it before it asks.

    Raises :class:`~nlwallet.errors.IssuanceRefused` when nothing is left to show.
    """
    found = [
        {
            "config_id": one.configuration.id,
            "format": one.configuration.format,
            "credential_payload": signer.preview(one, now=now),
            "issuer_certificate": base64.b64encode(signer.leaf(one).der).decode(),
        }
        for name, one in grant.datasets.items()
        if name not in grant.taken
    ]
    if not found:
        raise refusal(ErrorCode.INVALID_TOKEN, "there is nothing to preview for this token")
    return {"credential_previews": found}


def _datasets(grant: Grant, format_: str, type_: str) -> list[str]:
    """Those of a type that were not issued yet; else one that was, which is refused as such."""
    named = [
        name
        for name, one in grant.datasets.items()
        if (one.configuration.format, one.configuration.vct) == (format_, type_)
    ]
    if not named:
        raise refusal(
            ErrorCode.INSUFFICIENT_SCOPE, "the access token is for another credential", section="§8.3.1.1"
        )
    return [name for name in named if name not in grant.taken] or named[:1]


def _shared(positions: Sequence[int], names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Each data set with its requests: one alone is for the first; else each gets as many, one after the other."""
    if len(positions) == 1:
        return {names[0]: tuple(positions)}
    each, left = divmod(len(positions), len(names))
    if left:
        raise refusal(
            ErrorCode.INVALID_CREDENTIAL_REQUEST,
            f"there are {len(names)} cards of this type, and as many copies are asked for of each",
            pointer="/credential_requests",
        )
    return {name: tuple(positions[n * each : (n + 1) * each]) for n, name in enumerate(names)}
