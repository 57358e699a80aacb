"""Malicious requests: who asks, how it is signed, and what it is answered with (list of cases, 5.8 and 5.10)."""

from __future__ import annotations

from collections.abc import Callable

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.openid4vp import x509_hash_client_id
from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.hostile.attack import Severity, WalletAttackGroup
from nlwallet.testing.hostile.hostile_relying_party import HostileRelyingParty
from nlwallet.testing.hostile.jws_draft import hmac_of_public_key, unsigned
from nlwallet.testing.hostile.request_draft import RequestDraft
from nlwallet.testing.hostile.wallet_attempt import WalletAttempt
from nlwallet.trust import Category

DAY = 86_400
WALLET_REQUESTS = WalletAttackGroup(
    "A malicious request",
    spec="OpenID4VP 1.0 §5",
    mend="check who signed a request, and all that it says, before anybody is asked anything",
)
_request, _course = WALLET_REQUESTS.request, WALLET_REQUESTS.course

# the signature ----------------------------------------------------------------------------------

_SIGNED = "verify the signature with the key of the certificate, by an algorithm of a list of your own"


@_request(
    "ADV-167/typ-missing", "The request object has no typ.", spec="OpenID4VP 1.0 §5", mend="require typ"
)
def _no_typ(draft: RequestDraft) -> None:
    del draft.token.header["typ"]


@_request(
    "ADV-167/typ",
    "typ of the request object is JWT.",
    spec="OpenID4VP 1.0 §5",
    mend="require oauth-authz-req+jwt",
)
def _typ(draft: RequestDraft) -> None:
    draft.token.header["typ"] = "JWT"


@_request(
    "ADV-167/none",
    "The request object is not signed (alg is none).",
    spec="RFC 8725 §3.1",
    severity=Severity.CRITICAL,
    mend=_SIGNED,
)
def _none(draft: RequestDraft) -> None:
    draft.token.header["alg"], draft.token.sign = "none", unsigned


