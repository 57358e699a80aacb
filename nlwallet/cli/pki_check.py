"""What a wallet objects to in certificates that somebody brings: what ``nlwallet pki check`` does."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nlwallet.cli.anchors import read_anchors
from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, verify_chain
from nlwallet.errors import LocalError, NlWalletError, RemoteError
from nlwallet.profiles import Profile
from nlwallet.registration import CERTIFICATE_PROFILES, meant_for
from nlwallet.report import Outcome, Report
from nlwallet.sandbox.hierarchy_files import (
    read_anchor_folder,
    read_certificates,
    read_manifest,
)
from nlwallet.small_file import read_small_file
from nlwallet.trust import ALWAYS, SIGNER, CertificateProfile

MAX_FILES: Final = 256
CERTIFICATE_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer", ".der"})

_UNKNOWN: Final = CertificateProfile("signer", "signer of some kind", (*ALWAYS, *SIGNER))
_PRIVATE_KEY: Final = b"PRIVATE KEY-----"


@dataclass(slots=True)
class CheckedFile:
    """What was found in one file. ``profile`` is what it was judged as; empty when it could not be read."""

    file: str
    subject: str = ""
    profile: str = ""
    title: str = ""
    report: Report = field(default_factory=Report)
    remedies: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        members = {"file": self.file, "subject": self.subject, "profile": self.profile}
        return {
            **{name: text for name, text in members.items() if text},
            "ok": self.report.ok,
            "checks": [
                {
                    **check.as_dict(),
                    **({"remedy": self.remedies[check.id]} if check.id in self.remedies else {}),
                }
                for check in self.report
            ],
        }


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """By which rules, as what, trusting whom, and when."""

    rules: Profile
    now: int
    kind: str | None = None
    anchors: tuple[Path, ...] = ()


def check_pki(path: Path, options: CheckOptions) -> list[CheckedFile]:
    """Judge a file with a certificate or chain, or every certificate in a folder and those below it.

    Raises :class:`~nlwallet.errors.LocalError` for what is not there or holds no certificates.
    """
    if options.kind is not None and options.kind not in CERTIFICATE_PROFILES:
        raise LocalError(f"no profile {options.kind!r}", hint=f"one of {', '.join(CERTIFICATE_PROFILES)}")
    brought = [one for anchor in options.anchors for one in _anchors(anchor)]
    if not path.is_dir():
        content = read_small_file(path, what="a certificate or a list")
        checked, certificates = _opened(path.name, content)
        if certificates:
            known = dict.fromkeys((*certificates, *brought))
            _judge(checked, certificates, tuple(known), brought, options, options.kind)
            _judge_key(checked, certificates[0], path)
        return [checked]
    return _check_folder(path, brought, options)


def _anchors(path: Path) -> tuple[Certificate, ...]:
    """The anchors in a file, or those of a folder, of whatever category: each chain leads to its own."""
    if not path.is_dir():
        return read_anchors(path)
    return tuple(one for anchors in read_anchor_folder(path).by_category.values() for one in anchors)


def _check_folder(folder: Path, brought: Sequence[Certificate], options: CheckOptions) -> list[CheckedFile]:
    kinds = _kinds(folder)
    opened = []
    for path in _certificate_files(folder):
        content = read_small_file(path, what="a certificate or a list")
        if _PRIVATE_KEY in content and b"BEGIN CERTIFICATE" not in content:
            continue
        checked, certificates = _opened(path.relative_to(folder).as_posix(), content)
        opened.append((path, checked, certificates))
    if not opened:
        raise LocalError(
            f"{folder} holds no certificates",
            hint=f"files that end in {', '.join(sorted(CERTIFICATE_SUFFIXES))}",
        )
    known = tuple({one: None for _, _, held in opened for one in held} | dict.fromkeys(brought))
    anchors = [*brought, *(one for one in known if one.is_ca and one.is_self_signed)]
    seen: set[tuple[Certificate, ...]] = set()
    found = []
    for path, checked, certificates in opened:
        if certificates and certificates in seen:
            continue  # the same one again, as an anchor or in DER
        if certificates:
            seen.add(certificates)
            kind = kinds.get(checked.file) or (
                options.kind if _is_about(certificates[0], options.kind) else None
            )
            _judge(checked, certificates, known, anchors, options, kind)
            _judge_key(checked, certificates[0], path)
        found.append(checked)
    return found


def _is_about(certificate: Certificate, kind: str | None) -> bool:
    """Whether ``--as`` is about this one of a folder: authorities and signers are not the same thing."""
    return certificate.is_ca == (kind in ("iaca", "authority"))


def _kinds(folder: Path) -> Mapping[str, str]:
    """What the manifest of a hierarchy of ours says each file is."""
    manifest = read_manifest(folder) or {}
    listed = [*manifest.get("authorities", ()), *manifest.get("signers", ())]
    return {
        one["file"]: one["profile"]
        for one in listed
        if isinstance(one, Mapping)
        and isinstance(one.get("file"), str)
        and one.get("profile") in CERTIFICATE_PROFILES
    }


def _certificate_files(folder: Path) -> Iterator[Path]:
    """In an order in which authorities and signers come before copies of them."""
    found = sorted(
        one for one in folder.rglob("*") if one.suffix.lower() in CERTIFICATE_SUFFIXES and one.is_file()
    )
    if len(found) > MAX_FILES:
        raise LocalError(f"{folder} holds more than {MAX_FILES} files", code="limit_exceeded")
    last = {"anchors", "published"}
    yield from sorted(found, key=lambda one: one.relative_to(folder).parts[0] in last)


def _opened(name: str, content: bytes) -> tuple[CheckedFile, tuple[Certificate, ...]]:
    checked = CheckedFile(name)
    try:
        certificates = read_certificates(content)
    except RemoteError as error:
        checked.report.failed("READ", "it is a certificate that a wallet can read", error)
        if error.hint:
            checked.remedies["READ"] = error.hint
        return checked, ()
    checked.subject = certificates[0].subject_name[:256]
    return checked, certificates


def _judge(
    checked: CheckedFile,
    certificates: tuple[Certificate, ...],
    known: Sequence[Certificate],
    anchors: Sequence[Certificate],
    options: CheckOptions,
    kind: str | None,
) -> None:
    """The first certificate by its profile, those above it as authorities, and the way to an anchor."""
    leaf, *above = certificates
    profile = CERTIFICATE_PROFILES[kind] if kind else meant_for(leaf) or _UNKNOWN
    checked.profile, checked.title = profile.name, profile.title
    _apply(checked, profile, leaf, known, options)
    for one in above:
        if one not in anchors:
            _apply(checked, CERTIFICATE_PROFILES["authority"], one, known, options)
    if profile is _UNKNOWN:
        checked.report.skipped(
            "PURPOSE", "", "it says what it is for", "say it yourself: --as pid, --as access, …"
        )
    if leaf.is_ca:
        return
    what = "it leads to an anchor, and the anchor is not sent along"
    if not anchors:
        checked.report.skipped("CHAIN", "HAIP 1.0 §5", what, "no anchor was given: --anchor FILE")
        return
    try:
        verify_chain(
            CertificateChain(leaf, tuple(above)),
            tuple(anchors),
            now=options.now,
            what=profile.title,
            anchor_in_x5c=options.rules.anchor_in_x5c,
        )
    except RemoteError as error:
        _failed(checked, "CHAIN", what, error)
    else:
        checked.report.passed("CHAIN", "HAIP 1.0 §5", what)


def _apply(
    checked: CheckedFile,
    profile: CertificateProfile,
    certificate: Certificate,
    known: Sequence[Certificate],
    options: CheckOptions,
) -> None:
    issuer = next((one for one in known if one.issued(certificate)), None)
    for result in profile.check(certificate, issuer=issuer, now=options.now, rules=options.rules):
        rule, report = result.rule, checked.report
        if result.outcome is Outcome.PASSED:
            report.passed(rule.id, rule.spec, rule.what)
        elif result.outcome is Outcome.SKIPPED:
            report.skipped(rule.id, rule.spec, rule.what, "the certificate of its issuer is not there")
        elif result.outcome is Outcome.WARNED:
            report.warned(rule.id, rule.spec, rule.what, rule.objection)
            checked.remedies[rule.id] = rule.remedy
        else:
            error = RemoteError(rule.objection, code=rule.id.lower(), spec=rule.spec, hint=rule.remedy)
            _failed(checked, rule.id, rule.what, error)


def _failed(checked: CheckedFile, id_: str, what: str, error: NlWalletError) -> None:
    checked.report.failed(id_, what, error)
    if error.hint:
        checked.remedies[id_] = error.hint


def _judge_key(checked: CheckedFile, certificate: Certificate, path: Path) -> None:
    """The secret key beside a certificate: is it the one, and may nobody else read it?"""
    key_file = next(
        (one for one in (path.with_suffix(".key.pem"), path.with_suffix(".key")) if one.is_file()), None
    )
    if key_file is None:
        return
    try:
        key = PrivateKey.from_pem(read_small_file(key_file, what="a key"))
    except RemoteError as error:
        _failed(checked, "KEY", f"{key_file.name} holds its key", error)
        return
    if key.public != certificate.public_key:
        wrong = RemoteError(
            "the key beside the certificate is another one", code="key", hint=f"find the key of {path.name}"
        )
        _failed(checked, "KEY", f"{key_file.name} holds its key", wrong)
    else:
        checked.report.passed("KEY", "", f"{key_file.name} holds its key")
    if os.name == "posix" and key_file.stat().st_mode & 0o077:
        checked.report.warned(
            "KEY-MODE", "", "only its owner can read the key", "others on this machine can too"
        )
        checked.remedies["KEY-MODE"] = f"chmod 600 {key_file.name}"
