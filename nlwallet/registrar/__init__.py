"""The role that vouches for relying parties."""

from nlwallet.registrar.change_log import Change
from nlwallet.registrar.issuing import new_access_authority, new_registration_authority
from nlwallet.registrar.kept_register import KeptRegister
from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.registrar.relying_party_json import read_relying_party, relying_party_json
from nlwallet.registrar.role import Registrar

__all__ = [
    "Change",
    "KeptRegister",
    "ListPublisher",
    "Registrar",
    "new_access_authority",
    "new_registration_authority",
    "read_relying_party",
    "relying_party_json",
]
