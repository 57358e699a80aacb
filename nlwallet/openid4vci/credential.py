"""The nonce response, and the requests and responses of credentials, deferred or not (OpenID4VCI 1.0 §7 to §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from nlwallet.errors import InvalidCredential, InvalidOffer
from nlwallet.openid4vci.codes import ErrorCode, refusal
from nlwallet.openid4vci.encryption import EncryptionTo

ProofType: TypeAlias = Literal["jwt", "attestation"]

MAX_NONCE_LENGTH = 2048
MAX_ID_LENGTH = 2048
MAX_INTERVAL = 86_400 * 31


@dataclass(frozen=True, slots=True, repr=False)
class CredentialRequest:
    """A request for credentials of one configuration, or of one data set by ``credential_identifier``.

    ``proofs`` are those of type ``proof_type``: a ``jwt`` for each key, or one ``attestation`` for all (§F).
    """

    configuration_id: str | None
    proofs: tuple[str, ...]
    credential_identifier: str | None = None
    proof_type: ProofType = "jwt"
    response_encryption: EncryptionTo | None = None

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> CredentialRequest:
        """Read the request; unknown members are ignored. What the proofs prove is not looked at here.

        Raises :class:`~nlwallet.errors.IssuanceRefused` with the code of §8.3.1.2.
        """
        configuration_id, identifier = (
            value.get("credential_configuration_id"),
            value.get("credential_identifier"),
        )
        if (configuration_id is None) is (identifier is None):
            raise refusal(
                ErrorCode.INVALID_CREDENTIAL_REQUEST,
                "there is exactly one of credential_configuration_id and credential_identifier",
                pointer="/credential_configuration_id",
                hint="'format' and 'vct' were the request of drafts before 1.0" if "format" in value else "",
            )
        named = identifier if configuration_id is None else configuration_id
        if not isinstance(named, str) or not 0 < len(named) <= MAX_ID_LENGTH:
            raise refusal(
                ErrorCode.INVALID_CREDENTIAL_REQUEST,
                "what is asked for is named by a string",
                pointer="/credential_configuration_id",
            )
        proof_type, proofs = _proofs(value)
        return cls(configuration_id, proofs, identifier, proof_type, _response_encryption(value))

    def as_json(self) -> dict[str, Any]:
        """The request to send."""
        members: dict[str, Any] = {
            "credential_configuration_id": self.configuration_id,
            "credential_identifier": self.credential_identifier,
            "proofs": {self.proof_type: list(self.proofs)},
            "credential_response_encryption": self.response_encryption.as_json()
            if self.response_encryption
            else None,
        }
        return {name: member for name, member in members.items() if member is not None}


@dataclass(frozen=True, slots=True, repr=False)
class DeferredCredentialRequest:
    """A request for credentials that were not ready before (§9.1)."""

    transaction_id: str
    response_encryption: EncryptionTo | None = None

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> DeferredCredentialRequest:
        """Read the request. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        transaction_id = value.get("transaction_id")
        if not isinstance(transaction_id, str) or not 0 < len(transaction_id) <= MAX_ID_LENGTH:
            raise refusal(
                ErrorCode.INVALID_TRANSACTION_ID,
                "transaction_id is missing",
                section="§9.3",
                pointer="/transaction_id",
            )
        return cls(transaction_id, _response_encryption(value))

    def as_json(self) -> dict[str, Any]:
        """The request to send."""
        encryption = self.response_encryption
        return {
            "transaction_id": self.transaction_id,
            **({"credential_response_encryption": encryption.as_json()} if encryption else {}),
        }


