"""The role that vouches for relying parties."""

from nlwallet.registrar.change_log import Change
from nlwallet.registrar.issuing import new_access_authority, new_registration_authority
from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.registrar.list_signer import ListSigner
from nlwallet.registrar.relying_party_json import read_relying_party, relying_party_json
from nlwallet.registrar.role import Registrar
from nlwallet.registrar.shared_state import KeptRegister, RegisterStep

__all__ = [
    "Change",
    "KeptRegister",
    "ListPublisher",
    "ListSigner",
    "RegisterStep",
    "Registrar",
    "new_access_authority",
    "new_registration_authority",
    "read_relying_party",
    "relying_party_json",
]
