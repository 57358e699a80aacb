"""npm @owf/eudi-lote judges our lists of trusted entities, and we read those that it signs."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject, parse_jws
from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidTrustedList
from nlwallet.registrar import ListPublisher
from nlwallet.trust import LIST_KINDS, PID_PROVIDERS, PUB_EAA_PROVIDERS, Category, ListKind, verify_lote

NOW = int(time.time())
ANCHOR = CertificateAuthority.create("Some authority", now=NOW, days=900).certificate
PEERS_MISTAKE = {
    PUB_EAA_PROVIDERS.name: {
        # A quotation mark too many in the peer's own constant.
        "LoTE.ListAndSchemeInformation.StatusDeterminationApproach: StatusDeterminationApproach must be "
        'http://uri.etsi.org/19602/PubEAAProvidersList/StatusDetn/EU"',
        # Annex H has statuses; the peer uses the rules of the other annexes here.
        *(
            f"LoTE.TrustedEntitiesList.0.TrustedEntityServices.{n}.ServiceInformation.{name}: "
            f"{name} must not be present"
            for n in (0, 1)
            for name in ("ServiceStatus", "StatusStartingTime")
        ),
    }
}


def payload_of(kind: ListKind) -> dict[str, Any]:
    publisher = ListPublisher(clock=TravellingClock(NOW))
    publisher.notify(kind, "Provider", issuance=(ANCHOR,), website="https://provider.example")
    jws = parse_jws(publisher.token(kind), typ=None, algorithms={"ES256"}, what="the list")
    return parse_json_object(jws.payload)


@pytest.mark.node
@pytest.mark.req("PPNot_07", "WPNot_05", "PuBPNot_03", "RPACANot_05", "RPACANot_05a")
@pytest.mark.parametrize("kind", LIST_KINDS.values(), ids=list(LIST_KINDS))
def test_our_lists_keep_to_the_schema_of_their_annex(kind: ListKind, peers: Any) -> None:
    assert set(peers("lote.problems", kind=kind.name, payload=payload_of(kind))) == PEERS_MISTAKE.get(
        kind.name, set()
    )


@pytest.mark.node
def test_the_peer_can_say_no(peers: Any) -> None:
    payload = payload_of(PID_PROVIDERS)
    assert peers("lote.problems", kind="access-authorities", payload=payload)
    payload["LoTE"]["ListAndSchemeInformation"]["SchemeTerritory"] = "NL"
    (territory,) = peers("lote.problems", kind=PID_PROVIDERS.name, payload=payload)
    assert "SchemeTerritory must be EU" in territory
    del payload["LoTE"]["TrustedEntitiesList"][0]["TrustedEntityInformation"]["TEAddress"]
    assert any("TEAddress" in one for one in peers("lote.problems", kind=PID_PROVIDERS.name, payload=payload))


@pytest.mark.node
def test_we_read_a_list_that_the_peer_made_and_signed(peers: Any) -> None:
    key = PrivateKey.generate()
    root = CertificateAuthority.create("Operator CA", organization="Peer operator", country="EU", now=NOW)
    chain = root.issue(key.public, Subject("Signer", country="EU", organization="Peer operator"), now=NOW)

    def made(**scheme: Any) -> str:
        token = peers(
            "lote.make",
            scheme={
                "SchemeOperatorName": [{"lang": "en", "value": "Peer operator"}],
                "SchemeTerritory": "EU",
                "LoTEType": PID_PROVIDERS.lote_type,
                "StatusDeterminationApproach": PID_PROVIDERS.status_determination,
                "SchemeTypeCommunityRules": [{"lang": "en", "uriValue": PID_PROVIDERS.scheme_rules}],
                **scheme,
            },
            name="Peer provider",
            country="NL",
            informationUri=f"{PID_PROVIDERS.information_uri}NL",
            serviceTypes=[PID_PROVIDERS.issuance, PID_PROVIDERS.revocation],
            certificate=base64.b64encode(ANCHOR.der).decode(),
            jwk=key.private_jwk(),
            x5c=[chain.leaf.pem()],
        )
        return str(token)

    lote = verify_lote(made(), kind=PID_PROVIDERS, signers=(root.certificate,), now=int(time.time()))
    assert lote.entities[0].name == "Peer provider"
    assert lote.anchors(Category.PID_PROVIDER, now=NOW) == (ANCHOR,)
    assert lote.anchors(Category.PID_STATUS, now=NOW) == (ANCHOR,)
    with pytest.raises(InvalidTrustedList, match="another territory"):
        verify_lote(
            made(SchemeTerritory="NL"), kind=PID_PROVIDERS, signers=(root.certificate,), now=int(time.time())
        )
