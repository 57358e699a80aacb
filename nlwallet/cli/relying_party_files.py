"""A relying party from its files: certificate, key, registration, and whom it trusts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.encoding import b64url_decode, parse_json_object
from nlwallet.errors import LocalError, MalformedInput, RemoteError
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord, issue_wrprc
from nlwallet.sandbox import read_hierarchy
from nlwallet.sandbox.hierarchy import ACCESS
from nlwallet.sandbox.hierarchy_files import read_anchor_folder, read_certificates
from nlwallet.small_file import read_small_file
from nlwallet.status import StatusReference
from nlwallet.trust import STATUS_CATEGORIES, Category, TrustAnchors

_REGISTRAR: Final = "registration-certificate"
_REGISTERED_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class RelyingPartyFiles:
    """What a verifier needs to be somebody."""

    certificates: RelyingPartyCertificates
    key: PrivateKey = field(repr=False)
    anchors: TrustAnchors

    @classmethod
    def of_hierarchy(cls, folder: Path, *, now: int) -> Self:
        """The relying party in a folder of ``nlwallet pki new``, registered from ``now`` on.

        Nobody serves the status list of its registration. Raises :class:`~nlwallet.errors.LocalError`.
        """
        hierarchy = read_hierarchy(folder)
        access, registrar = hierarchy.signers[ACCESS], hierarchy.signers[_REGISTRAR]
        record, url = hierarchy.names.record(), hierarchy.names.url
        registered = {
            use.id: issue_wrprc(
                record,
                use.id,
                key=registrar.key,
                chain=registrar.chain,
                now=now,
                days=_REGISTERED_DAYS,
                status=StatusReference(index, f"{url}/registration-status/1"),
                registry_uri=url,
            )
            for index, use in enumerate(record.intended_uses)
        }
        certificates = RelyingPartyCertificates(record, access.chain, registered)
        return cls(certificates, access.key, hierarchy.anchors)

    @classmethod
    def read(cls, *, certificate: Path, key: Path, record: Path) -> Self:
        """One of one's own: access certificate and key in PEM, and the registration as JSON. Trusts nobody yet.

        Raises :class:`~nlwallet.errors.LocalError`.
        """
        with _said_of(certificate):
            leaf, *above = read_certificates(read_small_file(certificate, what="a certificate"))
        with _said_of(key):
            secret = PrivateKey.from_pem(read_small_file(key, what="a key"))
        with _said_of(record):
            members = parse_json_object(
                read_small_file(record, what="a registration"), what="the registration"
            )
        registered = RelyingPartyRecord.of(**members)
        chain = CertificateChain(leaf, tuple(above))
        return cls(RelyingPartyCertificates(registered, chain), secret, TrustAnchors())

    def trusting(self, anchors: Sequence[Path]) -> Self:
        """It, trusting these too: files in PEM count for issuers of every kind, folders by category.

        Whom a folder names as provider, and nobody for its status lists, signs those too.

        Raises :class:`~nlwallet.errors.LocalError`.
        """
        known = self.anchors
        for path in anchors:
            with _said_of(path):
                if path.is_dir():
                    more = read_anchor_folder(path)
                else:
                    more = TrustAnchors(
                        dict.fromkeys(
                            Category, read_certificates(read_small_file(path, what="a file of anchors"))
                        )
                    )
            for category, found in more.by_category.items():
                known = known.adding(category, *found)
                of_status = STATUS_CATEGORIES.get(category)
                if of_status is not None and of_status not in more.by_category:
                    known = known.adding(of_status, *found)
        return replace(self, anchors=known)

    def registered_by(self, registration_certificates: Sequence[Path]) -> Self:
        """It, with these registration certificates; each says for which use it is.

        Raises :class:`~nlwallet.errors.LocalError`.
        """
        by_use = dict(self.certificates.registration_certificates)
        for path in registration_certificates:
            text = read_small_file(path, what="a registration certificate").decode("ascii", "replace").strip()
            with _said_of(path):
                use = _intended_use_of(text)
            if use not in {one.id for one in self.certificates.record.intended_uses}:
                raise LocalError(
                    f"{path} is for another intended use than those of the registration", code="file"
                )
            by_use[use] = text
        return replace(self, certificates=replace(self.certificates, registration_certificates=by_use))


def _intended_use_of(text: str) -> str:
    """For which use a registration certificate is. Nobody checks here who signed it: ``nlwallet check-rp`` does."""
    parts = text.split(".")
    if len(parts) != 3:
        raise MalformedInput("this is no registration certificate in a JWT", spec="ETSI TS 119 475 §5.2")
    claims = parse_json_object(b64url_decode(parts[1]), what="the registration certificate")
    use = claims.get("intended_use_id")
    if not isinstance(use, str):
        raise MalformedInput(
            "it says no intended_use_id", spec="ETSI TS 119 475 §5.2.4", pointer="/intended_use_id"
        )
    return use


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    """Whatever is wrong is told of this file."""
    try:
        yield
    except RemoteError as error:
        raise LocalError(f"{path}: {error.message}", code="file", hint=error.hint) from None
