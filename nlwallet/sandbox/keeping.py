"""What of a sandbox outlives it: nothing, or all that a database keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlwallet.verifier import SessionStore

if TYPE_CHECKING:
    from nlwallet.store import Database


class Keeping:
    """Gives each role its store. ``database`` is an address, ``None`` for memory.

    Raises :class:`~nlwallet.errors.LocalError` for a database that cannot be used.
    """

    def __init__(self, database: str | None) -> None:
        self._database = _open(database)

    def sessions(self, owner: str) -> SessionStore | None:
        """The sessions of one relying party; ``None``: it keeps them itself, in memory."""
        if self._database is None:
            return None
        from nlwallet.verifier import SqlSessionStore

        return SqlSessionStore(self._database, owner=owner)

    def close(self) -> None:
        """Let go of the database."""
        if self._database is not None:
            self._database.close()


def _open(database: str | None) -> Database | None:
    if database is None:
        return None
    from nlwallet.store import Database  # only who has a database needs SQLAlchemy

    return Database(database)
