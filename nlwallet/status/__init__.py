"""Token Status List in JWT and CWT: whether something that was issued still holds."""

from nlwallet.status.aggregation import AGGREGATION_MEDIA_TYPE, read_aggregation, write_aggregation
from nlwallet.status.cache import CachedStatusList, CacheKey, StatusListCache
from nlwallet.status.cwt_token import (
    STATUS_LIST_CWT_MEDIA_TYPE,
    sign_status_list_cwt,
    verify_status_list_cwt,
)
from nlwallet.status.freshness import Freshness
from nlwallet.status.historical import check_valid_at, historical_uri
from nlwallet.status.identifier_list import (
    IDENTIFIER_LIST_MEDIA_TYPE,
    IdentifierList,
    IdentifierReference,
    sign_identifier_list,
    verify_identifier_list,
)
from nlwallet.status.jwt_token import (
    STATUS_LIST_MEDIA_TYPE,
    sign_status_list_token,
    verify_status_list_jwt,
    verify_status_list_token,
)
from nlwallet.status.policy import StatusOutcome, StatusPolicy, StatusResult
from nlwallet.status.reference import CWT_STATUS, StatusReference
from nlwallet.status.signer import StatusSigner
from nlwallet.status.status_list import Status, StatusList, status_name
from nlwallet.status.token import StatusListToken

__all__ = [
    "AGGREGATION_MEDIA_TYPE",
    "CWT_STATUS",
    "IDENTIFIER_LIST_MEDIA_TYPE",
    "STATUS_LIST_CWT_MEDIA_TYPE",
    "STATUS_LIST_MEDIA_TYPE",
    "CacheKey",
    "CachedStatusList",
    "Freshness",
    "IdentifierList",
    "IdentifierReference",
    "Status",
    "StatusList",
    "StatusListCache",
    "StatusListToken",
    "StatusOutcome",
    "StatusPolicy",
    "StatusReference",
    "StatusResult",
    "StatusSigner",
    "check_valid_at",
    "historical_uri",
    "read_aggregation",
    "sign_identifier_list",
    "sign_status_list_cwt",
    "sign_status_list_token",
    "status_name",
    "verify_identifier_list",
    "verify_status_list_cwt",
    "verify_status_list_jwt",
    "verify_status_list_token",
    "write_aggregation",
]
