"""The intermediaries of a sandbox, and whom they serve (ARF Topic 52)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nlwallet.crypto import PublicKey
from nlwallet.errors import LocalError
from nlwallet.registrar import Registrar
from nlwallet.registration import (
    LocalizedText,
    RelyingPartyCertificates,
    RelyingPartyRecord,
    Service,
    SupervisoryAuthority,
    UsedIntermediary,
)
from nlwallet.sandbox.keeping import Keeping
from nlwallet.sandbox.registering import ends_soon, entered
from nlwallet.verifier import Intermediary, Verifier

BROKER_HOST: Final = "doorgeefluik.example"

BROKER: Final = RelyingPartyRecord.of(
    legal_name="Het Doorgeefluik B.V.",
    trade_name="Het Doorgeefluik",
    identifier="NTRNL-90000010",
    services=(
        Service(
            id="doorgeven",
            trade_name="Het Doorgeefluik",
            descriptions=(
                LocalizedText(nl="Gegevens opvragen voor anderen", en="Asking for data for others"),
            ),
        ),
    ),
    website=f"https://{BROKER_HOST}/",
    support_uri=f"https://{BROKER_HOST}/hulp",
    supervisory_authority=SupervisoryAuthority(
        name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
    ),
    is_intermediary=True,
)
"""The one that comes with the sandbox; invented."""


class Brokers:
    """Enters intermediaries and the parties that they serve in the register."""

    def __init__(self, registrar: Registrar, keeping: Keeping) -> None:
        self._registrar = registrar
        self._keeping = keeping
        self._open: dict[str, Intermediary] = {}
        self._served: dict[str, tuple[RelyingPartyRecord, Verifier]] = {}

    def open(
        self,
        record: RelyingPartyRecord,
        base_url: str,
        make: Callable[[RelyingPartyRecord, str], Intermediary],
    ) -> Intermediary:
        """The intermediary of this record. Raises :class:`~nlwallet.errors.LocalError`."""
        known = self._open.get(record.identifier)
        if known is not None and (known.record, known.base_url) == (record, base_url):
            return known
        entered(self._registrar, record)
        made = make(record, base_url)
        self._open[record.identifier] = made
        return made

    def serve(self, intermediary: Intermediary, record: RelyingPartyRecord) -> Verifier:
        """What asks for the party of ``record``: for its first service. Those of its others are served beside it."""
        by = intermediary.record
        if record.uses_intermediary is None:
            used = UsedIntermediary(
                identifier=by.identifier,
                service_id=by.services[0].id,
                trade_name=by.trade_name,
                evidence="a contract, in this sandbox",
            )
            record = record.model_copy(update={"uses_intermediary": used})
        elif record.uses_intermediary.identifier != by.identifier:
            raise LocalError("this party registered another intermediary", spec="ARF RPI_03")
        known = self._served.get(record.identifier)
        if known is not None and known[0] == record:
            return known[1]
        entered(self._registrar, record)
        verifiers = [self._serve(intermediary, record.identifier, service.id) for service in record.services]
        self._served[record.identifier] = (record, verifiers[0])
        return verifiers[0]

    def _serve(self, intermediary: Intermediary, identifier: str, service_id: str) -> Verifier:
        """Each service has an access certificate of its own (Reg_34a), over a key of its own."""
        key = self._keeping.key(f"intermediary for {identifier} {service_id}")
        certificates = self._certificates(intermediary, identifier, key.public, service_id)
        store = self._keeping.sessions(f"{intermediary.record.identifier} for {identifier} {service_id}")
        return intermediary.serve(certificates, key, store=store)

    def _certificates(
        self, intermediary: Intermediary, identifier: str, public_key: PublicKey, service_id: str
    ) -> RelyingPartyCertificates:
        """Those that an earlier start or another process got, as long as they are good; else new ones.

        If one of the two was stopped there are no new ones, and the old ones are revoked.
        """
        registrar, by = self._registrar, intermediary.record.identifier
        with registrar.one_change():
            known = registrar.issued_to_intermediary(identifier, public_key, service_id=service_id)
            if known is not None:
                good = known.intermediary == intermediary.record and not (
                    registrar.is_revoked(known.access_chain.leaf) or ends_soon(known, registrar)
                )
                if good or registrar.record(identifier) is None or registrar.record(by) is None:
                    return known
            return registrar.certify_intermediary(
                identifier, public_key, dns_names=(intermediary.host,), service_id=service_id
            )
