"""Which session transcript a wallet used, when it was not the one of the request.

A device signature over another transcript only says that it does not verify. Which value was wrong is found by trying
what wallets are known to get wrong (:mod:`nlwallet.mdoc.transcript_forms`). What comes out is for the relying party's
own report and log. It is nothing to answer a wallet with, and it holds no nonce and no attribute value.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cose import parse_cose_sign1
from nlwallet.encoding import b64url_decode
from nlwallet.errors import InvalidMdoc, RemoteError
from nlwallet.mdoc.annotated_cbor import annotated_diff
from nlwallet.mdoc.device_auth import (
    device_authentication,
    unwrapped_device_authentication,
    verify_device_auth,
)
from nlwallet.mdoc.mobile_security_object import MobileSecurityObject
from nlwallet.mdoc.reading import decode, filled, member, typed, unwrap
from nlwallet.mdoc.session_facts import SessionFacts
from nlwallet.mdoc.transcript_forms import (
    MAX_CANDIDATES,
    Candidate,
    candidates,
    expected_transcript,
    form_of,
)


@dataclass(frozen=True, slots=True)
class TranscriptExplanation:
    """What was found. Without a ``form`` none of the known transcripts was it."""

    expected_form: str
    tried: int
    """How many transcripts were tried."""
    form: str = ""
    """An id such as ``openid4vp-1.0-redirect`` or ``iso-18013-7-annex-b``."""
    spec: str = ""
    differences: tuple[tuple[str, str], ...] = ()
    """The field, and what the wallet put there."""
    diff: str = field(default="", repr=False)
    """Annotated CBOR: ``-`` what the request asks for, ``+`` what the wallet used."""
    title: str = ""

    @property
    def found(self) -> bool:
        """Whether it is known which transcript the wallet used."""
        return bool(self.form)

    @property
    def as_asked(self) -> bool:
        """Whether it is the transcript of the request: then the proof is as it must be."""
        return self.form == self.expected_form and not self.differences

    @property
    def summary(self) -> str:
        """One line."""
        if not self.found:
            return (
                f"none of {self.tried} known session transcripts was signed: another nonce or request, or not the key "
                "of the document"
            )
        if self.as_asked:
            return "the device signed the session transcript of the request"
        said = [f"{name}: {note}" for name, note in self.differences]
        if self.form != self.expected_form:
            said.insert(0, f"{self.title} ({self.spec})")
        return "the wallet's session transcript differs: " + "; ".join(said)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "found": self.found,
            "as_asked": self.as_asked,
            "expected": self.expected_form,
            "used": self.form or None,
            "spec": self.spec or None,
            "differences": [{"field": name, "used": note} for name, note in self.differences],
            "tried": self.tried,
            "summary": self.summary,
            "diff": self.diff,
        }

    def __str__(self) -> str:
        return f"{self.summary}\n\n{self.diff}" if self.diff else self.summary


def explain_session_transcript(
    presentation: str,
    facts: SessionFacts,
    *,
    algorithms: Collection[str],
    reader_key: PrivateKey | None = None,
    position: int = 0,
) -> TranscriptExplanation:
    """Find the transcript that the device signed in a ``presentation`` (base64url of a DeviceResponse).

    For a response whose issuer was verified and whose device proof was refused: nothing of the document is checked
    here. ``position`` is that of the document. At most :data:`MAX_CANDIDATES` proofs are tried. Raises a
    :class:`~nlwallet.errors.RemoteError` if there is no proof to look at.
    """
    proof = _Proof.read(b64url_decode(presentation), position)
    tried = 0
    for candidate in islice(candidates(facts), MAX_CANDIDATES):
        tried += 1
        if proof.fits(candidate, algorithms, reader_key):
            return _explained(candidate, facts, tried)
    return TranscriptExplanation(form_of(facts).id, tried)


@dataclass(frozen=True, slots=True)
class _Proof:
    mso: MobileSecurityObject
    namespaces: bytes
    device_auth: Any

    @classmethod
    def read(cls, data: bytes, position: int) -> _Proof:
        response = typed(decode(data, what="the device response"), dict, "the device response", "")
        documents = filled(response.get("documents"), list, "documents", "/documents")
        if position >= len(documents):
            raise InvalidMdoc("there is no such document", pointer="/documents")
        document = typed(documents[position], dict, "a document", "/documents")
        signed = member(document, "deviceSigned", dict, "")
        device_auth = filled(signed.get("deviceAuth"), dict, "deviceAuth", "/deviceSigned/deviceAuth")
        issuer_signed = member(document, "issuerSigned", dict, "")
        issuer_auth = member(issuer_signed, "issuerAuth", list, "")
        message = parse_cose_sign1(issuer_auth, algorithms=_ANY, what="IssuerAuth")
        return cls(
            MobileSecurityObject.parse(message.payload or b""),
            unwrap(signed.get("nameSpaces"), "nameSpaces", "/deviceSigned"),
            device_auth,
        )

    def fits(self, candidate: Candidate, algorithms: Collection[str], reader_key: PrivateKey | None) -> bool:
        transcript = candidate.transcript.encode()
        made = device_authentication if candidate.tagged else unwrapped_device_authentication
        try:
            verify_device_auth(
                self.device_auth,
                device_key=self.mso.device_key,
                authentication=made(transcript, self.mso.doctype, self.namespaces),
                session_transcript=transcript,
                algorithms=algorithms,
                reader_key=reader_key,
            )
        except RemoteError:
            return False
        return True


_ANY = frozenset({"ES256", "ES384", "ES512", "EdDSA"})


def _explained(candidate: Candidate, facts: SessionFacts, tried: int) -> TranscriptExplanation:
    diff = annotated_diff(expected_transcript(facts), candidate.transcript) if tried > 1 else ""
    if not candidate.tagged:
        diff = f"- d818  # DeviceAuthenticationBytes: tag 24 around DeviceAuthentication\n{diff}"
    return TranscriptExplanation(
        expected_form=form_of(facts).id,
        tried=tried,
        form=candidate.form.id,
        spec=candidate.form.spec,
        differences=candidate.deviations,
        diff=diff,
        title=candidate.form.title,
    )
