"""Hold a record, certificates and a request together, as a wallet would: what ``nlwallet check-rp`` does."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nlwallet.cli.lint import fetch_request
from nlwallet.cli.source import read_source
from nlwallet.clock import SystemClock
from nlwallet.crypto import Certificate, CertificateChain
from nlwallet.encoding import b64url_decode, parse_json_object
from nlwallet.errors import LocalError, MalformedInput, RemoteError, TransportError
from nlwallet.holder.registrar_lists import RegistrarLists
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.lint import request_reference
from nlwallet.lint.given import recognise
from nlwallet.openid4vp import (
    AskedParts,
    AuthorizationRequestLink,
    UnverifiedRequestObject,
    WalletCapabilities,
    check_request_object,
)
from nlwallet.profiles import Profile
from nlwallet.profiles import profile as profile_named
from nlwallet.registration import RelyingPartyRecord, RequestCheck, check_request, over_asked
from nlwallet.report import Report
from nlwallet.sandbox import read_anchor_folder
from nlwallet.sdjwt import known_types
from nlwallet.trust import Category, TrustAnchors

ANCHORS_OF_A_PARTY: Final = (
    Category.ACCESS_CA,
    Category.REGISTRATION_CERTIFICATE_PROVIDER,
    Category.STATUS_PROVIDER,
)
"""What an anchor without a category counts for."""

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_OF_A_RECORD: Final = frozenset({"identifier", "intended_uses"})
_WALLET: Final = WalletCapabilities(formats=("dc+sd-jwt", "mso_mdoc"))


@dataclass(frozen=True, slots=True)
class PartyOptions:
    """By which rules, trusting whom, when, and whether this machine may be reached."""

    profile: str = "haip-1.0"
    anchors: TrustAnchors = field(default_factory=TrustAnchors)
    at: int | None = None
    local: bool = False
    tls_anchor: Path | None = None


@dataclass(slots=True)
class PartyPapers:
    """What was given, sorted by kind."""

    request_object: str | None = None
    client_id: str | None = None
    wallet_nonce: str | None = None
    claims: Mapping[str, Any] | None = None
    chain: CertificateChain | None = None
    registration_certificates: tuple[str, ...] = ()
    record: RelyingPartyRecord | None = None
    record_error: LocalError | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What they are, for people."""
        there = {
            "request object": self.request_object is not None,
            "request without signature": self.claims is not None,
            "access certificate": self.chain is not None,
            "registration certificate": bool(self.registration_certificates),
            "record": self.record is not None or self.record_error is not None,
        }
        return tuple(name for name, given in there.items() if given)


def read_anchors(paths: Sequence[Path], categories: Sequence[str]) -> TrustAnchors:
    """The anchors in PEM files, each for the category at its place, or for all that concern a relying party.

    Those in a folder (``anchors/`` of ``nlwallet pki new``) say their category by their names.

    Raises :class:`~nlwallet.errors.LocalError`.
    """
    if categories and len(categories) != len(paths):
        raise LocalError("give as many --category as --anchor, in the same order, or none")
    anchors = TrustAnchors()
    for number, path in enumerate(paths):
        if path.is_dir():
            for category, certificates in read_anchor_folder(path).by_category.items():
                anchors = anchors.adding(category, *certificates)
            continue
        try:
            certificates = pem_certificates(read_source(str(path)))
        except RemoteError as error:
            raise LocalError(f"{path} holds no anchor: {error.message}") from None
        for category in (_category(categories[number]),) if categories else ANCHORS_OF_A_PARTY:
            anchors = anchors.adding(category, *certificates)
    return anchors


def pem_certificates(text: str) -> tuple[Certificate, ...]:
    """All certificates of a PEM text. Raises a :class:`~nlwallet.errors.RemoteError`."""
    blocks = _PEM.findall(text)
    if not blocks:
        raise MalformedInput("there is no certificate in PEM", spec="RFC 7468 §5")
    return tuple(Certificate.from_pem(block.encode("ascii", "replace")) for block in blocks[:64])


def check_party(
    sources: Sequence[str], options: PartyOptions, *, http: HttpClient | None = None
) -> tuple[PartyPapers, RequestCheck]:
    """Read ``sources`` (links, addresses, files, texts) and check them together; ``http`` is for tests.

    Raises :class:`~nlwallet.errors.LocalError` for wrong options, and :class:`~nlwallet.errors.RemoteError` for
    what is none of these things or cannot be fetched.
    """
    profile = profile_named(options.profile)
    now = SystemClock().now() if options.at is None else options.at
    if http is not None:
        return _check(sources, options, profile, now, http)
    policy = HttpPolicy(
        insecure_allow_http=options.local,
        insecure_allow_private_addresses=options.local,
        tls_anchors_pem="" if options.tls_anchor is None else read_source(str(options.tls_anchor)),
    )
    with HttpClient(policy) as client:
        return _check(sources, options, profile, now, client)


