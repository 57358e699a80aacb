"""What a relying party asks, and why: its intended uses (CIR (EU) 2025/848 Annex I (9), (10))."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from nlwallet.registration.part import ClaimPaths, CredentialType, HttpsUrl, Id, LocalizedText, Part


class Retention(Part):
    """What happens to the data afterwards. ``days`` 0 means that nothing is kept."""

    days: Annotated[int, Field(ge=0, le=36_500)]
    shared_with_third_parties: bool = False
    deletable: bool = True
    """Whether the citizen can have the data deleted on request."""


class RegisteredCredential(CredentialType):
    """A credential, and the claims of it that may be asked. No claims means: none may be asked."""

    claims: Annotated[ClaimPaths, Field(max_length=256)] = ()

    def as_wire(self) -> dict[str, Any]:
        """The form of a registration certificate; the member is called ``claim`` there."""
        return {**CredentialType.as_wire(self), "claim": [{"path": list(path)} for path in self.claims]}


class IntendedUse(Part):
    """One purpose, and what may be asked for it. Each gets a registration certificate of its own (RPRC_09)."""

    id: Id
    purpose: LocalizedText
    privacy_policy: HttpsUrl
    retention: Retention
    credentials: Annotated[tuple[RegisteredCredential, ...], Field(min_length=1, max_length=32)]
    query_ids: tuple[str, ...] = ()
    """The ids of :attr:`credentials` in the query; ``pid`` for a PID, else ``credential_0``… when left out."""

    def dcql(self) -> dict[str, Any]:
        """The DCQL query for all that may be asked, as JSON."""
        ids = self.query_ids or tuple(
            _query_id(index, credential) for index, credential in enumerate(self.credentials)
        )
        return {
            "credentials": [
                {"id": id_, "format": credential.format, "meta": credential.meta()}
                | (
                    {"claims": [{"path": list(path)} for path in credential.claims]}
                    if credential.claims
                    else {}
                )
                for id_, credential in zip(ids, self.credentials, strict=True)
            ]
        }

    @model_validator(mode="after")
    def _one_id_each(self) -> IntendedUse:
        if self.query_ids and len(set(self.query_ids)) != len(self.credentials):
            raise ValueError("query_ids names each credential once")
        return self


def _query_id(index: int, credential: RegisteredCredential) -> str:
    return "pid" if index == 0 and credential.types[0].startswith("urn:eudi:pid:") else f"credential_{index}"
