"""The refusal to go on with a database that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from nlwallet.errors import LocalError


@contextmanager
def failed() -> Iterator[None]:
    """Turns what SQLAlchemy raises into a :class:`~nlwallet.errors.LocalError` that holds no value of a row."""
    try:
        yield
    except SQLAlchemyError as error:
        raise unusable(error) from None


def unusable(error: BaseException) -> LocalError:
    """The refusal, with what the database itself says is wrong."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return LocalError(
        f"the store cannot be used: {type(cause).__name__}: {_what(cause)}",
        code="store",
        hint="is it a database that this process may write, on a disk with room, and is its server running?",
    )


def _what(cause: BaseException) -> str:
    # PostgreSQL tells the row as well, in further lines.
    diagnosis = getattr(cause, "diag", None)
    told = getattr(diagnosis, "message_primary", None) or next(iter(str(cause).splitlines()), "")
    return str(told)
