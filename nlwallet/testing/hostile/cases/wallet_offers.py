"""Malicious offers, and issuers that give something else than they say (list of cases, 5.4, 5.8 and 5.11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from nlwallet.crypto import CertificateAuthority, PrivateKey
from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.hostile.attack import Severity, WalletAttackGroup
from nlwallet.testing.hostile.forging_issuer import ForgingIssuer
from nlwallet.testing.hostile.jws_draft import JwsDraft, unsigned
from nlwallet.testing.hostile.offer_draft import OfferDraft
from nlwallet.testing.hostile.sd_jwt_draft import SdJwtDraft
from nlwallet.testing.hostile.wallet_attempt import WalletAttempt

WALLET_OFFERS = WalletAttackGroup(
    "A malicious offer",
    spec="OpenID4VCI 1.0 §4",
    mend="check what an offer and its issuer say, and each credential, before a card is kept",
)
_offer, _course = WALLET_OFFERS.offer, WALLET_OFFERS.course
_PRE = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

# the offer --------------------------------------------------------------------------------------


@_offer(
    "ADV-194/issuer",
    "The metadata is that of another issuer.",
    spec="OpenID4VCI 1.0 §12.2.1",
    severity=Severity.CRITICAL,
    mend="compare credential_issuer of the metadata with that of the offer",
)
def _another_issuer(draft: OfferDraft) -> None:
    draft.change_metadata = lambda metadata: metadata.update(credential_issuer="https://university.example")


@_course(
    "ADV-194/http",
    "The issuer of an offer is at a plain http address of this machine.",
    sound="visits nobody",
    spec="OpenID4VCI 1.0 §12.2.1",
    mend="take https only",
)
def _plain(attempt: WalletAttempt) -> None:
    draft = attempt.offer()
    draft.offer["credential_issuer"] = f"http://{attempt.inside().place}"
    attempt.receive(draft)


@_course(
    "ADV-194/both",
    "A link has an offer, and the address of another one.",
    spec="OpenID4VCI 1.0 §4.1",
    severity=Severity.MEDIUM,
    mend="refuse a link with credential_offer and credential_offer_uri",
)
def _both(attempt: WalletAttempt) -> None:
    draft = attempt.offer()
    draft.more["credential_offer_uri"] = f"{attempt.canary().url}/offer"
    attempt.receive(draft)


@_offer(
    "ADV-194/description",
    "What the issuer says about its code is longer than 300 characters.",
    spec="OpenID4VCI 1.0 §4.1.1",
    severity=Severity.LOW,
    mend="refuse a tx_code description of more than 300 characters",
)
def _description(draft: OfferDraft) -> None:
    draft.offer["grants"][_PRE]["tx_code"] = {"description": "Call +31 900 0000 now. " * 20}


@_course(
    "ADV-194/server",
    "An offer names an authorization server that the metadata does not have.",
    sound="sends it no code",
    spec="OpenID4VCI 1.0 §4.1.1",
    severity=Severity.CRITICAL,
    mend="take authorization_server from an offer only if the metadata of the issuer lists it",
)
def _another_server(attempt: WalletAttempt) -> None:
    draft = attempt.offer()
    draft.offer["grants"][_PRE]["authorization_server"] = attempt.canary().url
    attempt.receive(draft)


@_course(
    "ADV-196",
    "The holder comes back from the page with the iss of another authorization server.",
    sound="spends no code",
    spec="RFC 9207 §2.4; HAIP 1.0 §4.2",
    severity=Severity.CRITICAL,
    mend="compare iss of the authorization response with the issuer of the server that was asked",
)
def _mix_up(attempt: WalletAttempt) -> None:
    honest = attempt.offer(attempt.issuer().invitation())
    honest.may_keep = True
    if attempt.receive(honest).state != "done":
        raise NotApplicable("it takes no offers that lead to a page")
    mine = quote(attempt.issuer().origin, safe="")
    draft = attempt.offer(attempt.issuer().invitation())
    draft.change_way_back = lambda uri: uri.replace(f"iss={mine}", "iss=https%3A%2F%2Fas.example")
    attempt.receive(draft)
    if draft.token_requests:
        attempt.unsound("it spends the code of another server")


# the credential ---------------------------------------------------------------------------------

_RECEIPT = "check a credential when it comes as a relying party would, and tell credential_failure"


def _credential(
    id_: str,
    does: str,
    change: Callable[[SdJwtDraft], object],
    *,
    spec: str = "OpenID4VCI 1.0 §8.3; RFC 9901 §7.1",
    severity: Severity = Severity.HIGH,
) -> None:
    @_offer(id_, does, spec=spec, severity=severity, mend=_RECEIPT)
    def spoil(draft: OfferDraft) -> None:
        draft.change_credential = change


def _payload(**changes: Any) -> Callable[[SdJwtDraft], object]:
    return lambda draft: draft.issuer.payload.update(changes)


def _unsigned(draft: SdJwtDraft) -> None:
    draft.issuer.header["alg"], draft.issuer.sign = "none", unsigned


def _empty_signature(draft: SdJwtDraft) -> None:
    draft.issuer.sign = unsigned


def _key_bound(draft: SdJwtDraft) -> None:
    key = PrivateKey.generate()
    claims = {"aud": "https://attacker.example", "nonce": "n", "iat": draft.issuer.payload.get("iat", 1)}
    draft.key_binding = JwsDraft({"alg": key.alg, "typ": "kb+jwt"}, claims, key.sign)


def _twice(draft: SdJwtDraft) -> None:
    draft.issuer.payload["_sd"].append(draft.issuer.payload["_sd"][0])


_credential(
    "ADV-064/none", "The credential is not signed (alg is none).", _unsigned, severity=Severity.CRITICAL
)
_credential("ADV-064/empty", "The signature is empty.", _empty_signature, severity=Severity.CRITICAL)
_credential("ADV-195/key-binding", "The issuer gives a credential with a key binding.", _key_bound)
_credential(
    "ADV-195/another-key",
    "The credential is bound to a key of the issuer.",
    _payload(cnf={"jwk": PrivateKey.generate("P-256").public.jwk()}),
    severity=Severity.CRITICAL,
)
_credential(
    "ADV-195/no-key", "The credential is bound to no key.", lambda draft: draft.issuer.payload.pop("cnf")
)
_credential(
    "ADV-195/type", "The credential is of another type than was offered.", _payload(vct="urn:attacker:pass")
)
_credential("ADV-195/expired", "The credential expired in 2001.", _payload(exp=1_000_000_000))
_credential("ADV-077", "A digest is in the credential twice.", _twice, spec="RFC 9901 §7.1")
_credential(
    "ADV-078/sd", "A disclosure is called _sd.", lambda d: d.disclose("salt", "_sd", []), spec="RFC 9901 §7.1"
)
_credential(
    "ADV-078/dots",
    "A disclosure is called ….",
    lambda d: d.disclose("salt", "...", "x"),
    spec="RFC 9901 §7.1",
)
_credential(
    "ADV-079",
    "A disclosure has the name of a claim that is there.",
    lambda draft: draft.disclose("salt", "vct", "urn:attacker:pass"),
    spec="RFC 9901 §7.1",
)


def _hidden(name: str) -> None:
    def hide(draft: SdJwtDraft) -> None:
        draft.disclose("salt", name, draft.issuer.payload.pop(name, 1))

    _credential(
        f"ADV-086/{name}", f"{name} can be left out of a presentation.", hide, spec="SD-JWT VC §2.2.2.2"
    )


for _name in ("exp", "cnf", "vct", "nbf", "status"):
    _hidden(_name)


@_course(
    "ADV-195/stranger",
    "The credential is signed by somebody whom nobody trusts.",
    sound="keeps no card",
    spec="SD-JWT VC §3.5",
    severity=Severity.CRITICAL,
    mend=_RECEIPT,
)
def _stranger(attempt: WalletAttempt) -> None:
    issuer, draft, now = attempt.issuer(), attempt.offer(), attempt.edi.clock.now()
    trusted = issuer.signer.authority.certificate.subject
    stranger = CertificateAuthority.create(trusted.common_name, organization=trusted.organization, now=now)
    from_nobody = ForgingIssuer.below(stranger, issuer.category, now=now, san_uris=(issuer.origin,))
    draft.change_credential = lambda one: one.signed_by(from_nobody.key, from_nobody.chain.x5c())
    attempt.receive(draft)


@_course(
    "ADV-195/another-role",
    "An issuer of library cards gives a PID.",
    sound="keeps no card",
    spec="ARF OIA_12 to OIA_15",
    severity=Severity.CRITICAL,
    mend="keep anchors by what they may vouch for",
)
def _pid(attempt: WalletAttempt) -> None:
    draft, pid = attempt.offer(), "urn:eudi:pid:nl:1"

    def metadata(members: dict[str, Any]) -> None:
        members["credential_configurations_supported"][draft.configuration_id]["vct"] = pid

    def credential(one: SdJwtDraft) -> None:
        one.issuer.payload.pop("vct#integrity", None)
        one.issuer.payload["vct"] = pid

    draft.change_metadata, draft.change_credential = metadata, credential
    attempt.receive(draft)


@_course(
    "ADV-157",
    "The picture of a card is an SVG that loads another one.",
    sound="visits nobody",
    spec="SD-JWT VC §7; OpenID4VCI 1.0 §12.2.4",
    expects="observed",
    mend="render no SVG, or one from which scripts and addresses are taken out",
)
def _picture(attempt: WalletAttempt) -> None:
    draft, canary = attempt.offer(), attempt.canary()
    picture = f"data:image/svg+xml,<svg><image href='{canary.url}/me.png'/><script>1</script></svg>"

    def metadata(members: dict[str, Any]) -> None:
        members["display"] = [{"name": "De Inbreker", "logo": {"uri": picture}}]
        entry = members["credential_configurations_supported"][draft.configuration_id]
        entry["credential_metadata"]["display"] = [
            {"name": "Pas", "logo": {"uri": picture}, "background_image": {"uri": picture}}
        ]

    draft.change_metadata = metadata
    draft.may_keep = True
    attempt.receive(draft)
