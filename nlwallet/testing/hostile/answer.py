"""The answer to a request, from presentations to the form that is posted; every stage open to change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar
from urllib.parse import urlencode

from nlwallet.crypto import JweDraft, PrivateKey, PublicKey, draft_jwe
from nlwallet.openid4vp import FORM_MEDIA_TYPE, AuthorizationRequest
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.mdoc_draft import MdocDraft
from nlwallet.testing.hostile.sd_jwt_draft import SdJwtDraft

ENCS = ("A256GCM", "A128GCM")
_Draft = TypeVar("_Draft", SdJwtDraft, MdocDraft)
Associate: TypeAlias = Callable[[Sequence[PrivateKey]], Mapping[str, Any] | None]
"""Makes the NL Wallet's proof of association of keys; ``None`` where there is nothing to prove."""


class NotApplicable(Exception):
    """The relying party does not do what this case aims at; the text says what."""


class PresentationDraft(Protocol):
    """A presentation that can still be changed."""

    holder_key: PrivateKey

    def text(self) -> Any:
        """What goes into the VP Token."""
        ...


@dataclass(slots=True)
class Answer:
    """An honest answer in pieces. Change any piece; :meth:`form` builds what is posted out of what is there.

    The stages, in order: ``presentations`` → ``vp_token`` → ``members`` → ``plaintext`` → the JWE → ``fields``.
    A stage that is set by hand is taken as it is; what comes before it no longer counts.
    """

    request: AuthorizationRequest
    presentations: dict[str, list[PresentationDraft]] = field(repr=False)
    vp_token: Any = field(default=None, repr=False)
    members: dict[str, Any] = field(default_factory=dict, repr=False)
    """Beside ``vp_token`` (or, if it has one, instead of it)."""
    plaintext: bytes | None = field(default=None, repr=False)
    encryption_key: PublicKey | None = None
    jwe_header: dict[str, Any] = field(default_factory=dict)
    associate: Associate | None = field(default=None, repr=False)
    """For the member ``poa``, of the keys of the presentations as they are in the end."""
    change_jwe: Callable[[JweDraft], str | None] | None = field(default=None, repr=False)
    """Changes the JWE after it is made; a string that it returns stands for it."""
    change_fields: Callable[[list[tuple[str, str]]], None] | None = field(default=None, repr=False)
    media_type: str = FORM_MEDIA_TYPE
    body: bytes | None = field(default=None, repr=False)
    method: str = "POST"

    @classmethod
    def honest(
        cls,
        request: AuthorizationRequest,
        presentations: Mapping[str, list[PresentationDraft]],
        *,
        associate: Associate | None = None,
    ) -> Answer:
        """What a good wallet sends; with ``associate`` one that proves that its keys belong together."""
        answer = cls(request, dict(presentations), associate=associate)
        if request.state is not None:
            answer.members["state"] = request.state
        if request.encrypted:
            target = request.client_metadata.encryption_target(encs=ENCS)
            answer.encryption_key = target.key
            answer.jwe_header = {"alg": "ECDH-ES", "enc": target.enc}
            if target.kid is not None:
                answer.jwe_header["kid"] = target.kid
        return answer

    @property
    def sd_jwt(self) -> SdJwtDraft:
        """The first SD-JWT VC in it. Raises :class:`NotApplicable`."""
        return self._first(SdJwtDraft, "SD-JWT VC")

    @property
    def mdoc(self) -> MdocDraft:
        """The first mdoc in it. Raises :class:`NotApplicable`."""
        return self._first(MdocDraft, "mdoc")

    @property
    def first_id(self) -> str:
        """The first credential query that is answered."""
        return next(iter(self.presentations))

    def encrypted(self) -> None:
        """Say that a case needs an encrypted answer. Raises :class:`NotApplicable`."""
        if self.encryption_key is None:
            raise NotApplicable("it takes answers that are not encrypted")

    def built_vp_token(self) -> Any:
        """The VP Token of what is there."""
        if self.vp_token is not None:
            return self.vp_token
        return {name: [one.text() for one in drafts] for name, drafts in self.presentations.items()}

    def built_members(self) -> dict[str, Any]:
        """The parameters of the answer."""
        if "vp_token" in self.members:
            return self.members
        return {"vp_token": self.built_vp_token(), **self._association(), **self.members}

    @property
    def keys(self) -> list[PrivateKey]:
        """Those of the holder, one for each presentation."""
        return [draft.holder_key for drafts in self.presentations.values() for draft in drafts]

    def _association(self) -> dict[str, Any]:
        proof = None if self.associate is None else self.associate(self.keys)
        return {} if proof is None else {"poa": proof}

    def fields(self) -> list[tuple[str, str]]:
        """The fields of the form, in order; a name may come twice."""
        if self.encryption_key is None:
            fields = [(name, _text(value)) for name, value in self.built_members().items()]
        else:
            fields = [("response", self._response(self.encryption_key))]
        if self.change_fields is not None:
            self.change_fields(fields)
        return fields

    def payload(self) -> bytes:
        """The body that is posted."""
        return self.body if self.body is not None else urlencode(self.fields()).encode("ascii")

    def _response(self, key: PublicKey) -> str:
        plaintext = self.plaintext if self.plaintext is not None else as_json(self.built_members())
        draft = draft_jwe(plaintext, key, self.jwe_header)
        instead = self.change_jwe(draft) if self.change_jwe is not None else None
        return draft.compact() if instead is None else instead

    def _first(self, kind: type[_Draft], name: str) -> _Draft:
        for drafts in self.presentations.values():
            for draft in drafts:
                if isinstance(draft, kind):
                    return draft
        raise NotApplicable(f"it asks for no {name}")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else as_json(value).decode("utf-8")
