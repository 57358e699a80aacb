"""How the NL Wallet 0.6 gets its cards: previews of its own, and requests of the drafts before OpenID4VCI 1.0.

It looks at what it will get first; then it asks by format and type with one ``proof``, or for everything at once at a
batch endpoint, a request for each copy. All of it was read from its sources, and tried with its client, at 6299ff7 of
August 2026; its authors mean to change to OpenID4VCI 1.0.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlwallet.issuer.grant import Grant
from nlwallet.issuer.issued_credential import CredentialSigner
from nlwallet.openid4vci import CredentialRequest, CredentialResponse, ErrorCode, refusal

PREVIEW_PATH = "/credential_preview"
BATCH_PATH = "/batch_credential"
MAX_REQUESTS = 1024
MAX_TYPE_LENGTH = 2048

_TYPE_MEMBERS = {"dc+sd-jwt": "vct", "mso_mdoc": "doctype"}


def draft_metadata(base: str) -> dict[str, Any]:
    """What such a wallet looks for in the metadata of an issuer at ``base``, beside what is there."""
    return {
        "credential_preview_endpoint": f"{base}{PREVIEW_PATH}",
        "batch_credential_endpoint": f"{base}{BATCH_PATH}",
    }


@dataclass(frozen=True, slots=True, repr=False)
class DraftRequest:
    """A credential request by format and type, with one proof (draft 13 of OpenID4VCI, §7.2)."""

    format: str
    type: str
    proof: str

    @classmethod
    def parse(cls, value: Any, pointer: str = "") -> DraftRequest:
        """Read the request; unknown members are ignored. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        if not isinstance(value, dict):
            raise _wrong("a request is an object", pointer)
        format_ = value.get("format")
        member = _TYPE_MEMBERS.get(format_) if isinstance(format_, str) else None
        if member is None:
            raise _wrong(f"format is one of {', '.join(_TYPE_MEMBERS)}", f"{pointer}/format")
        type_ = value.get(member)
        if not isinstance(type_, str) or not 0 < len(type_) <= MAX_TYPE_LENGTH:
            raise _wrong("the type is a string", f"{pointer}/{member}")
        proof = value.get("proof")
        text = proof.get("jwt") if isinstance(proof, dict) and proof.get("proof_type") == "jwt" else None
        if not isinstance(text, str):
            raise refusal(
                ErrorCode.INVALID_PROOF, "proof has proof_type jwt, and a jwt", pointer=f"{pointer}/proof"
            )
        return cls(str(format_), type_, text)

    @classmethod
    def parse_batch(cls, value: Mapping[str, Any]) -> tuple[DraftRequest, ...]:
        """Read ``credential_requests``. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        listed = value.get("credential_requests")
        if not isinstance(listed, list) or not 0 < len(listed) <= MAX_REQUESTS:
            raise _wrong(f"there are 1 to {MAX_REQUESTS} requests", "/credential_requests")
        return tuple(cls.parse(one, f"/credential_requests/{n}") for n, one in enumerate(listed))


@dataclass(frozen=True, slots=True)
class Batch:
    """Draft requests as requests of OpenID4VCI 1.0, one for each data set of a grant."""

    requests: tuple[CredentialRequest, ...]
    _positions: tuple[tuple[int, ...], ...]
    """Of the draft requests that each of them stands for."""

    @classmethod
    def of(cls, grant: Grant, drafts: Sequence[DraftRequest]) -> Batch:
        """Those of one type are for one data set. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        grouped: dict[str, list[int]] = {}
        for n, draft in enumerate(drafts):
            grouped.setdefault(_dataset(grant, draft), []).append(n)
        requests = []
        for identifier, positions in grouped.items():
            proofs = tuple(drafts[n].proof for n in positions)
            configuration = grant.datasets[identifier].configuration
            requests.append(
                CredentialRequest(None, proofs, identifier)
                if grant.by_identifier
                else CredentialRequest(configuration.id, proofs)
            )
        return cls(tuple(requests), tuple(map(tuple, grouped.values())))

    def in_order(self, responses: Sequence[CredentialResponse]) -> list[str]:
        """The credentials, in the order of the draft requests."""
        credentials = [""] * sum(map(len, self._positions))
        for positions, response in zip(self._positions, responses, strict=True):
            for position, text in zip(positions, response.credentials, strict=True):
                credentials[position] = text
        return credentials


def batch_response(credentials: Sequence[str]) -> dict[str, Any]:
    """The answer of the batch endpoint."""
    return {"credential_responses": [{"credentials": [{"credential": text}]} for text in credentials]}


def previews(grant: Grant, signer: CredentialSigner, *, now: int) -> dict[str, Any]:
    """What a grant is good for as the wallet shows it before it asks. Documents are not among it: SD-JWT VCs alone.

    Raises :class:`~nlwallet.errors.IssuanceRefused` when nothing is left to show.
    """
    found = [
        {
            "config_id": one.configuration.id,
            "format": one.configuration.format,
            "credential_payload": signer.preview(one, now=now),
            "issuer_certificate": base64.b64encode(signer.of(one).chain.leaf.der).decode(),
        }
        for name, one in grant.datasets.items()
        if name not in grant.taken and one.configuration.format == "dc+sd-jwt"
    ]
    if not found:
        raise refusal(ErrorCode.INVALID_TOKEN, "there is nothing to preview for this token")
    return {"credential_previews": found}


def _dataset(grant: Grant, draft: DraftRequest) -> str:
    for name, one in grant.datasets.items():
        if (one.configuration.format, one.configuration.vct) == (draft.format, draft.type):
            return name
    raise refusal(
        ErrorCode.INSUFFICIENT_SCOPE, "the access token is for another credential", section="§8.3.1.1"
    )


def _wrong(reason: str, pointer: str) -> Exception:
    return refusal(ErrorCode.INVALID_CREDENTIAL_REQUEST, reason, pointer=pointer)
