"""Who may sign the lists that tell what was revoked: of each kind of provider its own, never those of another.

ARF 3.0 topic 31 has a Member State notify, beside the anchors of what a provider issues, those of how it revokes
(PPNot_02, WPNot_02, PuBPNot_02, RPACANot_02), so the two are categories of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from nlwallet.crypto import Certificate, CertificateChain, verify_chain
from nlwallet.errors import RemoteError
from nlwallet.trust.anchors import Anchors, Category

STATUS_CATEGORIES: Final = {
    Category.PID_PROVIDER: Category.PID_STATUS,
    Category.PUB_EAA_PROVIDER: Category.PUB_EAA_STATUS,
    Category.ACCESS_CA: Category.ACCESS_STATUS,
    Category.REGISTRATION_CERTIFICATE_PROVIDER: Category.REGISTRATION_STATUS,
    Category.WALLET_PROVIDER: Category.WALLET_STATUS,
}
"""What a provider issues, and what tells that it was revoked. The others have no list of their own."""


def status_anchors(anchors: Anchors, category: Category) -> tuple[Certificate, ...]:
    """Whose lists count for what providers of ``category`` issued.

    Those of the category of its status, once there are any; where nobody told of them, the anchors of the providers
    themselves. Those that were configured as ``STATUS_PROVIDER`` count beside them.
    """
    of_status = STATUS_CATEGORIES.get(category)
    own = () if of_status is None else anchors.of(of_status)
    return tuple(dict.fromkeys((*(own or anchors.of(category)), *anchors.of(Category.STATUS_PROVIDER))))


def status_signers(
    chain: CertificateChain | None,
    anchors: Anchors,
    categories: Iterable[Category],
    *,
    now: int,
    anchor_in_x5c: Literal["refused", "accepted"] = "refused",
) -> tuple[Certificate, ...]:
    """Whose lists count for a credential, by who issued it: of ``categories``, those whose anchors ``chain`` leads to.

    A type may be of several categories: a diploma of a public body, or of a school. What one of them issued, the
    status lists of the other say nothing of. Without a chain all of the categories count.
    """
    vouching = [
        category
        for category in categories
        if chain is None or _leads_to(chain, anchors.of(category), now=now, anchor_in_x5c=anchor_in_x5c)
    ]
    found = (anchor for category in vouching for anchor in status_anchors(anchors, category))
    return tuple(dict.fromkeys(found))


def _leads_to(
    chain: CertificateChain,
    anchors: tuple[Certificate, ...],
    *,
    now: int,
    anchor_in_x5c: Literal["refused", "accepted"],
) -> bool:
    try:
        verify_chain(chain, anchors, now=now, what="the issuer", anchor_in_x5c=anchor_in_x5c)
    except RemoteError:
        return False
    return True
