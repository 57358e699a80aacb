"""A page asks for mdocs without OpenID4VP (ISO/IEC TS 18013-7 Annex C): checked as a reader is, put to the holder.

Who asks must have signed the request in this very session, which names the page; so it cannot be passed on to another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from nlwallet.crypto import Certificate
from nlwallet.encoding import b64url_decode
from nlwallet.errors import InvalidMdoc, LocalError, RemoteError
from nlwallet.holder import registered
from nlwallet.holder.examine import Examination
from nlwallet.holder.facts import RequestFacts
from nlwallet.holder.logged_request import entry_of_failed_meeting
from nlwallet.holder.prompt import ConsentPrompt
from nlwallet.holder.prompting import Prompting
from nlwallet.holder.proximity import MetRequest
from nlwallet.holder.reader_check import ReaderCheck
from nlwallet.holder.session import Outcome
from nlwallet.mdoc import BrowserExchange, DeviceRequest, DeviceSignature, Mdoc, encode_device_response
from nlwallet.openid4vp import DC_API_PROTOCOLS, ISO_MDOC, check_origin
from nlwallet.openid4vp.client_id import x509_hash_client_id
from nlwallet.proximity import query_of
from nlwallet.report import Report


@dataclass(frozen=True, slots=True)
class BrowserMdocAnswer:
    """The way back to the page."""

    examination: Examination
    request: MetRequest
    exchange: BrowserExchange

    def facts(self, choice: Mapping[str, str], options: Mapping[int, int]) -> RequestFacts:
        """What would be shared, with these cards."""
        return self.examination.facts(choice, options)

    def response(self, facts: RequestFacts) -> dict[str, Any]:
        """The documents, each proven in this session, encrypted for who asked."""
        party, transcript, documents = (
            x509_hash_client_id(self.request.chain.leaf),
            self.exchange.transcript,
            [],
        )
        for one in facts.sharing:
            copy = one.card.copies.for_party(party)
            if not isinstance(copy.credential, Mdoc):
                raise LocalError("a page that asks so is shown mdocs only", spec="ISO/IEC TS 18013-7 Annex C")
            documents.append(
                copy.credential.document(
                    one.paths, session_transcript=transcript, device_auth=DeviceSignature(copy.key)
                )
            )
        return {"response": self.exchange.seal(encode_device_response(documents))}

    def send(self, members: Mapping[str, Any]) -> Outcome:
        """Hand it to the page."""
        return Outcome(protocol=ISO_MDOC, data=members)

    def refuse(self, code: str) -> Outcome:
        """Nothing for the page: that protocol has no error, the browser rejects the promise."""
        return Outcome(protocol=ISO_MDOC)


def mdoc_request_in(requests: Any) -> Mapping[str, Any] | None:
    """The data of the first mdoc request, if no request is one of OpenID4VP; those are answered first."""
    entries = [one for one in requests if isinstance(one, Mapping)] if isinstance(requests, Sequence) else []
    if any(one.get("protocol") in DC_API_PROTOCOLS for one in entries):
        return None
    found = next((one.get("data") for one in entries if one.get("protocol") == ISO_MDOC), None)
    return found if isinstance(found, Mapping) else None


def open_mdoc_request(
    data: Mapping[str, Any], *, origin: str, prompting: Prompting, readers: ReaderCheck
) -> ConsentPrompt:
    """Check what a page at ``origin`` asks, and who signed it. Raises a :class:`~nlwallet.errors.RemoteError`."""
    now, report = prompting.clock.now(), Report()
    leaf: Certificate | None = None
    try:
        check_origin(origin)
        exchange = BrowserExchange.parse(data.get("encryptionInfo"), origin=origin)
        asked = data.get("deviceRequest")
        if not isinstance(asked, str):
            raise InvalidMdoc(
                "deviceRequest is no text", spec="ISO/IEC TS 18013-7 Annex C", pointer="/deviceRequest"
            )
        request = DeviceRequest.parse(b64url_decode(asked, pointer="/deviceRequest"))
        chain = readers.authenticate(request, exchange.transcript, now=now, report=report)
        leaf = chain.leaf
        met = MetRequest(query_of(request), chain)
        checked = readers.check(request, met.query, chain, now=now, report=report)
        if checked.refusal is not None:
            raise checked.refusal
    except RemoteError as error:
        prompting.log.add(replace(entry_of_failed_meeting(leaf, error, now), kind="presentation"))
        raise
    host = urlsplit(origin).hostname or ""
    return prompting.prompt(
        met,
        registered.party_of_certificate(leaf, host, checked.registration.certificate),
        checked.registration,
        answer=lambda examination: BrowserMdocAnswer(examination, met, exchange),
        report=report,
        now=now,
    )
