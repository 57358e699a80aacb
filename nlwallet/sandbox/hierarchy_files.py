"""A hierarchy in a folder: certificates and keys in PEM and JWK, anchors by category, and what is to be published."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nlwallet.crypto import (
    Certificate,
    CertificateAuthority,
    CertificateChain,
    PrivateKey,
)
from nlwallet.encoding import parse_json_object
from nlwallet.errors import LimitExceeded, LocalError, MalformedInput, RemoteError
from nlwallet.sandbox.hierarchy import (
    ACCESS,
    AUTHORITIES,
    SIGNERS,
    Hierarchy,
    HierarchyNames,
    HierarchySigner,
)
from nlwallet.small_file import read_small_file
from nlwallet.trust import Category, TrustAnchors

MANIFEST: Final = "manifest.json"
FORMAT: Final = "nlwallet-pki-1"
MAX_CERTIFICATES: Final = 64
CRL_DAYS: Final = 30

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)

_README: Final = """\
Certificates for testing with the EDI wallet, made by: nlwallet pki new
Nobody should trust them outside a test. Files that end in .key.pem or .key.jwk are secret keys.

anchors/      whom to trust, one file for each category; what wallets and verifiers are configured with
authorities/  the authorities with their keys; each certificate in anchors/ is one of them
signers/      who signs: NAME.pem is the certificate (x5c, without the anchor), NAME.key.pem its key,
              NAME.key.jwk the key as JWK, NAME.jwk the public key as JWK
published/    serve this folder at {url}: the certificates say that their lists are there.
              The lists there (.crl) are good for {crl_days} days
record.json   the registration that signers/access.pem was made from

{signers}

Look at it:   nlwallet pki check .
In Python:    Sandbox(hierarchy=read_hierarchy("."))    TrustAnchors: read_anchor_folder("anchors")
"""


def write_hierarchy(hierarchy: Hierarchy, folder: Path, *, now: int, jwk: bool = True) -> tuple[Path, ...]:
    """Write ``hierarchy`` into ``folder``, which must not be there or be empty; the files, in order.

    Keys are for their owner only (0600), and so is the folder. Nothing is overwritten. Raises
    :class:`~nlwallet.errors.LocalError`.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise LocalError(
                f"{folder} is not empty", code="file", hint="nothing is ever overwritten: name a new folder"
            )
        written = []
        for name, content, secret in _files(hierarchy, now=now, jwk=jwk):
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            mode = 0o600 if secret else 0o644
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
                file.write(content)
            written.append(path)
    except OSError as error:
        raise LocalError(f"{folder}: {os.strerror(error.errno or 0)}", code="file") from None
    return tuple(written)


def read_hierarchy(folder: Path | str) -> Hierarchy:
    """The hierarchy that :func:`write_hierarchy` wrote. Raises :class:`~nlwallet.errors.LocalError`."""
    place = Path(folder)
    manifest = read_manifest(place)
    if manifest is None:
        raise LocalError(f"{place} holds no hierarchy of nlwallet pki new", code="file")
    try:
        names = HierarchyNames(**{name: str(manifest["names"][name]) for name in HierarchyNames.__slots__})
        authorities = {
            name: CertificateAuthority(
                Certificate.from_pem(_read(place / "authorities" / f"{name}.pem")),
                PrivateKey.from_pem(_read(place / "authorities" / f"{name}.key.pem")),
            )
            for name in map(str, AUTHORITIES)
        }
        signers = {
            name: HierarchySigner(
                _chain(place / "signers" / f"{name}.pem"),
                PrivateKey.from_pem(_read(place / "signers" / f"{name}.key.pem")),
            )
            for name in SIGNERS
        }
    except (KeyError, TypeError, RemoteError) as error:
        raise LocalError(f"{place} holds no whole hierarchy: {error}", code="file") from None
    return Hierarchy(names, authorities, signers)


