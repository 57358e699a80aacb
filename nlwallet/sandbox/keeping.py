"""What of a sandbox outlives it: nothing, or all that a database keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nlwallet.crypto import CertificateAuthority, PrivateKey

if TYPE_CHECKING:  # the wallet command comes by here, and needs no other role
    from nlwallet.issuer import IssuerStore
    from nlwallet.registrar import KeptRegister, ListSigner
    from nlwallet.sandbox.kept_sql import KeptValues
    from nlwallet.store import Database
    from nlwallet.verifier import SessionStore


class Keeping:
    """Gives each role its store, its keys and its authorities.

    ``database`` is an address; ``None`` for memory: then everything is made anew. Raises
    :class:`~nlwallet.errors.LocalError` for a database that cannot be used.
    """

    def __init__(self, database: str | None = None) -> None:
        self._database: Database | None = None
        self._values: KeptValues | None = None
        if database is not None:
            from nlwallet.store import Database  # says what is missing, where nothing needs a database

            self._database = Database(database)
            from nlwallet.sandbox.kept_sql import KeptValues

            self._values = KeptValues(self._database)

    def key(self, name: str) -> PrivateKey:
        """The key of that name; a new one the first time."""
        if self._values is None:
            return PrivateKey.generate()
        return PrivateKey.from_pem(self._values.once(f"key of {name}", lambda: PrivateKey.generate().pem()))

    def authority(self, name: str, make: Callable[[], CertificateAuthority]) -> CertificateAuthority:
        """The authority of that name; the one that ``make`` makes the first time."""
        if self._values is None:
            return make()
        return CertificateAuthority.from_pem(self._values.once(f"authority {name}", lambda: make().pem()))

    def list_signer(self, name: str, make: Callable[[], ListSigner]) -> ListSigner:
        """The signer of lists of that name; the one that ``make`` makes the first time."""
        if self._values is None:
            return make()
        from nlwallet.registrar import ListSigner

        return ListSigner.from_pem(self._values.once(f"list signer {name}", lambda: make().pem()))

    def sessions(self, owner: str) -> SessionStore | None:
        """The sessions of one relying party; ``None``: it keeps them itself, in memory."""
        if self._database is None:
            return None
        from nlwallet.verifier import SqlSessionStore

        return SqlSessionStore(self._database, owner=owner)

    def issuer_store(self, owner: str) -> IssuerStore | None:
        """The store of one issuer; ``None``: it keeps everything itself, in memory."""
        if self._database is None:
            return None
        from nlwallet.issuer import SqlIssuerStore

        return SqlIssuerStore(self._database, owner=owner)

    def register(self, url: str) -> KeptRegister | None:
        """What the registrars at that address know, in whichever process; ``None``: nobody keeps it."""
        if self._database is None:
            return None
        from nlwallet.sandbox.kept_sql import SqlKeptRegister

        return SqlKeptRegister(self._database, owner=url)

    @property
    def path(self) -> Path | None:
        """The file that all of it is in, if it is one."""
        return None if self._database is None else self._database.path

    def close(self) -> None:
        """Let go of the database."""
        if self._database is not None:
            self._database.close()
