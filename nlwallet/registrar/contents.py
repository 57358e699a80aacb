"""All that a register knows but its keys: this process's copy, and the parts of which it is made."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Final

from nlwallet.registrar.change_log import ChangeLog
from nlwallet.registrar.entry import Entry
from nlwallet.registrar.issuing import CertificateOffice
from nlwallet.registrar.kept_register import (
    change_members,
    entry_members,
    read_change,
    read_entry,
    read_part,
    write_part,
)

_OFFICES: Final = "offices"
_PARTY: Final = "party "
_CHANGE: Final = "change "


class RegisterContents:
    """The entries, the log, and what the office has taken back."""

    def __init__(self, office: CertificateOffice) -> None:
        self.office = office
        self.entries: dict[str, Entry] = {}
        self.log = ChangeLog()

    def forget(self) -> None:
        """Know nothing."""
        self.entries.clear()
        self.log = ChangeLog()
        self.office.forget()

    def take(self, parts: Mapping[str, bytes]) -> None:
        """Know what is in these parts. Raises :class:`~nlwallet.errors.LocalError`."""
        for name, kept in parts.items():
            if name.startswith(_PARTY):
                read_part(kept, partial(self._take_party, name.removeprefix(_PARTY)))
            elif name == _OFFICES:
                read_part(kept, self._take_offices)
        lines = sorted(name for name in parts if name.startswith(_CHANGE))
        self.log.extend(read_part(parts[name], read_change) for name in lines)

    def parts(self, known: Collection[str]) -> Mapping[str, bytes]:
        """All parts; of the log those lines that are not ``known``."""
        revocations = self.office.revocations
        found = {
            f"{_PARTY}{identifier}": write_part(
                {
                    "entry": None if entry is None else entry_members(entry),
                    "revocations": revocations.as_json(identifier),
                }
            )
            for identifier in sorted(self.entries.keys() | revocations.identifiers)
            for entry in (self.entries.get(identifier),)
        }
        lines = ((f"{_CHANGE}{number:012}", line) for number, line in enumerate(self.log, 1))
        found.update({name: write_part(change_members(line)) for name, line in lines if name not in known})
        if not (self.office.access_open and self.office.registration_open):
            found[_OFFICES] = write_part(
                {
                    "access_open": self.office.access_open,
                    "registration_open": self.office.registration_open,
                }
            )
        return found

    def _take_party(self, identifier: str, members: Mapping[str, Any]) -> None:
        if members["entry"] is not None:
            self.entries[identifier] = read_entry(members["entry"])
        self.office.revocations.restore(identifier, members["revocations"])

    def _take_offices(self, members: Mapping[str, Any]) -> None:
        self.office.restore(
            access_open=members["access_open"], registration_open=members["registration_open"]
        )
