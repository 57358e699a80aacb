"""One database, which several threads and processes may share: how it is opened, and what a transaction is.

Every write is one transaction that is synced before it is answered: a process that is killed, or a machine that loses
its power, leaves it done or not done, nothing between.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Column as Column_
from sqlalchemy import Connection, Engine, Integer, MetaData, Table, Text, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from nlwallet.errors import LocalError
from nlwallet.store.failure import failed
from nlwallet.store.postgresql import lock_for_transaction, open_postgresql
from nlwallet.store.sqlite_file import open_sqlite

_parts: Final = Table(
    "nlwallet_parts",
    MetaData(),
    Column_("part", Text, primary_key=True),
    Column_("version", Integer, nullable=False),
)
"""Which parts of nlwallet have tables here, and how these look."""


class Database:
    """The database at ``url``: ``sqlite:///path`` (``sqlite:////path`` from the root) or ``postgresql://…``.

    A file is made, for its owner only, if it is not there. Open it in each process: not before a fork. Close it at the
    end. Raises :class:`~nlwallet.errors.LocalError` for what is something else, and from every method when the
    database cannot be used: then nothing was done.
    """

    def __init__(self, url: str) -> None:
        self._engine: Engine
        self._path: Path | None = None
        try:
            parsed = make_url(url)
        except SQLAlchemyError:
            raise _no_address() from None
        if parsed.drivername == "sqlite" and parsed.database:
            self._engine = open_sqlite(parsed.database)
            self._path = Path(parsed.database)
            # Of the threads of this process one writes at a time; other processes wait for the file.
            self._turn: AbstractContextManager[object] = threading.Lock()
        elif parsed.drivername == "postgresql":
            self._engine = open_postgresql(parsed)
            self._turn = nullcontext()
        else:
            raise _no_address()
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writing = self._engine.execution_options(writes=True)
        self._prepared: set[str] = set()
        try:
            with self.write("parts") as connection:
                connection.execute(CreateTable(_parts, if_not_exists=True))
        except BaseException:
            self.close()
            raise

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self._engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """Where the file is; ``None`` for a server."""
        return self._path

    def prepare(
        self,
        part: str,
        tables: MetaData,
        *,
        version: int,
        bring_over: Callable[[Connection], None] | None = None,
    ) -> None:
        """See to it that the tables of a part are there. ``bring_over`` finds what an older nlwallet kept elsewhere.

        Raises :class:`~nlwallet.errors.LocalError` for tables of a newer version.
        """
        if part in self._prepared:
            return
        with self.write("parts") as connection:
            there = connection.scalar(select(_parts.c.version).where(_parts.c.part == part))
            if there is not None and there > version:
                raise LocalError(
                    f"the store is of version {there}", code="store", hint="use a newer nlwallet"
                )
            if there is None:
                for table in tables.sorted_tables:
                    connection.execute(CreateTable(table, if_not_exists=True))
                    for index in sorted(table.indexes, key=lambda one: str(one.name)):
                        connection.execute(CreateIndex(index, if_not_exists=True))
                if bring_over is not None:
                    bring_over(connection)
                connection.execute(insert(_parts).values(part=part, version=version))
            elif there < version:
                connection.execute(update(_parts).where(_parts.c.part == part).values(version=version))
        self._prepared.add(part)

    @contextmanager
    def write(self, lock: str = "") -> Iterator[Connection]:
        """A transaction: done as a whole when it ends, or not at all if it ends with an exception.

        Of those with the same ``lock`` one works at a time, whoever else has the database open; each sees what the
        one before it did. A file knows one lock for all.
        """
        with self._turn, failed(), self._writing.begin() as connection:
            if lock and not self.is_sqlite:
                lock_for_transaction(connection, lock)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Statements that change nothing; each sees what was written before it."""
        with failed(), self._reading.connect() as connection:
            yield connection

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _no_address() -> LocalError:
    return LocalError(
        "this is not the address of a database",
        code="store",
        hint="sqlite:///path, or postgresql://user@host/name; nothing at all for memory",
    )
