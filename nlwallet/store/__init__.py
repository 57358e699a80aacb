"""Databases that roles keep their things in: an SQLite file, or PostgreSQL for several machines.

Only the stores of the roles come here; without one of them nothing of this is imported.
"""

try:
    import sqlalchemy  # noqa: F401 - to say what is missing before anything else does
except ModuleNotFoundError:
    from nlwallet.errors import LocalError

    raise LocalError(
        "a database needs SQLAlchemy", code="store", hint="pip install 'nlwallet[sandbox]'"
    ) from None

from nlwallet.store.database import Database
from nlwallet.store.revised_values import RevisedValues

__all__ = ["Database", "RevisedValues"]
