"""Who asks: the client identifier, its prefix, and what proves it (OpenID4VP 1.0 §5.9)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit

from nlwallet.crypto import CertificateChain
from nlwallet.encoding import b64url_decode
from nlwallet.errors import MalformedInput
from nlwallet.lint.channel import Channel
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import shown, type_of

PREFIXES = frozenset(
    {
        "x509_hash",
        "x509_san_dns",
        "redirect_uri",
        "verifier_attestation",
        "decentralized_identifier",
        "openid_federation",
        "origin",
    }
)
SIGNED_PREFIXES = PREFIXES - {"redirect_uri", "origin"}
X509_PREFIXES = frozenset({"x509_hash", "x509_san_dns"})

_OF_DRAFTS = {
    "did": "decentralized_identifier:did:…",
    "https": "openid_federation:https://…",
    "entity_id": "openid_federation:https://…",
    "x509_san_uri": "x509_hash:…, for x509_san_uri is gone since draft 25",
    "web-origin": "no client_id at all: an unsigned request through the browser's API has none",
}


def prefix_of(client_id: object) -> str:
    """The prefix that version 1.0 defines, else empty."""
    prefix, colon, _ = client_id.partition(":") if isinstance(client_id, str) else ("", "", "")
    return prefix if colon and prefix in PREFIXES else ""


def check_client_id(client_id: Any, place: str, scheme: Any, channel: Channel, log: Findings) -> None:
    """The identifier that stands at ``place``; ``scheme`` is the ``client_id_scheme`` of a draft beside it."""
    if not isinstance(client_id, str) or not client_id:
        log.error("V-11", place, f"client_id is {type_of(client_id)}, not a non-empty string.")
        return
    outer = channel.outer_client_id
    if outer is not None and outer != client_id:
        log.error(
            "V-22",
            place,
            "client_id of the request object is not that of the link; they are compared character by character.",
            "Send the same client_id, prefix and all.",
        )
    prefix, colon, value = client_id.partition(":")
    if not colon or prefix not in PREFIXES:
        _check_without_prefix(client_id, place, scheme, log)
    elif prefix == "origin":
        log.error("V-31", place, "The prefix origin: is reserved; no request has it.", "Leave client_id out.")
    else:
        _check_prefix(prefix, place, channel, log)
        _check_value(prefix, value, place, channel, log)


def check_host(client_id: str, uri: Any, place: str, log: Findings) -> None:
    """Where the answer goes, by the rule of the prefix (§5.9.3)."""
    prefix, _, value = client_id.partition(":")
    if not isinstance(uri, str):
        return
    if prefix == "x509_san_dns" and _host(uri) != value.lower():
        log.error(
            "V-26",
            place,
            "The answer goes to another host than the client_id names.",
            f"Answer at {shown(value)}, or use x509_hash.",
        )
    elif prefix == "redirect_uri" and uri != value:
        log.error(
            "V-24", place, "The answer goes to another URI than the client_id names.", "Make them equal."
        )


def _check_without_prefix(client_id: str, place: str, scheme: Any, log: Findings) -> None:
    start = client_id.partition(":")[0] if ":" in client_id else ""
    if start in _OF_DRAFTS:
        log.error(
            "OLD-03", place, f"{shown(start + ':')} is a client_id of a draft.", f"Write {_OF_DRAFTS[start]}."
        )
    elif isinstance(scheme, str) and scheme in PREFIXES:
        patch = ({"op": "replace", "path": place, "value": f"{scheme}:{client_id}"},)
        log.error(
            "OLD-02",
            place,
            "The client_id has no prefix; client_id_scheme beside it is of drafts before 22.",
            Fix(f"Write {scheme}: before it.", patch),
        )
    elif "pre-registered" in log.rules.profile.client_id_prefixes:
        log.note(
            "V-32",
            place,
            "The client_id has no known prefix: only a wallet that knows it in advance will answer.",
            "Use x509_hash with an access certificate.",
        )
    else:
        log.error(_prefix_check(log), place, "The client_id has no prefix that is known.", _accepted(log))


def _check_prefix(prefix: str, place: str, channel: Channel, log: Findings) -> None:
    if prefix not in log.rules.profile.client_id_prefixes:
        if prefix == "openid_federation" and not log.rules.haip:
            text = "Few wallets follow trust chains of OpenID Federation; nlwallet does not."
            log.warning("V-30", place, text, "Use x509_hash.")
            return
        log.error(
            _prefix_check(log),
            place,
            f"This profile does not accept the prefix {shown(prefix)}.",
            _by_certificate(place, channel.chain, log),
        )
    if prefix == "redirect_uri" and channel.signed and not channel.dc_api:
        log.error(
            "V-24",
            place,
            "A request with the prefix redirect_uri is never signed: nobody could say by whom.",
            "Use x509_hash.",
        )
    if prefix in SIGNED_PREFIXES and not channel.signed:
        log.error(
            _check_of(prefix),
            place,
            f"A request with the prefix {shown(prefix)} is signed.",
            "Send a request object.",
        )


def _check_value(prefix: str, value: str, place: str, channel: Channel, log: Findings) -> None:
    if not value:
        log.error(_check_of(prefix), place, f"Nothing follows the prefix {shown(prefix)}.")
    elif prefix == "x509_hash":
        _check_hash(value, place, channel.chain, log)
    elif prefix == "x509_san_dns" and channel.chain is not None:
        names = channel.chain.leaf.san_dns
        if value not in names:
            has = f"It has {', '.join(map(shown, names[:5]))}." if names else "It has none."
            log.error("V-25", place, f"{shown(value)} is no dNSName of the certificate that signs.", has)
    elif prefix == "decentralized_identifier" and not value.startswith("did:"):
        log.error(
            "V-29", place, "What follows decentralized_identifier: is no DID.", "Write did:… behind it."
        )


def _check_hash(value: str, place: str, chain: CertificateChain | None, log: Findings) -> None:
    if chain is not None:
        right = chain.leaf.x509_hash()
        if value != right:
            patch = ({"op": "replace", "path": place, "value": f"x509_hash:{right}"},)
            why = _why_another_hash(value, chain)
            log.error(
                "V-27",
                place,
                f"The client_id is not the hash of the certificate that signs{why}.",
                Fix("Write base64url(SHA-256(DER of the first certificate of x5c)).", patch),
            )
    elif not _is_sha256(value):
        log.error(
            "V-27",
            place,
            "What follows x509_hash: is not base64url of 32 octets.",
            "Write base64url(SHA-256(DER of the certificate that signs)), without padding.",
        )


def _why_another_hash(value: str, chain: CertificateChain) -> str:
    digest = chain.leaf.sha256()
    if value.lower().replace(":", "") == digest.hex():
        return ": it is in hexadecimal"
    if value.rstrip("=") in (base64.b64encode(digest).decode().rstrip("="), chain.leaf.x509_hash()):
        return ": it is in base64 with padding or with + and /"
    if any(value == other.x509_hash() for other in chain.intermediates):
        return ", but of another one in x5c"
    return "" if _is_sha256(value) else ", nor base64url of 32 octets"


def _is_sha256(value: str) -> bool:
    try:
        return len(b64url_decode(value)) == 32
    except MalformedInput:
        return False


def _check_of(prefix: str) -> str:
    return {
        "x509_hash": "V-27",
        "x509_san_dns": "V-25",
        "redirect_uri": "V-24",
        "verifier_attestation": "V-28",
        "decentralized_identifier": "V-29",
        "openid_federation": "V-30",
    }[prefix]


def _prefix_check(log: Findings) -> str:
    return "NL-14" if log.rules.nl_wallet else "HV-03" if log.rules.profile.name != "transitional" else "V-32"


def _accepted(log: Findings) -> str:
    return f"Accepted: {', '.join(sorted(log.rules.profile.client_id_prefixes))}."


def _by_certificate(place: str, chain: CertificateChain | None, log: Findings) -> Fix:
    """The identifier that this profile accepts of the same certificate, if there is one."""
    accepted = log.rules.profile.client_id_prefixes
    own = ""
    if chain is not None and "x509_hash" in accepted:
        own = f"x509_hash:{chain.leaf.x509_hash()}"
    elif chain is not None and "x509_san_dns" in accepted and chain.leaf.san_dns:
        own = f"x509_san_dns:{chain.leaf.san_dns[0]}"
    return Fix(_accepted(log), ({"op": "replace", "path": place, "value": own},) if own else ())


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""
