"""Token Status List in JWT: whether something that was issued still holds. CWT is not here yet."""

from nlwallet.status.status_list import Status, StatusList
from nlwallet.status.token import (
    STATUS_LIST_MEDIA_TYPE,
    StatusListToken,
    StatusReference,
    sign_status_list_token,
    verify_status_list_token,
)

__all__ = [
    "STATUS_LIST_MEDIA_TYPE",
    "Status",
    "StatusList",
    "StatusListToken",
    "StatusReference",
    "sign_status_list_token",
    "verify_status_list_token",
]
