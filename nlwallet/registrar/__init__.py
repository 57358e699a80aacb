"""The role that vouches for relying parties."""

from nlwallet.registrar.role import Change, Registrar

__all__ = ["Change", "Registrar"]
