"""Trusted lists: a credential fits ``etsi_tl`` only by a list that was known before the request came."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.dcql import DcqlQuery, PresentedCredential, check_answer
from nlwallet.errors import InvalidResponse
from nlwallet.sandbox import Sandbox
from nlwallet.trust import Category, TrustedLists

NOW = 1_790_000_000
LIST = "https://lists.example/pid"
OTHER = "https://lists.example/other"


def asking(*urls: str) -> dict[str, Any]:
    return {
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:eudi:pid:1"]},
                "claims": [{"path": ["age_over_18"]}],
                "trusted_authorities": [{"type": "etsi_tl", "values": list(urls)}],
            }
        ]
    }


@pytest.mark.req("D-32")
def test_a_chain_is_listed_by_its_leaf_or_by_who_issued_it() -> None:
    root = CertificateAuthority.create("Root", now=NOW)
    below = root.subordinate("Below", now=NOW)
    key = PrivateKey.generate()
    chain = below.issue(key.public, Subject("Issuer"), now=NOW)
    stranger = CertificateAuthority.create("Stranger", now=NOW).certificate
    lists = TrustedLists(
        {
            "anchor": [stranger, root.certificate],
            "middle": [below.certificate],
            "leaf": [chain.leaf],
            "stranger": [stranger],
            "empty": [],
        }
    )
    assert lists.listing(chain) == {"anchor", "middle", "leaf"}
    assert lists.listing(None) == frozenset()


@pytest.mark.req("D-32", "W-37")
def test_a_wallet_answers_by_lists_that_it_knows_and_fetches_none() -> None:
    with Sandbox() as edi:
        anchors = edi.anchors.of(Category.PID_PROVIDER)
        wallet, bar = edi.wallet("frouke"), edi.relying_party("cafe-de-vrije-val")

        def opened(*urls: str) -> bool:
            return not wallet.open(bar.request(asking(*urls)).uri).missing

        assert not opened(
            LIST
        )  # the list exists nowhere: a fetch would end in an error, not in "no such card"
        wallet._trusted_lists = TrustedLists({LIST: anchors, OTHER: ()})
        assert opened(LIST)
        assert opened("https://unknown.example", LIST)
        assert not opened(OTHER)
        assert "etsi_tl" in str(wallet.explain(asking(OTHER)))


@pytest.mark.req("D-30", "V-52")
def test_a_verifier_checks_the_lists_that_it_knows() -> None:
    def presented(*listed: str, known: tuple[str, ...] = (LIST, OTHER)) -> dict[str, Any]:
        one = PresentedCredential(
            "dc+sd-jwt",
            ("urn:eudi:pid:1",),
            {"age_over_18": True},
            trusted_lists=frozenset(listed),
            known_lists=frozenset(known),
        )
        return {"pid": [one]}

    query = DcqlQuery.parse(asking(LIST))
    check_answer(query, presented(LIST))
    check_answer(query, presented(known=()))  # it cannot tell; its own anchors have decided (§6.1)
    with pytest.raises(InvalidResponse) as caught:
        check_answer(query, presented(OTHER))
    assert caught.value.pointer == "/vp_token/pid/0"
