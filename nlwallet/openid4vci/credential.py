"""The nonce response, and the credential request and response (OpenID4VCI 1.0 §7.2, §8.2, §8.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlwallet.errors import InvalidCredential, InvalidOffer
from nlwallet.openid4vci.codes import ErrorCode, refusal

MAX_NONCE_LENGTH = 2048


@dataclass(frozen=True, slots=True, repr=False)
class CredentialRequest:
    """A request for as many credentials of one configuration as it has proofs of type ``jwt``."""

    configuration_id: str
    proofs: tuple[str, ...]

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> CredentialRequest:
        """Read the request; unknown members are ignored. What the proofs prove is not looked at here.

        Raises :class:`~nlwallet.errors.IssuanceRefused` with the code of §8.3.1.2.
        """
        configuration_id = _configuration_id(value)
        if "credential_response_encryption" in value:
            raise refusal(
                ErrorCode.INVALID_ENCRYPTION_PARAMETERS,
                "encrypted responses are not supported",
                pointer="/credential_response_encryption",
                hint="leave it out: the metadata does not offer it",
            )
        return cls(configuration_id, _proofs(value))

    def as_json(self) -> dict[str, Any]:
        """The request to send."""
        return {
            "credential_configuration_id": self.configuration_id,
            "proofs": {"jwt": list(self.proofs)},
        }


@dataclass(frozen=True, slots=True, repr=False)
class CredentialResponse:
    """Credentials that were issued at once, as compact SD-JWT VCs. None of them is verified yet."""

    credentials: tuple[str, ...]

    @classmethod
    def parse(cls, value: Mapping[str, Any], *, proofs: int) -> CredentialResponse:
        """Read the response to a request with so many proofs; unknown members are ignored.

        Raises :class:`~nlwallet.errors.InvalidCredential`.
        """
        entries = value.get("credentials")
        if "transaction_id" in value:
            raise _invalid("deferred issuance is not supported yet", "/transaction_id")
        if not isinstance(entries, list) or not 0 < len(entries) <= proofs:
            raise _invalid("there is one credential for each key, and no more", "/credentials")
        return cls(tuple(_credential(entry, f"/credentials/{n}") for n, entry in enumerate(entries)))

    def as_json(self) -> dict[str, Any]:
        """The response to send."""
        return {"credentials": [{"credential": text} for text in self.credentials]}


def parse_nonce_response(value: Mapping[str, Any]) -> str:
    """The ``c_nonce`` of a nonce response. Raises :class:`~nlwallet.errors.InvalidOffer` (§7.2)."""
    nonce = value.get("c_nonce")
    if not isinstance(nonce, str) or not 0 < len(nonce) <= MAX_NONCE_LENGTH:
        raise InvalidOffer(
            "the nonce response has no c_nonce", spec="OpenID4VCI 1.0 §7.2", pointer="/c_nonce"
        )
    return nonce


def _configuration_id(value: Mapping[str, Any]) -> str:
    if "credential_identifier" in value:
        if "credential_configuration_id" in value:
            raise refusal(
                ErrorCode.INVALID_CREDENTIAL_REQUEST,
                "credential_identifier and credential_configuration_id exclude each other",
                pointer="/credential_identifier",
            )
        raise refusal(
            ErrorCode.UNKNOWN_CREDENTIAL_IDENTIFIER,
            "no credential identifiers were handed out",
            pointer="/credential_identifier",
        )
    configuration_id = value.get("credential_configuration_id")
    if not isinstance(configuration_id, str):
        raise refusal(
            ErrorCode.INVALID_CREDENTIAL_REQUEST,
            "credential_configuration_id is missing",
            pointer="/credential_configuration_id",
            hint="'format' and 'vct' were the request of drafts before 1.0" if "format" in value else "",
        )
    return configuration_id


def _proofs(value: Mapping[str, Any]) -> tuple[str, ...]:
    proofs = value.get("proofs")
    if not isinstance(proofs, dict) or set(proofs) != {"jwt"}:
        raise refusal(
            ErrorCode.INVALID_PROOF,
            "proofs has exactly one member, jwt",
            pointer="/proofs",
            hint="'proof' was the request of drafts before 1.0" if "proof" in value else "",
        )
    texts: Sequence[Any] = proofs["jwt"] if isinstance(proofs["jwt"], list) else ()
    if not texts or not all(isinstance(text, str) for text in texts):
        raise refusal(
            ErrorCode.INVALID_PROOF, "jwt is a non-empty array of proofs, strings", pointer="/proofs/jwt"
        )
    return tuple(texts)


def _credential(entry: Any, pointer: str) -> str:
    text = entry.get("credential") if isinstance(entry, dict) else None
    if not isinstance(text, str) or not text:
        raise _invalid("an SD-JWT VC is a string", f"{pointer}/credential", spec="OpenID4VCI 1.0 §A.3.4")
    return text


def _invalid(reason: str, pointer: str, *, spec: str = "OpenID4VCI 1.0 §8.3") -> InvalidCredential:
    return InvalidCredential(f"credential response: {reason}", spec=spec, pointer=pointer)