def _check(
    sources: Sequence[str], options: PartyOptions, profile: Profile, now: int, http: HttpClient
) -> tuple[PartyPapers, RequestCheck]:
    papers = PartyPapers()
    for source in sources:
        _sort(source.strip() if "://" in source[:64] else read_source(source), papers, http)
    anchors = options.anchors
    lists = RegistrarLists(http).known_to(anchors=anchors, now=now, profile=profile)
    ancestors = known_types().ancestors
    parts = AskedParts.of(papers.claims or {})
    if papers.request_object is not None:
        checked = check_request_object(
            papers.request_object,
            expected_client_id=papers.client_id,
            anchors=anchors,
            status_lists=lists,
            now=now,
            profile=profile,
            ancestors=ancestors,
            capabilities=_WALLET,
            wallet_nonce=papers.wallet_nonce,
        )
        parts = _parts_of(papers.request_object, profile)
    elif papers.chain is not None or papers.registration_certificates or papers.claims is not None:
        checked = check_request(
            papers.registration_certificates or parts.registration_certificates,
            chain=papers.chain,
            query=parts.query,
            anchors=anchors,
            status_lists=lists,
            now=now,
            profile=profile,
            ancestors=ancestors,
        )
        _leave_out_what_was_not_given(papers, checked)
    else:
        checked = RequestCheck.unread(Report())
    _check_record(papers, parts, checked.report)
    return papers, checked


def _parts_of(request_object: str, profile: Profile) -> AskedParts:
    try:
        return AskedParts.of(UnverifiedRequestObject.parse(request_object, profile=profile).claims)
    except RemoteError:  # the report has it already
        return AskedParts(None, ())


def _leave_out_what_was_not_given(papers: PartyPapers, checked: RequestCheck) -> None:
    if papers.chain is None and papers.claims is None:
        checked.skip("RPRC_17a", "give the access certificate too; then its withdrawal is looked up as well")
    if not papers.registration_certificates and papers.claims is None:
        checked.skip("RPRC_19", "give the registration certificate too")
    if papers.claims is None:
        checked.skip("RPRC_21", "give the request or its query too")


def _check_record(papers: PartyPapers, parts: AskedParts, report: Report) -> None:
    what = "the register takes the record"
    if papers.record_error is not None:
        report.failed("Reg_01", what, papers.record_error)
    if papers.record is None:
        return
    report.passed("Reg_01", "CIR (EU) 2025/848 Annex I", what)
    if parts.query is None or not papers.record.intended_uses:
        return
    query = parts.query
    by_use = {
        use.id: over_asked(query, use.credentials, ancestors=known_types().ancestors)
        for use in papers.record.intended_uses
    }
    use, over = min(by_use.items(), key=lambda one: len(one[1]))
    what = f"nothing is asked beyond the use {use} of the record"
    if over:
        reason = "; ".join(dict.fromkeys(found.reason for found in over))
        report.warned("RPRC_21", "ARF RPRC_21", what, reason, code="over_asking")
    else:
        report.passed("RPRC_21", "ARF RPRC_21", what)


def _sort(text: str, papers: PartyPapers, http: HttpClient) -> None:
    if text.startswith("-----BEGIN"):
        certificates = pem_certificates(text)
        x5c = [base64.b64encode(one.der).decode("ascii") for one in certificates]
        papers.chain = CertificateChain.from_x5c(x5c)
    elif (
        text.startswith("{") and _OF_A_RECORD & (members := parse_json_object(text, what="the input")).keys()
    ):
        try:
            papers.record = RelyingPartyRecord.of(**members)
        except LocalError as error:
            papers.record_error = error
    elif text.count(".") == 2 and _typ(text) == "rc-wrp+jwt":
        papers.registration_certificates += (text,)
    else:
        _sort_request(text, papers, http)


def _sort_request(text: str, papers: PartyPapers, http: HttpClient) -> None:
    given = recognise(text)
    if given.kind == "request_object":
        papers.request_object = given.text
    elif given.kind in ("claims", "wrapped_query"):
        papers.claims = given.members
    elif given.kind == "query":
        papers.claims = {"dcql_query": given.members}
    elif given.kind == "endpoint":
        _fetch(given.text, papers, http)
    elif given.kind == "link":
        link = AuthorizationRequestLink.parse(given.text, by_value=True)
        papers.client_id = link.client_id
        if link.request is None:
            _fetch(given.text, papers, http)
        else:
            papers.request_object = link.request
    else:
        raise MalformedInput(
            "this is nothing that check-rp reads",
            hint="a link, a request, certificates in PEM, a registration certificate or a record",
        )


def _fetch(text: str, papers: PartyPapers, http: HttpClient) -> None:
    reference = request_reference(text)
    if reference is None:
        raise MalformedInput("the link holds no signed request", hint="give a link with a request_uri")
    fetched = fetch_request(http, reference)
    if fetched.status != 200:
        raise TransportError(f"the request object came with HTTP status {fetched.status}")
    papers.request_object = fetched.body.decode("ascii", "replace").strip()
    papers.wallet_nonce = fetched.wallet_nonce or None


def _typ(text: str) -> str:
    try:
        header = json.loads(b64url_decode(text.partition(".")[0]))
    except (RemoteError, ValueError, RecursionError):
        return ""
    return str(header.get("typ", "")) if isinstance(header, dict) else ""


def _category(name: str) -> Category:
    try:
        return Category(name)
    except ValueError:
        raise LocalError(
            f"no category {name!r}", hint=f"one of {', '.join(one.value for one in Category)}"
        ) from None
