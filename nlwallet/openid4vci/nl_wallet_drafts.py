"""Credential requests as the NL Wallet 0.6 has them: by format and type, with one ``proof`` each (draft 13, §7.2, §8).

Several go to a batch endpoint of their own, a request for each copy of each card. Read from its sources, and tried with
its programs, at 6299ff7 of August 2026; its authors mean to change to OpenID4VCI 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nlwallet.errors import InvalidCredential
from nlwallet.openid4vci.codes import ErrorCode, refusal
from nlwallet.openid4vci.credential import CredentialResponse

MAX_REQUESTS: Final = 1024
MAX_PREVIEWS: Final = 64
MAX_TYPE_LENGTH: Final = 2048

_TYPE_MEMBERS: Final = {"dc+sd-jwt": "vct", "mso_mdoc": "doctype"}


@dataclass(frozen=True, slots=True, repr=False)
class DraftRequest:
    """A credential request by format and type, with one proof."""

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

    def as_json(self) -> dict[str, Any]:
        """The request to send."""
        proof = {"proof_type": "jwt", "jwt": self.proof}
        return {"format": self.format, _TYPE_MEMBERS[self.format]: self.type, "proof": proof}


def batch_request(requests: Sequence[DraftRequest]) -> dict[str, Any]:
    """What is sent to the batch endpoint."""
    return {"credential_requests": [one.as_json() for one in requests]}


def batch_response(credentials: Sequence[str]) -> dict[str, Any]:
    """The answer of the batch endpoint."""
    return {"credential_responses": [{"credentials": [{"credential": text}]} for text in credentials]}


def parse_batch_response(value: Mapping[str, Any], *, requests: int) -> CredentialResponse:
    """The credentials, one for each request, in their order. Raises :class:`~nlwallet.errors.InvalidCredential`."""
    listed = value.get("credential_responses")
    if (
        not isinstance(listed, list)
        or len(listed) != requests
        or not all(isinstance(one, dict) for one in listed)
    ):
        raise InvalidCredential(
            "credential response: there is one for each request",
            spec="OpenID4VCI draft 13 §8.3",
            pointer="/credential_responses",
        )
    texts: list[str] = []
    for one in listed:
        if "transaction_id" in one:
            raise InvalidCredential(
                "credential response: nothing in a batch is deferred", spec="OpenID4VCI draft 13 §8.3"
            )
        texts += CredentialResponse.parse(one, proofs=1).credentials
    return CredentialResponse(tuple(texts))


def parse_previews(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The configuration of each card that a token is good for, in the order in which a batch has them.

    What else a preview says is said again, and signed, in the credential. Raises
    :class:`~nlwallet.errors.InvalidCredential`.
    """
    listed = value.get("credential_previews")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_PREVIEWS:
        raise InvalidCredential(
            f"credential previews: there are 1 to {MAX_PREVIEWS}", pointer="/credential_previews"
        )
    names = [one.get("config_id") if isinstance(one, dict) else None for one in listed]
    for n, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise InvalidCredential(
                "credential preview: it names its configuration",
                pointer=f"/credential_previews/{n}/config_id",
            )
    return tuple(map(str, names))


def _wrong(reason: str, pointer: str) -> Exception:
    return refusal(ErrorCode.INVALID_CREDENTIAL_REQUEST, reason, pointer=pointer)
