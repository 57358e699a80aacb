"""The lists of trusted entities as they are kept: who is in them, and the signed list that was published last.

The signed list is kept too: readers refuse another list under the number of one that they know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nlwallet.crypto import Certificate
from nlwallet.registrar.kept_register import read_part, write_part
from nlwallet.trust import LIST_KINDS, TrustedEntity, TrustedService

_LIST: Final = "list "


@dataclass(slots=True)
class PublishedList:
    """One list as it stands."""

    sequence_number: int = 0
    issued_at: int = 0
    entities: tuple[TrustedEntity, ...] = ()
    cancelled: frozenset[str] = frozenset()
    """Who was taken off, and was not notified again."""
    token: str = field(default="", repr=False)
    signed_by: str = ""
    """The SHA-256 of the signer's certificate, in hexadecimal."""


class PublishedLists:
    """The copy of a process of all of them, by the name of their kind."""

    def __init__(self) -> None:
        self.lists: dict[str, PublishedList] = {}
        self.forget()

    def forget(self) -> None:
        """Know nothing."""
        self.lists = {name: PublishedList() for name in LIST_KINDS}

    def take(self, parts: Mapping[str, bytes]) -> None:
        """Know what is in these parts. Raises :class:`~nlwallet.errors.LocalError`."""
        for name in self.lists:
            if (kept := parts.get(f"{_LIST}{name}")) is not None:
                self.lists[name] = read_part(kept, _read_list)

    def parts(self, known: Collection[str]) -> Mapping[str, bytes]:
        """Those that were ever published."""
        return {
            f"{_LIST}{name}": write_part(
                {
                    "sequence_number": one.sequence_number,
                    "issued_at": one.issued_at,
                    "entities": [_entity(each) for each in one.entities],
                    "cancelled": sorted(one.cancelled),
                    "token": one.token,
                    "signed_by": one.signed_by,
                }
            )
            for name, one in self.lists.items()
            if one.sequence_number
        }


def _read_list(members: Mapping[str, Any]) -> PublishedList:
    return PublishedList(
        members["sequence_number"],
        members["issued_at"],
        tuple(_read_entity(one) for one in members["entities"]),
        frozenset(members["cancelled"]),
        members["token"],
        members["signed_by"],
    )


def _entity(entity: TrustedEntity) -> dict[str, Any]:
    return {
        "name": entity.name,
        "country": entity.country,
        "trade_name": entity.trade_name,
        "website": entity.website,
        "email": entity.email,
        "identifier": entity.identifier,
        "services": [
            {
                "service_type": one.service_type,
                "name": one.name,
                "certificates": pems(one.certificates),
                "status": one.status,
                "status_since": one.status_since,
                "supply_points": list(one.supply_points),
            }
            for one in entity.services
        ],
    }


def _read_entity(members: Mapping[str, Any]) -> TrustedEntity:
    services = (
        TrustedService(
            **{
                **one,
                "certificates": read_pems(one["certificates"]),
                "supply_points": tuple(one["supply_points"]),
            }
        )
        for one in members["services"]
    )
    return TrustedEntity(**{**members, "services": tuple(services)})


def pems(certificates: Collection[Certificate]) -> list[str]:
    """Certificates, each in PEM."""
    return [one.pem() for one in certificates]


def read_pems(kept: Collection[str]) -> tuple[Certificate, ...]:
    """Certificates that were kept in PEM. Raises MalformedInput."""
    return tuple(Certificate.from_pem(one.encode("ascii")) for one in kept)