@_course(
    "ADV-167/hs256",
    "The request object is signed by HS256 with the public key as secret.",
    spec="RFC 8725 §2.1",
    severity=Severity.CRITICAL,
    mend=_SIGNED,
)
def _hs256(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    draft.token.header["alg"], draft.token.sign = "HS256", hmac_of_public_key(attempt.party.key)
    attempt.open(draft)


@_request(
    "ADV-167/another-key",
    "Somebody else signs the request object.",
    spec="RFC 7515 §5.2",
    severity=Severity.CRITICAL,
    mend=_SIGNED,
)
def _another_key(draft: RequestDraft) -> None:
    draft.token.sign = PrivateKey.generate().sign


# the link ---------------------------------------------------------------------------------------


@_request(
    "ADV-168/client-id",
    "The link names another client than the request object.",
    spec="OpenID4VP 1.0 §5.10.1; RFC 9101 §6.3",
    mend="compare client_id of the link with that of the object",
)
def _outer(draft: RequestDraft) -> None:
    draft.link["client_id"] = f"x509_hash:{'A' * 43}"


@_course(
    "ADV-168/parameters",
    "Parameters in the link contradict the request object: another query, another address.",
    sound="uses the object only",
    spec="RFC 9101 §6.3",
    expects="observed",
    mend="take nothing from the link but client_id, request_uri and request_uri_method",
)
def _contradiction(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    draft.link |= {"response_uri": f"{attempt.canary().url}/response", "nonce": "attacker", "state": "x"}
    attempt.open(draft)


@_request(
    "ADV-168/both",
    "The link has the request object in it, and an address of it too.",
    spec="RFC 9101 §5",
    severity=Severity.MEDIUM,
    mend="refuse a link with both request and request_uri",
)
def _twice(draft: RequestDraft) -> None:
    draft.link["request"] = draft.object()


def _nonce(id_: str, does: str, said: str | None) -> None:
    @_course(
        f"ADV-169/{id_}",
        does,
        spec="OpenID4VP 1.0 §5.10.1",
        mend="end the session when wallet_nonce is not the one that you sent",
    )
    def run(attempt: WalletAttempt) -> None:
        draft = attempt.request()
        draft.link["request_uri_method"] = "post"
        draft.repeat_nonce = lambda _: said
        attempt.open(draft)
        if not draft.nonces:
            raise NotApplicable("it sends no wallet_nonce")


_nonce("missing", "The request object does not repeat the wallet_nonce.", None)
_nonce("another", "The request object has another wallet_nonce.", "attacker-nonce-0123456789")

# the certificate --------------------------------------------------------------------------------

_TRUSTED = "build the chain to an anchor of access certificates, and check the validity of each certificate"


@_request(
    "ADV-170/another-hash",
    "client_id is the hash of another certificate.",
    spec="OpenID4VP 1.0 §5.9.3",
    severity=Severity.CRITICAL,
    mend="compare x509_hash with the SHA-256 of the certificate that signed",
)
def _another_hash(draft: RequestDraft) -> None:
    draft.called(f"x509_hash:{'B' * 43}")


def certified_by(draft: RequestDraft, party: HostileRelyingParty, authority: CertificateAuthority) -> None:
    """Let a request of ``party`` be signed with a certificate of ``authority``."""
    key, leaf = PrivateKey.generate(), party.certificates.access_chain.leaf
    subject = Subject(
        leaf.subject.common_name, country="NL", organization=leaf.subject.organization or "De Inbreker"
    )
    chain = authority.issue(key.public, subject, now=party.edi.clock.now(), san_dns=(party.host,))
    draft.token.sign, draft.token.header["x5c"] = key.sign, chain.x5c()
    draft.called(x509_hash_client_id(chain.leaf))


def stranger_to(edi: Sandbox) -> CertificateAuthority:
    """An authority that nobody trusts, and that has the name of the trusted one."""
    anchor = edi.registrar.access_anchor.subject
    return CertificateAuthority.create(
        anchor.common_name, organization=anchor.organization, now=edi.clock.now()
    )


def _certified(id_: str, does: str, authority_of: Callable[[WalletAttempt], CertificateAuthority]) -> None:
    @_course(
        f"ADV-170/{id_}",
        does,
        spec="HAIP 1.0 §5; RFC 5280 §6",
        severity=Severity.CRITICAL,
        mend=_TRUSTED,
    )
    def run(attempt: WalletAttempt) -> None:
        draft = attempt.request()
        certified_by(draft, attempt.party, authority_of(attempt))
        attempt.open(draft)


_certified(
    "untrusted",
    "The certificate is of an authority that nobody trusts, and that has the name of the trusted one.",
    lambda attempt: stranger_to(attempt.edi),
)
_certified(
    "leaf-as-authority",
    "The certificate was issued with another party's access certificate, which is no authority's.",
    lambda attempt: CertificateAuthority(
        attempt.party.certificates.access_chain.leaf,
        attempt.party.key,
        tuple(attempt.party.certificates.access_chain),
    ),
)


@_course(
    "ADV-170/self-signed",
    "The certificate signed itself.",
    spec="HAIP 1.0 §5",
    severity=Severity.CRITICAL,
    mend=_TRUSTED,
)
def _self_signed(attempt: WalletAttempt) -> None:
    draft, authority = attempt.request(), stranger_to(attempt.edi)
    draft.token.sign = PrivateKey.from_pem(authority.private_key_pem()).sign
    draft.token.header["x5c"] = CertificateChain(authority.certificate).x5c()
    draft.called(x509_hash_client_id(authority.certificate))
    attempt.open(draft)


@_course(
    "ADV-170/anchor",
    "x5c has the anchor in it, against HAIP.",
    sound="refuses under HAIP; elsewhere it may accept",
    spec="HAIP 1.0 §5",
    severity=Severity.LOW,
    expects="observed",
    mend="refuse a chain that brings its own anchor",
)
def _with_anchor(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    leaf, *above = attempt.party.certificates.access_chain
    anchor = attempt.edi.registrar.access_anchor
    draft.token.header["x5c"] = CertificateChain(leaf, (*above, anchor)).x5c()
    attempt.open(draft)


@_course(
    "ADV-170/another-role",
    "The certificate is of an authority that is trusted for issuers of PIDs.",
    spec="ARF topic 31; RFC 5280 §6",
    severity=Severity.CRITICAL,
    mend="keep anchors by what they may vouch for",
)
def _another_role(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    certified_by(draft, attempt.party, attempt.edi.authorities.of(Category.PID_PROVIDER))
    attempt.open(draft)


@_course(
    "ADV-170/expired",
    "The access certificate ended yesterday.",
    spec="RFC 5280 §6.1.3",
    severity=Severity.HIGH,
    mend=_TRUSTED,
)
def _expired(attempt: WalletAttempt) -> None:
    short = HostileRelyingParty(attempt.edi, short_lived=True)
    attempt.travel(2 * DAY)
    attempt.open(attempt.request(short))


@_request(
    "ADV-171",
    "By x509_san_dns somebody asks in the name of a host that is not in the certificate.",
    spec="OpenID4VP 1.0 §5.9.3",
    severity=Severity.CRITICAL,
    mend="require the dNSName in the certificate, and the response_uri on that host",
)
def _another_host(draft: RequestDraft) -> None:
    draft.called("x509_san_dns:bank.example")


@_course(
    "ADV-171/response-uri",
    "By x509_san_dns, with a response_uri on another host.",
    spec="OpenID4VP 1.0 §5.9.3",
    mend="require the response_uri on the host of the client identifier",
)
def _elsewhere(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    draft.called(f"x509_san_dns:{attempt.party.host}")
    draft.claims["response_uri"] = f"{attempt.canary().url}/response"
    attempt.open(draft)


def _prefix(id_: str, does: str, client_id: str) -> None:
    _request(
        f"ADV-173/{id_}",
        does,
        spec="OpenID4VP 1.0 §5.9",
        severity=Severity.CRITICAL,
        mend="refuse prefixes that you do not know, origin: in any request, and redirect_uri: in a signed one",
    )(lambda draft: draft.called(client_id))


_prefix("origin", "A request names itself by the origin of a page.", "origin:https://bank.example")
_prefix("unknown", "The prefix of the client identifier is unknown.", "unknown:bank.example")
_prefix(
    "redirect-uri", "A signed request has the prefix for unsigned ones.", "redirect_uri:https://bank.example"
)


@_request(
    "ADV-180/forged",
    "The signature of the registration certificate is wrong.",
    sound="ignores the certificate, or refuses",
    spec="OpenID4VP 1.0 §5.1; ETSI TS 119 475",
    expects="observed",
    severity=Severity.MEDIUM,
    mend="verify registration certificates before you show what they say",
)
def _forged_registration(draft: RequestDraft) -> None:
    info = draft.claims["verifier_info"][0]
    head, _, signature = info["data"].rpartition(".")
    info["data"] = f"{head}.{'A' * len(signature)}"


@_course(
    "ADV-180/another-client",
    "The registration certificate is somebody else's.",
    sound="ignores the certificate, or refuses",
    spec="OpenID4VP 1.0 §5.1; ETSI TS 119 475",
    expects="observed",
    severity=Severity.MEDIUM,
    mend="compare the subject of the registration certificate with that of the access certificate",
)
def _another_registration(attempt: WalletAttempt) -> None:
    other = HostileRelyingParty(attempt.edi)
    draft = attempt.request()
    draft.claims["verifier_info"] = other.draft().claims["verifier_info"]
    attempt.open(draft)


@_request(
    "ADV-180/two",
    "Two registration certificates come along.",
    sound="takes neither of them, or refuses",
    spec="ARF RPRC_19; ETSI TS 119 472-2 §6.3.2.2",
    expects="observed",
    severity=Severity.MEDIUM,
    mend="show nothing of a registration where there is more than one",
)
def _two_registrations(draft: RequestDraft) -> None:
    draft.claims["verifier_info"] *= 2


@_request(
    "ADV-180/one-query",
    "The registration certificate is for one credential query only.",
    sound="holds the whole request against it, or refuses",
    spec="ETSI TS 119 472-2 §6.3.2.2",
    expects="observed",
    severity=Severity.MEDIUM,
    mend="take credential_ids of a registration certificate for an error, and never as a reason to leave a query out",
)
def _registration_of_one_query(draft: RequestDraft) -> None:
    draft.claims["verifier_info"][0]["credential_ids"] = [draft.credential["id"]]