def read_manifest(folder: Path) -> Mapping[str, Any] | None:
    """What the hierarchy in a folder says of itself; ``None`` where there is none of ours."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        manifest = parse_json_object(_read(path), what="the manifest")
    except RemoteError as error:
        raise LocalError(f"{path}: {error.message}", code="file") from None
    return manifest if manifest.get("format") == FORMAT else None


def read_anchor_folder(folder: Path | str) -> TrustAnchors:
    """The anchors in a folder: ``CATEGORY.pem``, as in ``anchors/`` of a hierarchy, or that of a whole hierarchy.

    Raises :class:`~nlwallet.errors.LocalError` when there is none, or a file is none.
    """
    place = Path(folder)
    place = place / "anchors" if (place / "anchors").is_dir() else place
    anchors = TrustAnchors()
    for category in Category:
        path = place / f"{category}.pem"
        if path.is_file():
            try:
                anchors = anchors.adding(category, *read_certificates(_read(path)))
            except RemoteError as error:
                raise LocalError(f"{path} holds no anchor: {error.message}", code="file") from None
    if not anchors.by_category:
        raise LocalError(
            f"{place} holds no anchors", code="file", hint=f"files such as {Category.PID_PROVIDER}.pem"
        )
    return anchors


def read_certificates(content: bytes) -> tuple[Certificate, ...]:
    """The certificates in a file: several in PEM, or one in DER. Raises a :class:`~nlwallet.errors.RemoteError`."""
    if content[:1] == b"\x30":
        return (Certificate.from_der(content),)
    blocks = _PEM.findall(content.decode("ascii", "replace"))
    if not blocks:
        raise MalformedInput("there is no certificate in PEM or DER", spec="RFC 7468 §5")
    if len(blocks) > MAX_CERTIFICATES:
        raise LimitExceeded(
            f"the file holds {len(blocks)} certificates, of at most {MAX_CERTIFICATES}",
            hint="leave out those that are not needed, or take several files",
        )
    return tuple(Certificate.from_pem(one.encode("ascii", "replace")) for one in blocks)


def _chain(path: Path) -> CertificateChain:
    leaf, *above = read_certificates(_read(path))
    return CertificateChain(leaf, tuple(above))


def _read(path: Path) -> bytes:
    return read_small_file(path, what="a file of a hierarchy")


def _files(hierarchy: Hierarchy, *, now: int, jwk: bool) -> Iterator[tuple[str, bytes, bool]]:
    """Name, content, and whether it is a secret."""
    for name, authority in hierarchy.authorities.items():
        certificate = authority.certificate
        yield f"authorities/{name}.pem", certificate.pem().encode(), False
        yield f"authorities/{name}.key.pem", authority.private_key_pem(), True
        yield f"published/{name}.cer", certificate.der, False
        yield f"published/{name}.crl", authority.revocation_list((), now=now, days=CRL_DAYS), False
    for category, anchors in hierarchy.anchors.by_category.items():
        yield f"anchors/{category}.pem", "".join(one.pem() for one in anchors).encode(), False
    for name, signer in hierarchy.signers.items():
        yield f"signers/{name}.pem", "".join(one.pem() for one in signer.chain).encode(), False
        yield f"signers/{name}.key.pem", signer.key.pem(), True
        if jwk:
            yield f"signers/{name}.key.jwk", _json(signer.key.private_jwk()), True
            yield f"signers/{name}.jwk", _json(signer.key.public.jwk()), False
    yield "record.json", _json(hierarchy.names.record().as_json()), False
    yield MANIFEST, _json(_manifest(hierarchy)), False
    yield "README.txt", _readme(hierarchy).encode(), False


def _manifest(hierarchy: Hierarchy) -> dict[str, Any]:
    names = {name: getattr(hierarchy.names, name) for name in HierarchyNames.__slots__}
    return {
        "format": FORMAT,
        "names": names,
        "authorities": [
            {"name": name, "file": f"authorities/{name}.pem", "profile": _profile(name), "title": title}
            for name, title in AUTHORITIES.items()
        ],
        "signers": [
            {
                "name": name,
                "file": f"signers/{name}.pem",
                "profile": plan.kind or ACCESS,
                "authority": plan.authority,
                "purpose": plan.purpose,
                "not_after": hierarchy.signers[name].chain.leaf.not_after,
            }
            for name, plan in SIGNERS.items()
        ],
        "anchors": {str(one): f"anchors/{one}.pem" for one in hierarchy.anchors.by_category},
    }


def _profile(authority: str) -> str:
    """Any issuer may sign mdocs, so the authorities above issuers are roots as ISO has them."""
    return "iaca" if authority.endswith(("pid_provider", "eaa_provider")) else "authority"


def _readme(hierarchy: Hierarchy) -> str:
    signers = "\n".join(f"signers/{name + '.pem':<30} {plan.purpose}" for name, plan in SIGNERS.items())
    return _README.format(url=hierarchy.names.url, crl_days=CRL_DAYS, signers=signers)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"
