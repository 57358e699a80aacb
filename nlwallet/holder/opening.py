"""From a link, or a page's request, to a verified request: received, attributed, read (OpenID4VP 1.0 §5, §A)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from nlwallet.crypto import PrivateKey
from nlwallet.errors import MalformedInput, NlWalletError, RefusedByProfile, RemoteError, TransportError
from nlwallet.holder.behaviour import refusals_of_link, refusals_of_page, refusals_of_request
from nlwallet.holder.session import send_error
from nlwallet.http import HttpClient
from nlwallet.openid4vp import (
    DID_DOCUMENT_MEDIA_TYPES,
    REQUEST_OBJECT_MEDIA_TYPE,
    SIGNED,
    UNSIGNED,
    AuthenticRequest,
    AuthorizationRequestLink,
    DcApiRequest,
    DidDocument,
    KnownClients,
    UnverifiedRequestObject,
    VerifiedRequest,
    WalletCapabilities,
    WalletMetadata,
    attribute_to_origin,
    attribute_unsigned,
    check_origin,
    claims_of_parameters,
    decrypt_request_object,
    did_web_url,
    error_code_for,
    parse_multisigned,
    parse_signed,
    reply_address,
)
from nlwallet.profiles import Profile
from nlwallet.report import Report
from nlwallet.trust import Anchors, Category


@dataclass(slots=True)
class Opening:
    """One request on its way in. ``authentic`` is there as soon as it is known who asks, ``report`` always."""

    http: HttpClient
    anchors: Anchors
    profile: Profile
    known: KnownClients
    capabilities: WalletCapabilities
    now: int
    report: Report = field(default_factory=Report)
    authentic: AuthenticRequest | None = None
    _refusals: list[RefusedByProfile] = field(default_factory=list)
    _wallet_nonce: str | None = None
    _request_uri: str | None = None

    def by_link(self, uri: str) -> VerifiedRequest:
        """The request behind a link or QR code. Raises a :class:`~nlwallet.errors.RemoteError`."""
        self._end_at_first(refusals_of_link(uri, self.profile))
        link = AuthorizationRequestLink.parse(uri, by_value=self.profile.request_by_value)
        if link.parameters is not None:
            claims = claims_of_parameters(link.parameters)
            with self._told_if_untrusted(claims):
                self.authentic = attribute_unsigned(
                    claims, profile=self.profile, known=self.known, report=self.report
                )
        else:
            text = self._fetch(link) if link.request is None else link.request
            self._refusals = refusals_of_request(
                text, self.profile, now=self.now, wallet_nonce=self._wallet_nonce
            )
            # Who asks under a name that the wallet does not take is nobody whom it could tell.
            self._end_at_first(one for one in self._refusals if one.pointer == "/client_id")
            received = UnverifiedRequestObject.parse(text, profile=self.profile)
            # One under another name than the link's ends in silence (§5.10.1): it has no address to be told at.
            with self._told_if_untrusted(received.claims if received.client_id == link.client_id else {}):
                self.authentic = self._authenticate(received, expected_client_id=link.client_id)
        return self._read(self.authentic)

    def by_dc_api(self, request: DcApiRequest, origin: str) -> VerifiedRequest:
        """The request of the page at ``origin``, which the platform tells and nobody else (§A, §15.9.2).

        Errors are raised, and no word of them goes to the page: it learns only that nothing came.
        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        check_origin(origin)
        self._refusals = refusals_of_page(request, self.profile, now=self.now)
        if request.protocol == UNSIGNED:
            self.authentic = attribute_to_origin(request.data, origin)
        elif request.protocol == SIGNED:
            received = parse_signed(request.data, profile=self.profile)
            self.authentic = self._authenticate(received, origin=origin)
        else:
            self.authentic = self._authenticate_one_of(request.data, origin)
        self._end_at_first(self._refusals)
        return self.authentic.read(
            now=self.now, profile=self.profile, report=self.report, capabilities=self.capabilities
        )

    # Receiving -----------------------------------------------------------------------------------

    def _fetch(self, link: AuthorizationRequestLink) -> str:
        """Get the request object that ``link`` points to; with POST a fresh ``wallet_nonce`` goes along.

        Raises :class:`~nlwallet.errors.TransportError` at any status but 200 (§5.10.2), or
        :class:`~nlwallet.errors.MalformedInput`.
        """
        self._request_uri = link.request_uri
        what, url, key, kid = "the request object", link.request_uri or "", None, ""
        if link.request_uri_method == "post":
            self._wallet_nonce = secrets.token_urlsafe(32)
            form = {"wallet_nonce": self._wallet_nonce}
            if self.profile.encrypted_request_objects:
                key, kid = PrivateKey.generate("P-256"), secrets.token_urlsafe(8)
                prefix = link.client_id.partition(":")[0]
                metadata = WalletMetadata.of_wallet(self.profile, prefix=prefix, key=key.public, kid=kid)
                form["wallet_metadata"] = metadata.as_form_value()
            reply = self.http.post_form(url, form, accept=REQUEST_OBJECT_MEDIA_TYPE, what=what)
        else:
            reply = self.http.get(url, accept=REQUEST_OBJECT_MEDIA_TYPE, what=what)
        if reply.status != 200:
            raise TransportError(
                f"{what} was answered with HTTP status {reply.status}",
                spec="OpenID4VP 1.0 §5.10.2",
                hint="the request may be used up or expired; ask the website for a new one",
            )
        if reply.content_type != REQUEST_OBJECT_MEDIA_TYPE:
            raise MalformedInput(
                f"{what} has another Content-Type",
                spec="OpenID4VP 1.0 §5.10.1",
                hint=f"Content-Type: {REQUEST_OBJECT_MEDIA_TYPE}",
            )
        try:
            text = reply.body.decode("ascii")
        except UnicodeDecodeError:
            raise MalformedInput(f"{what} is not a compact JWS", spec="RFC 7515 §7.1") from None
        if key is None:
            return text
        return decrypt_request_object(text, key=key, kid=kid, encs=self.profile.encryption_encs)

    def _resolved(self, client_id: str) -> KnownClients:
        """``known`` with the document of a ``did:web``, fetched from the host that the DID names."""
        if "decentralized_identifier" not in self.profile.client_id_prefixes:
            return self.known
        prefix, _, did = client_id.partition(":")
        if prefix != "decentralized_identifier" or not did.startswith("did:web:"):
            return self.known
        reply = self.http.get(did_web_url(did), accept="application/did+json", what="the DID document")
        if reply.status != 200 or reply.content_type not in DID_DOCUMENT_MEDIA_TYPES:
            raise TransportError("the DID document cannot be had", spec="OpenID4VP 1.0 §5.9.3")
        return replace(self.known, dids={**self.known.dids, did: DidDocument.parse(did, reply.body)})

    # Attributing ---------------------------------------------------------------------------------

    def _authenticate(
        self,
        received: UnverifiedRequestObject,
        *,
        expected_client_id: str | None = None,
        origin: str | None = None,
    ) -> AuthenticRequest:
        same = expected_client_id in {None, received.client_id}
        return received.authenticate(
            expected_client_id=expected_client_id,
            anchors=self.anchors.of(Category.ACCESS_CA),
            now=self.now,
            profile=self.profile,
            report=self.report,
            known=self._resolved(received.client_id) if same else self.known,
            origin=origin,
        )

    def _authenticate_one_of(self, data: Mapping[str, Any], origin: str) -> AuthenticRequest:
        """The first identity that this wallet trusts; the others belong to other trust frameworks (§A.3.2.2)."""
        refused: NlWalletError | None = None
        before = len(self.report.checks)
        for received in parse_multisigned(data, profile=self.profile):
            del self.report.checks[before:]
            try:
                return self._authenticate(received, origin=origin)
            except RemoteError as error:
                refused = refused or error
        assert refused is not None  # parse_multisigned returns one object at least
        raise refused

    @contextmanager
    def _told_if_untrusted(self, claims: Mapping[str, Any]) -> Iterator[None]:
        """Unless the profile rejects silently, who cannot be trusted is told the error code of §8.5."""
        try:
            yield
        except RemoteError as error:
            if not self.profile.reject_silently:
                self._report(error, claims, None)
            raise

    # Reading -------------------------------------------------------------------------------------

    def _read(self, authentic: AuthenticRequest) -> VerifiedRequest:
        """Check what the request says. A mistake in it is reported to the requester, who signed it (§8.5).

        The report tells nothing about the holder: it is the same for every wallet. A request that was made
        for another fetch ends in silence (§5.10.1), and so does one that nobody signed.
        """
        try:
            self._end_at_first(self._refusals)
            return authentic.read(
                now=self.now,
                profile=self.profile,
                report=self.report,
                wallet_nonce=self._wallet_nonce,
                capabilities=self._able(),
            )
        except RemoteError as error:
            trusted = authentic.client.signed or not self.profile.reject_silently
            if trusted and error.pointer != "/wallet_nonce":
                self._report(error, authentic.claims, authentic)
            raise

    def _end_at_first(self, refusals: Iterable[RefusedByProfile]) -> None:
        """The behaviour of the profile: the first thing that it does not take ends the request."""
        for refusal in refusals:
            self.report.failed("profile", f"a wallet that behaves as {self.profile.name} takes it", refusal)
            raise refusal

    def _able(self) -> WalletCapabilities:
        able = self.capabilities
        if self._request_uri is None or not self.profile.request_uri_as_audience:
            return able
        return replace(able, audiences=(*able.audiences, self._request_uri))

    def _report(
        self, error: RemoteError, claims: Mapping[str, Any], authentic: AuthenticRequest | None
    ) -> None:
        """Post the error response to where ``claims`` want it, if that is a place one may post to."""
        to = reply_address(claims, authentic.client if authentic else None)
        if to is not None and to.by_post:
            # The holder hears about the request; a second failure while reporting it adds nothing.
            with suppress(RemoteError):
                send_error(error_code_for(error), to, description=_described(error), http=self.http)


def _described(error: RemoteError) -> str:
    where = f" at {error.pointer}" if error.pointer else ""
    section = error.spec.replace("§", "section ")  # the description may hold ASCII only (RFC 6749 §5.2)
    return f"{error.message}{where} ({section})"
