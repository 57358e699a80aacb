"""The cases, one file for each thing that is aimed at; in the groups and with the ids of the list of hostile cases."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from nlwallet.errors import LocalError
from nlwallet.testing.hostile.attack import Attack, AttackGroup, Role
from nlwallet.testing.hostile.cases.association import ASSOCIATION
from nlwallet.testing.hostile.cases.credential import CREDENTIAL
from nlwallet.testing.hostile.cases.dc_api import DC_API
from nlwallet.testing.hostile.cases.disclosures import DISCLOSURES
from nlwallet.testing.hostile.cases.encryption import ENCRYPTION
from nlwallet.testing.hostile.cases.issuer_signature import ISSUER_SIGNATURE
from nlwallet.testing.hostile.cases.key_binding import KEY_BINDING
from nlwallet.testing.hostile.cases.mdoc import MDOC
from nlwallet.testing.hostile.cases.mdoc_session import MDOC_SESSION
from nlwallet.testing.hostile.cases.metadata import METADATA
from nlwallet.testing.hostile.cases.request import REQUEST
from nlwallet.testing.hostile.cases.same_device import SAME_DEVICE
from nlwallet.testing.hostile.cases.session import SESSION
from nlwallet.testing.hostile.cases.status_place import STATUS
from nlwallet.testing.hostile.cases.too_much import TOO_MUCH
from nlwallet.testing.hostile.cases.transaction import TRANSACTION
from nlwallet.testing.hostile.cases.vp_token import VP_TOKEN
from nlwallet.testing.hostile.cases.wallet_destinations import WALLET_QUERIES
from nlwallet.testing.hostile.cases.wallet_in_browser import WALLET_IN_BROWSER
from nlwallet.testing.hostile.cases.wallet_requests import WALLET_REQUESTS
from nlwallet.testing.hostile.cases.wallet_types import WALLET_OFFERS

GROUPS: Final[tuple[AttackGroup, ...]] = (
    SESSION,
    REQUEST,
    SAME_DEVICE,
    ENCRYPTION,
    VP_TOKEN,
    ASSOCIATION,
    ISSUER_SIGNATURE,
    DISCLOSURES,
    CREDENTIAL,
    KEY_BINDING,
    MDOC,
    MDOC_SESSION,
    STATUS,
    METADATA,
    DC_API,
    TRANSACTION,
    TOO_MUCH,
    WALLET_REQUESTS,
    WALLET_QUERIES,
    WALLET_IN_BROWSER,
    WALLET_OFFERS,
)


def attacks(
    role: Role = "rp", *, only: Collection[str] = (), without: Collection[str] = ()
) -> tuple[Attack, ...]:
    """The attacks on a ``role``, in the order of the list.

    ``only`` and ``without`` are ids, with a variant (``ADV-100/missing``) or for all of them (``ADV-100``). Raises
    :class:`~nlwallet.errors.LocalError` for an id that is none: a case that was left out by mistake would look sound.
    """
    all_ = tuple(one for group in GROUPS for one in group.attacks if one.role == role)
    for name in (*only, *without):
        if not any(_is(one, name) for one in all_):
            raise LocalError(
                f"there is no attack {name} on a {role}", hint="such as ADV-100 or ADV-100/missing"
            )
    return tuple(
        one
        for one in all_
        if (not only or any(_is(one, name) for name in only)) and not any(_is(one, name) for name in without)
    )


def _is(attack: Attack, name: str) -> bool:
    return name in (attack.id, attack.id.partition("/")[0])