@dataclass(frozen=True, slots=True, repr=False)
class CredentialResponse:
    """Credentials as compact SD-JWT VCs or base64url of mdocs, none of them verified yet.

    Or there is a ``transaction_id`` to come back with.

    ``interval`` is in seconds: not sooner.
    """

    credentials: tuple[str, ...] = ()
    notification_id: str | None = None
    transaction_id: str | None = None
    interval: int | None = None

    @classmethod
    def parse(cls, value: Mapping[str, Any], *, proofs: int) -> CredentialResponse:
        """Read the response to a request for so many keys; unknown members are ignored.

        Raises :class:`~nlwallet.errors.InvalidCredential`.
        """
        if "transaction_id" in value:
            return cls._deferred(value)
        entries, notification_id = value.get("credentials"), value.get("notification_id")
        if entries is None and "credential" in value:
            raise _invalid(
                "it has one credential, as in drafts before 1.0: credentials is an array", "/credential"
            )
        if not isinstance(entries, list) or not 0 < len(entries) <= proofs:
            raise _invalid("there is one credential for each key, and no more", "/credentials")
        if notification_id is not None and not isinstance(notification_id, str):
            raise _invalid("notification_id is no string", "/notification_id")
        return cls(
            tuple(_credential(entry, f"/credentials/{n}") for n, entry in enumerate(entries)), notification_id
        )

    @classmethod
    def _deferred(cls, value: Mapping[str, Any]) -> CredentialResponse:
        transaction_id, interval = value["transaction_id"], value.get("interval")
        if "credentials" in value or "notification_id" in value:
            raise _invalid("credentials and transaction_id exclude each other", "/transaction_id")
        if not isinstance(transaction_id, str) or not 0 < len(transaction_id) <= MAX_ID_LENGTH:
            raise _invalid("transaction_id is no string", "/transaction_id")
        if type(interval) is not int or not 0 < interval <= MAX_INTERVAL:
            raise _invalid("interval is no positive number of seconds", "/interval")
        return cls(transaction_id=transaction_id, interval=interval)

    def as_json(self) -> dict[str, Any]:
        """The response to send."""
        if self.transaction_id is not None:
            return {"transaction_id": self.transaction_id, "interval": self.interval}
        notification = {} if self.notification_id is None else {"notification_id": self.notification_id}
        return {"credentials": [{"credential": text} for text in self.credentials], **notification}


def parse_nonce_response(value: Mapping[str, Any]) -> str:
    """The ``c_nonce`` of a nonce response. Raises :class:`~nlwallet.errors.InvalidOffer` (§7.2)."""
    nonce = value.get("c_nonce")
    if not isinstance(nonce, str) or not 0 < len(nonce) <= MAX_NONCE_LENGTH:
        raise InvalidOffer(
            "the nonce response has no c_nonce", spec="OpenID4VCI 1.0 §7.2", pointer="/c_nonce"
        )
    return nonce


def _response_encryption(value: Mapping[str, Any]) -> EncryptionTo | None:
    if "credential_response_encryption" not in value:
        return None
    return EncryptionTo.of_response(value["credential_response_encryption"])


def _proofs(value: Mapping[str, Any]) -> tuple[ProofType, tuple[str, ...]]:
    proofs = value.get("proofs")
    if not isinstance(proofs, dict) or set(proofs) not in ({"jwt"}, {"attestation"}):
        raise refusal(
            ErrorCode.INVALID_PROOF,
            "proofs has exactly one member, jwt or attestation",
            pointer="/proofs",
            hint="'proof' was the request of drafts before 1.0" if "proof" in value else "",
        )
    kind: ProofType = "jwt" if "jwt" in proofs else "attestation"
    texts = proofs[kind] if isinstance(proofs[kind], list) else []
    if not texts or not all(isinstance(text, str) for text in texts):
        raise refusal(
            ErrorCode.INVALID_PROOF,
            f"{kind} is a non-empty array of proofs, strings",
            pointer=f"/proofs/{kind}",
        )
    if kind == "attestation" and len(texts) != 1:
        raise refusal(
            ErrorCode.INVALID_PROOF,
            "attestation is an array of exactly one key attestation",
            section="§F.3",
            pointer="/proofs/attestation",
        )
    return kind, tuple(texts)


def _credential(entry: Any, pointer: str) -> str:
    text = entry.get("credential") if isinstance(entry, dict) else None
    if not isinstance(text, str) or not text:
        raise _invalid(
            "an SD-JWT VC is a string, and so is an mdoc",
            f"{pointer}/credential",
            spec="OpenID4VCI 1.0 §A.3.4",
        )
    return text


def _invalid(reason: str, pointer: str, *, spec: str = "OpenID4VCI 1.0 §8.3") -> InvalidCredential:
    return InvalidCredential(f"credential response: {reason}", spec=spec, pointer=pointer)
