"""The role that vouches for relying parties."""

from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.registrar.role import Change, Registrar

__all__ = ["Change", "ListPublisher", "Registrar"]
