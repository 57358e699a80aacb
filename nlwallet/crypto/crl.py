"""Certificate revocation lists (RFC 5280 §5): read, and believed only when their issuer signed them."""

from __future__ import annotations

from functools import cached_property
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from nlwallet.crypto.x509 import Certificate
from nlwallet.errors import InvalidSignature, InvalidStatus, LimitExceeded, MalformedInput

MAX_CRL_BYTES: Final = 1_048_576
CRL_MAX_AHEAD: Final = 60
"""Seconds that the clock of who issues may run ahead."""

_SPEC = "RFC 5280 §5"


class CertificateRevocationList:
    """A list that was read, and whose signature :meth:`verify` checks. Times are seconds since the epoch."""

    def __init__(self, pyca: x509.CertificateRevocationList) -> None:
        self._pyca = pyca

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read DER. Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`."""
        if len(der) > MAX_CRL_BYTES:
            raise LimitExceeded(f"a certificate revocation list has more than {MAX_CRL_BYTES} bytes")
        try:
            read = cls(x509.load_der_x509_crl(der))
            # pyca reads these lazily: what is damaged has to show itself here.
            _ = (read._pyca.issuer, read._pyca.extensions, read.this_update, read.next_update, read.number)
            _ = [revoked.serial_number for revoked in read._pyca]
        except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            raise MalformedInput("not a certificate revocation list in DER", spec=_SPEC) from None
        read._check_extent()
        return read

    def verify(self, issuer: Certificate, *, now: int) -> None:
        """Check that ``issuer`` made it, and that it holds now.

        Raises :class:`~nlwallet.errors.InvalidSignature` or :class:`~nlwallet.errors.InvalidStatus`.
        """
        if self._pyca.issuer != issuer.pyca.subject or not issuer.may_sign_revocations:
            raise InvalidStatus(
                "the certificate revocation list is of another issuer", spec="RFC 5280 §6.3.3"
            )
        try:
            valid = self._pyca.is_signature_valid(issuer.public_key.pyca)
        except (TypeError, ValueError, UnsupportedAlgorithm):
            valid = False
        if not valid:
            raise InvalidSignature("the certificate revocation list is not signed by its issuer", spec=_SPEC)
        if self.next_update is None:
            raise InvalidStatus(
                "the certificate revocation list says no nextUpdate", spec="RFC 5280 §5.1.2.5"
            )
        if self.this_update > now + CRL_MAX_AHEAD or now >= self.next_update:
            raise InvalidStatus(
                "the certificate revocation list is not of now",
                code="revocation_list_expired",
                spec="RFC 5280 §6.3.3",
            )

    @cached_property
    def this_update(self) -> int:
        """When it was issued."""
        return int(self._pyca.last_update_utc.timestamp())

    @cached_property
    def next_update(self) -> int | None:
        """When the next one will be there at the latest."""
        moment = self._pyca.next_update_utc
        return None if moment is None else int(moment.timestamp())

    @cached_property
    def number(self) -> int:
        """Its number, which grows; 0 when it has none."""
        try:
            return self._pyca.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        except x509.ExtensionNotFound:
            return 0

    def revokes(self, certificate: Certificate) -> bool:
        """Whether the certificate is on it; that of another issuer with the same serial number is not."""
        if certificate.pyca.issuer != self._pyca.issuer:
            return False
        return self._pyca.get_revoked_certificate_by_serial_number(certificate.serial) is not None

    def covers(self, certificate: Certificate) -> bool:
        """Whether the certificate would be on it: not where the list says that it is of another distribution point.

        An authority may divide its certificates among lists, all signed by the same key (RFC 5280 §6.3.3(b)(2)).
        """
        try:
            point = self._pyca.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
        except x509.ExtensionNotFound:
            return True
        if point.only_contains_user_certs and certificate.is_ca:
            return False
        return point.full_name is None or not {*point.full_name}.isdisjoint(certificate.crl_names)

    def _check_extent(self) -> None:
        """It is about all certificates and all reasons; what is critical and not understood forbids its use (§5.2)."""
        for extension in self._pyca.extensions:
            point = extension.value
            partial = extension.critical or isinstance(point, x509.DeltaCRLIndicator)
            if isinstance(point, x509.IssuingDistributionPoint):
                partial = bool(
                    point.indirect_crl
                    or point.only_contains_ca_certs
                    or point.only_contains_attribute_certs
                    or point.only_some_reasons
                    or point.relative_name
                )
            if partial:
                raise MalformedInput(
                    "the certificate revocation list is a partial one, or has a critical extension that is not "
                    "understood",
                    spec="RFC 5280 §5.2",
                )
