"""The wallet acts on the check of the request: an access certificate outside its profile ends it under ``strict``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.crypto import Subject
from nlwallet.errors import UntrustedCertificate
from nlwallet.profiles import HAIP_1_0, STRICT

NOW = 1_790_000_000
Register = Callable[..., Any]


def without_policy(world: Any, party: Any) -> None:
    """An access certificate with the same subject, for the same key, that names no policy."""
    leaf = party.chain.leaf
    subject: Subject = leaf.subject
    party.chain = world.access.issue(
        party.key.public, subject, now=NOW, san_dns=leaf.san_dns, san_uris=leaf.san_uris
    )


@pytest.mark.req("RPA_02")
def test_strict_ends_a_request_whose_access_certificate_is_outside_its_profile(
    world: Any, register: Register
) -> None:
    party = register(("age_over_18",))
    party.mount(world.wallet(profile=STRICT)).open(party.link())  # as it should be
    without_policy(world, party)
    wallet = party.mount(world.wallet(profile=STRICT))
    with pytest.raises(UntrustedCertificate) as refused:
        wallet.open(party.link())
    assert refused.value.code == "POLICY"
    assert party.forms == []
    (entry,) = wallet.log
    assert entry.outcome == "failed"


def test_haip_notes_it_in_the_report_and_asks(world: Any, register: Register) -> None:
    party = register(("age_over_18",))
    without_policy(world, party)
    prompt = party.mount(world.wallet(profile=HAIP_1_0)).open(party.link())
    noted = {check.code for check in prompt.report if check.id == "RPA_02" and check.outcome == "warned"}
    assert noted == {"POLICY", "AUTHORITY_INFO_ACCESS", "REVOCATION"}
    assert prompt.warnings == ()
