"""What a registrar has taken back: serial numbers for the CRL, entries of the status list (ARF Reg_12, RPRC_01a).

What was revoked stays so. Who is allowed again gets new certificates.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from nlwallet.errors import LocalError
from nlwallet.status import Status, StatusList, StatusReference

STATUS_LIST_SIZE: Final = 65_536


class Revocations:
    """The certificates of each party, and which are revoked. Whoever owns it sees to the order of threads."""

    def __init__(self, status_list_uri: str) -> None:
        self.statuses = StatusList(STATUS_LIST_SIZE)
        self.revoked_at: dict[int, int] = {}
        """The serial numbers of what was revoked, and when, in seconds: readers ignore a revocation of the future."""
        self._uri = status_list_uri
        self._indexes: dict[str, list[int]] = defaultdict(list)
        self._serials: dict[str, list[int]] = defaultdict(list)
        self._taken: set[int] = set()
        self._serials_for: dict[str, list[int]] = defaultdict(list)

    @property
    def revoked_serials(self) -> AbstractSet[int]:
        """The serial numbers of what was revoked."""
        return self.revoked_at.keys()

    @property
    def identifiers(self) -> AbstractSet[str]:
        """The parties that have something."""
        return self._indexes.keys() | self._serials.keys() | self._serials_for.keys()

    def as_json(self, identifier: str) -> dict[str, Any]:
        """What one party has, to be kept."""
        indexes, serials = self._indexes.get(identifier, []), self._serials.get(identifier, [])
        return {
            "indexes": indexes,
            "serials": serials,
            "serials_for": self._serials_for.get(identifier, []),
            "revoked_serials": [one for one in serials if one in self.revoked_at],
            "revoked_at": [self.revoked_at[one] for one in serials if one in self.revoked_at],
            "revoked_indexes": [one for one in indexes if self.statuses[one] == Status.INVALID],
        }

    def restore(self, identifier: str, members: Mapping[str, Any]) -> None:
        """Take over what was kept of one party. Raises :class:`KeyError` and the like for what is something else."""
        self._indexes[identifier] = list(members["indexes"])
        self._serials[identifier] = list(members["serials"])
        self._serials_for[identifier] = list(members["serials_for"])
        self._taken.update(members["indexes"])
        serials = members["revoked_serials"]
        # What an earlier version kept says no times; then they were revoked long ago.
        self.revoked_at.update(zip(serials, members.get("revoked_at", [0] * len(serials)), strict=True))
        self._revoke_indexes(members["revoked_indexes"])

    def new_status(self, identifier: str) -> StatusReference:
        """An entry of the status list for a registration certificate of that party.

        Raises :class:`~nlwallet.errors.LocalError` when the list is full.
        """
        if len(self._taken) > STATUS_LIST_SIZE // 2:
            raise LocalError("the status list is full", spec="TSL §13.3")
        # At random, so that an index says nothing about when somebody registered (TSL §13.3).
        while (index := secrets.randbelow(STATUS_LIST_SIZE)) in self._taken:
            pass
        self._taken.add(index)
        self._indexes[identifier].append(index)
        return StatusReference(index, self._uri)

    def note_access_certificate(self, identifier: str, serial: int) -> None:
        """Remember a certificate, to be able to revoke it."""
        self._serials[identifier].append(serial)

    def note_access_certificate_for(self, identifier: str, serial: int) -> None:
        """Remember a certificate with which an intermediary asks for the party."""
        self._serials_for[identifier].append(serial)

    def revoke_those_for(self, identifier: str, *, now: int) -> None:
        """Revoke what intermediaries have to ask for the party."""
        self._revoke_serials(self._serials_for[identifier], now)

    def revoke(self, identifier: str, *, now: int) -> None:
        """Revoke everything that the party has."""
        self._revoke_serials(self._serials[identifier], now)
        self._revoke_indexes(self._indexes[identifier])

    def revoke_all_access_certificates(self, *, now: int) -> None:
        """Revoke those of every party (RPACANot_06)."""
        for serials in self._serials.values():
            self._revoke_serials(serials, now)

    def revoke_all_registration_certificates(self) -> None:
        """Revoke those of every party (RPACANot_07)."""
        for indexes in self._indexes.values():
            self._revoke_indexes(indexes)

    def _revoke_serials(self, serials: list[int], now: int) -> None:
        for serial in serials:
            self.revoked_at.setdefault(serial, now)

    def _revoke_indexes(self, indexes: list[int]) -> None:
        for index in indexes:
            self.statuses[index] = Status.INVALID
