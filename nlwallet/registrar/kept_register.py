"""What a registrar knows, as it is kept between two starts: one JSON object, and which version of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol

from nlwallet.crypto import Certificate, CertificateChain, PublicKey
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.registrar.change_log import Change
from nlwallet.registrar.entry import Entry, Instance
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord, ServiceReference

_VERSION: Final = 1


class KeptRegister(Protocol):
    """Where a registrar keeps what it knows. Safe to use from several threads."""

    def get(self) -> bytes | None:
        """What was kept last; ``None`` before the first time."""
        ...

    def put(self, value: bytes) -> None:
        """Keep this, in the place of what was kept before."""
        ...


@dataclass(frozen=True, slots=True)
class RegisterState:
    """All that a registrar knows but its keys."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    revocations: Mapping[str, Any] = field(default_factory=dict)
    access_open: bool = True
    registration_open: bool = True

    def write(self) -> bytes:
        """As it is kept."""
        return json.dumps(
            {
                "version": _VERSION,
                "entries": [_entry(one) for one in self.entries.values()],
                "changes": [asdict(one) for one in self.changes],
                "revocations": self.revocations,
                "access_open": self.access_open,
                "registration_open": self.registration_open,
            }
        ).encode("ascii")

    @classmethod
    def read(cls, kept: bytes) -> RegisterState:
        """From what was kept. Raises :class:`~nlwallet.errors.LocalError`."""
        try:
            members = json.loads(kept)
            if members["version"] != _VERSION:
                raise LocalError(
                    f"a register of version {members['version']} was kept",
                    code="store",
                    hint="use the nlwallet that wrote it, or begin with a new database",
                )
            entries = [_read_entry(one) for one in members["entries"]]
            return cls(
                entries={one.record.identifier: one for one in entries},
                changes=tuple(
                    Change(**{**one, "pointers": tuple(one["pointers"])}) for one in members["changes"]
                ),
                revocations=members["revocations"],
                access_open=members["access_open"],
                registration_open=members["registration_open"],
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, NlWalletError) as error:
            if isinstance(error, LocalError):
                raise
            raise LocalError(
                f"the kept register cannot be read: {type(error).__name__}", code="store"
            ) from None


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "record": _record(entry.record),
        "registered_at": entry.registered_at,
        "state": entry.state,
        "instances": [
            {
                "public_key": one.public_key.jwk(),
                "dns_names": list(one.dns_names),
                "service_id": one.service_id,
                "acting_for": one.acting_for and one.acting_for.model_dump(mode="json"),
                "short_lived": one.short_lived,
            }
            for one in entry.instances
        ],
        "issued": [_certificates(one) for one in entry.issued],
    }


def _read_entry(members: Mapping[str, Any]) -> Entry:
    return Entry(
        RelyingPartyRecord.model_validate(members["record"]),
        members["registered_at"],
        members["state"],
        [
            Instance(
                **{
                    **one,
                    "public_key": PublicKey.from_jwk(one["public_key"]),
                    "dns_names": tuple(one["dns_names"]),
                    "acting_for": one["acting_for"] and ServiceReference.model_validate(one["acting_for"]),
                }
            )
            for one in members["instances"]
        ],
        [_read_certificates(one) for one in members["issued"]],
    )


def _certificates(one: RelyingPartyCertificates) -> dict[str, Any]:
    return {
        "record": _record(one.record),
        "access_chain": [each.pem() for each in one.access_chain],
        "registration_certificates": one.registration_certificates,
        "provider_certificate": one.provider_certificate,
        "service_id": one.service_id,
    }


def _read_certificates(members: Mapping[str, Any]) -> RelyingPartyCertificates:
    return RelyingPartyCertificates(
        **{
            **members,
            "record": RelyingPartyRecord.model_validate(members["record"]),
            "access_chain": _chain(members["access_chain"]),
        }
    )


def _chain(pems: Iterable[str]) -> CertificateChain:
    leaf, *above = (Certificate.from_pem(one.encode("ascii")) for one in pems)
    return CertificateChain(leaf, tuple(above))


def _record(record: RelyingPartyRecord) -> dict[str, Any]:
    return record.model_dump(mode="json", exclude_none=True)
