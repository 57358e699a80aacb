"""Verify a document from outside, and list every check: what ``nlwallet verify`` does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nlwallet.cli.anchors import read_anchors
from nlwallet.cli.decode import KINDS_BY_TYP, decode
from nlwallet.cli.decode_mdoc import cbor_octets
from nlwallet.cli.verdict import Verdict
from nlwallet.cli.verify_mdoc import verify_mdoc_octets
from nlwallet.clock import SystemClock
from nlwallet.crypto import Certificate, PublicKey
from nlwallet.encoding import parse_json_object
from nlwallet.errors import LocalError, MalformedInput, RemoteError
from nlwallet.profiles import Profile
from nlwallet.profiles import profile as profile_named
from nlwallet.registration import verify_wrprc
from nlwallet.sdjwt import (
    ExpectedKeyBinding,
    IssuerKeyResolver,
    SdJwt,
    UnverifiedSdJwt,
    X5cIssuer,
    check_against_type_metadata,
    known_types,
    verify_sd_jwt,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)
from nlwallet.small_file import read_small_file


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """Whom to trust, what to expect, and when."""

    anchors: tuple[Path, ...] = ()
    issuer_key: Path | None = None
    audience: str | None = None
    nonce: str | None = None
    at: int | None = None
    profile: str = "haip-1.0"
    request: str = ""
    """The text of the request that a device response answers."""
    origin: str = ""


def verify(text: str, options: VerifyOptions) -> Verdict:
    """Verify an SD-JWT VC, a presentation, an SD-JWT, an mdoc, a device response, or a registration certificate.

    Raises :class:`~nlwallet.errors.LocalError` for unusable options; what is wrong with the document is in
    the verdict.
    """
    rules = profile_named(options.profile)
    now = SystemClock().now() if options.at is None else options.at
    anchors = tuple(one for path in options.anchors for one in read_anchors(path))
    if "~" in text or text.startswith("{"):
        key = None if options.issuer_key is None else _public_key(options.issuer_key)
        return _verify_sd_jwt(text, options, rules, now, anchors, key)
    if text.count(".") == 2:
        if (kind := decode(text).kind) != KINDS_BY_TYP["rc-wrp+jwt"]:
            raise MalformedInput(
                f"what it is, is not verified here: {kind}",
                hint="credentials, presentations, mdocs and registration certificates are; nlwallet decode shows it",
            )
        return _verify_wrprc(text, rules, now, anchors)
    if (octets := cbor_octets(text)) is not None:
        return verify_mdoc_octets(
            octets, anchors=anchors, rules=rules, now=now, request=options.request, origin=options.origin
        )
    raise MalformedInput(
        "this is no SD-JWT VC, mdoc, presentation or registration certificate",
        hint="nlwallet decode shows what it is; was it cut off?",
    )


def _verify_sd_jwt(
    text: str,
    options: VerifyOptions,
    rules: Profile,
    now: int,
    anchors: tuple[Certificate, ...],
    key: PublicKey | None,
) -> Verdict:
    verdict = Verdict("SD-JWT")
    try:
        token = (
            UnverifiedSdJwt.from_json(parse_json_object(text, what="the SD-JWT"))
            if text.startswith("{")
            else UnverifiedSdJwt.parse(text)
        )
        verdict.report.passed("S-01", "RFC 9901 §4", "it has the form of an SD-JWT")
        bound = options.audience is not None and options.nonce is not None
        if token.key_binding_jwt is not None and not bound:
            raise LocalError(
                "this is a presentation with key binding",
                hint="give --audience and --nonce of the request it answers",
            )
        if key is not None and not anchors:
            _plain(verdict, token, options, rules, now, key)
        else:
            issuer = X5cIssuer(
                anchors,
                anchor_in_x5c=rules.anchor_in_x5c,
                extended_key_usage=rules.issuer_signing_usage,
            )
            _credential(verdict, token, options, rules, now, issuer)
    except RemoteError as error:
        verdict.report.failed(_id_of(error), "this check ended the verification", error)
        verdict.error = error
    return verdict


def _credential(
    verdict: Verdict,
    token: UnverifiedSdJwt,
    options: VerifyOptions,
    rules: Profile,
    now: int,
    issuer: IssuerKeyResolver,
) -> None:
    if options.audience is not None and options.nonce is not None:
        verdict.kind = "presentation of an SD-JWT VC"
        shown = verify_sd_jwt_vc_presentation(
            token, issuer_key=issuer, now=now, profile=rules, audience=options.audience, nonce=options.nonce
        )
        vct, sd_jwt = shown.vct, shown.sd_jwt
    else:
        verdict.kind = "SD-JWT VC"
        card = verify_sd_jwt_vc(token, issuer_key=issuer, now=now, profile=rules)
        vct, sd_jwt = card.vct, card.sd_jwt
    verdict.report.passed("C-10", "SD-JWT VC §2.5", "the issuer's certificate leads to a trust anchor")
    _note(verdict, sd_jwt)
    what = "the claims follow the metadata of their type"
    if vct in known_types():
        metadata = known_types().effective(vct, integrity=sd_jwt.claims.get("vct#integrity"))
        complete = sd_jwt.key_binding is None
        check_against_type_metadata(sd_jwt.claims, sd_jwt.disclosures, metadata, complete=complete)
        verdict.report.passed("C-21", "SD-JWT VC §5.7", what)
    else:
        verdict.report.skipped("C-21", "SD-JWT VC §5.7", what, "the type is not known here")
    what = "the credential was not revoked"
    reason = "status lists are not fetched here" if "status" in sd_jwt.claims else "it names no status list"
    verdict.report.skipped("C-09", "SD-JWT VC §2.4", what, reason)


def _plain(
    verdict: Verdict, token: UnverifiedSdJwt, options: VerifyOptions, rules: Profile, now: int, key: PublicKey
) -> None:
    expected = None
    if options.audience is not None and options.nonce is not None:
        expected = ExpectedKeyBinding(
            options.audience,
            options.nonce,
            max_age=rules.key_binding_max_age,
            max_ahead=rules.key_binding_max_ahead,
        )
    sd_jwt = verify_sd_jwt(
        token, issuer_key=key, now=now, algorithms=rules.signing_algorithms, key_binding=expected
    )
    _note(verdict, sd_jwt)


def _note(verdict: Verdict, sd_jwt: SdJwt) -> None:
    report = verdict.report
    report.passed("S-17", "RFC 9901 §7.1(2)", "the issuer's signature verifies")
    report.passed(
        "S-23", "RFC 9901 §7.1", f"each of the {len(sd_jwt.disclosures)} Disclosures belongs to a digest"
    )
    report.passed("S-24", "RFC 9901 §7.1(6)", "it is valid at this moment")
    if sd_jwt.key_binding is not None:
        report.passed("S-30", "RFC 9901 §7.3", "the holder bound it to this audience and nonce")
    else:
        report.skipped("S-30", "RFC 9901 §7.3", "the holder bound it to a request", "no key binding is there")
    verdict.claims = sd_jwt.claims


def _verify_wrprc(text: str, rules: Profile, now: int, anchors: tuple[Certificate, ...]) -> Verdict:
    verdict = Verdict("registration certificate")
    try:
        certificate = verify_wrprc(
            text,
            anchors=anchors,
            now=now,
            algorithms=rules.signing_algorithms,
            anchor_in_x5c=rules.anchor_in_x5c,
        )
    except RemoteError as error:
        verdict.report.failed("RPRC_17", "this check ended the verification", error)
        verdict.error = error
        return verdict
    verdict.report.passed("RPRC_17", "ARF RPRC_17", "the registration certificate is authentic and valid")
    what = "the registration was not withdrawn"
    verdict.report.skipped("RPRC_01a", "ARF RPRC_01a", what, "status lists are not fetched here")
    verdict.claims = {
        "trade_name": certificate.trade_name,
        "legal_name": certificate.legal_name,
        "identifier": certificate.identifier,
        "purpose": dict(certificate.purpose),
        "may_ask": [credential.as_wire() for credential in certificate.credentials],
        "registrar": certificate.registrar,
    }
    return verdict


def _id_of(error: RemoteError) -> str:
    return {"invalid_signature": "S-17", "invalid_key_binding": "S-30", "untrusted_certificate": "C-10"}.get(
        error.code,
        "S-17" if error.code == "algorithm_not_allowed" else "S-24" if error.code == "expired" else "C-08",
    )


def _public_key(path: Path) -> PublicKey:
    data = read_small_file(path, what="a key")
    if not data.lstrip().startswith(b"{"):
        return PublicKey.from_pem(data)
    jwk = parse_json_object(data, what=f"the key in {path.name}")
    return PublicKey.from_jwk({name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk})
