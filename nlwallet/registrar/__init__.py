"""The role that vouches for relying parties."""

from nlwallet.registrar.change_log import Change
from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.registrar.relying_party_json import read_relying_party, relying_party_json
from nlwallet.registrar.role import Registrar

__all__ = ["Change", "ListPublisher", "Registrar", "read_relying_party", "relying_party_json"]
