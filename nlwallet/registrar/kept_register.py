"""The register as it is kept between two starts: a part for each party and each line of the log, in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final, TypeVar

from nlwallet.crypto import Certificate, CertificateChain, PublicKey
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.registrar.change_log import Change
from nlwallet.registrar.entry import Entry, Instance
from nlwallet.registration import RelyingPartyCertificates, RelyingPartyRecord, ServiceReference

_VERSION: Final = 1
_T = TypeVar("_T")


def write_part(members: Mapping[str, Any]) -> bytes:
    """A part, as it is kept."""
    return json.dumps({"version": _VERSION, **members}).encode("ascii")


def read_part(kept: bytes, read: Callable[[Mapping[str, Any]], _T]) -> _T:
    """What ``read`` makes of a part. Raises :class:`~nlwallet.errors.LocalError` for one that was damaged."""
    with _damage():
        members = json.loads(kept)
        if members["version"] != _VERSION:
            raise LocalError(
                f"a register of version {members['version']} was kept",
                code="store",
                hint="use the nlwallet that wrote it, or begin with a new database",
            )
        return read(members)


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except LocalError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, NlWalletError) as error:
        raise LocalError(f"the kept register cannot be read: {type(error).__name__}", code="store") from None


def change_members(change: Change) -> dict[str, Any]:
    """A line of the log."""
    return asdict(change)


def read_change(members: Mapping[str, Any]) -> Change:
    """A line of the log."""
    return Change(
        members["at"],
        members["identifier"],
        members["what"],
        tuple(members["pointers"]),
        members["reason"],
    )


def entry_members(entry: Entry) -> dict[str, Any]:
    """A party."""
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
        "asked_for_with": [_certificates(one) for one in entry.asked_for_with],
    }


def read_entry(members: Mapping[str, Any]) -> Entry:
    """A party."""
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
        [_read_certificates(one) for one in members["asked_for_with"]],
    )


def _certificates(one: RelyingPartyCertificates) -> dict[str, Any]:
    return {
        "record": _record(one.record),
        "access_chain": [each.pem() for each in one.access_chain],
        "registration_certificates": one.registration_certificates,
        "provider_certificate": one.provider_certificate,
        "service_id": one.service_id,
        "intermediary": one.intermediary and _record(one.intermediary),
    }


def _read_certificates(members: Mapping[str, Any]) -> RelyingPartyCertificates:
    by = members["intermediary"]
    return RelyingPartyCertificates(
        **{
            **members,
            "record": RelyingPartyRecord.model_validate(members["record"]),
            "access_chain": _chain(members["access_chain"]),
            "intermediary": by and RelyingPartyRecord.model_validate(by),
        }
    )


def _chain(pems: Iterable[str]) -> CertificateChain:
    leaf, *above = (Certificate.from_pem(one.encode("ascii")) for one in pems)
    return CertificateChain(leaf, tuple(above))


def _record(record: RelyingPartyRecord) -> dict[str, Any]:
    return record.model_dump(mode="json", exclude_none=True)
