"""What ``vp_formats_supported`` says about mdocs (OpenID4VP 1.0 §B.2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.errors import InvalidRequest
from nlwallet.mdoc import DEVICE_MAC_CURVES
from nlwallet.openid4vp import ClientMetadata
from nlwallet.openid4vp.reading import read_model


def read(**lists: Any) -> ClientMetadata:
    return read_model(ClientMetadata, {"vp_formats_supported": {"mso_mdoc": lists}}, what="client_metadata")


@pytest.mark.req("V-14")
@pytest.mark.parametrize("name", ["issuerauth_alg_values", "deviceauth_alg_values"])
@pytest.mark.parametrize(
    "values", [[], -7, "ES256", ["ES256"], [-7.0], [True], [-7, None], None, {}], ids=repr
)
def test_mdoc_algorithms_are_non_empty_arrays_of_integers(name: str, values: Any) -> None:
    with pytest.raises(InvalidRequest, match="non-empty array of integers") as refused:
        read(**{name: values})
    assert refused.value.pointer == "/vp_formats_supported"


@pytest.mark.req("V-14")
@pytest.mark.parametrize(
    ("lists", "accepted"),
    [
        ({}, {"ES256", "ES384", "ES512", "EdDSA"}),
        ({"issuerauth_alg_values": [-7]}, {"ES256"}),
        ({"issuerauth_alg_values": [-9]}, {"ES256"}),
        ({"deviceauth_alg_values": [-7]}, {"ES256"}),
        ({"deviceauth_alg_values": [-9, -50]}, {"ES256"}),
        ({"issuerauth_alg_values": [-7], "deviceauth_alg_values": [-9]}, {"ES256"}),
        ({"issuerauth_alg_values": [-9], "deviceauth_alg_values": [-51]}, set()),
        ({"issuerauth_alg_values": [-35, -52]}, {"ES384", "ES512"}),
        ({"issuerauth_alg_values": [-8]}, {"EdDSA"}),
        ({"deviceauth_alg_values": [-65537]}, set()),
        ({"issuerauth_alg_values": [-65537]}, set()),
        ({"issuerauth_alg_values": [10**40]}, set()),
    ],
)
def test_which_signatures_are_accepted(lists: dict[str, list[int]], accepted: set[str]) -> None:
    metadata = read(**lists)
    algorithms = ("ES256", "ES384", "ES512", "EdDSA", "HS256")
    assert {
        alg for alg in algorithms if metadata.accepts_format("mso_mdoc", algorithms={alg})
    } == accepted | ({"HS256"} if not lists else set())


@pytest.mark.req("V-14")
@pytest.mark.parametrize(("value", "curve"), DEVICE_MAC_CURVES.items())
def test_a_device_mac_is_accepted_on_its_curve(value: int, curve: str) -> None:
    def accepts(metadata: ClientMetadata, *curves: str) -> bool:
        return metadata.accepts_format("mso_mdoc", algorithms={"ES256"}, device_mac_curves=curves)

    listed = read(issuerauth_alg_values=[-9], deviceauth_alg_values=[value])
    assert accepts(listed, curve)
    assert not accepts(listed)
    assert not accepts(listed, *set(DEVICE_MAC_CURVES.values()) - {curve})
    assert accepts(read(deviceauth_alg_values=[5]), curve)
    assert not accepts(read(issuerauth_alg_values=[value]), curve)


@pytest.mark.req("V-14")
def test_the_nine_numbers() -> None:
    assert list(DEVICE_MAC_CURVES) == list(range(-65537, -65546, -1))
    assert DEVICE_MAC_CURVES[-65537] == "P-256"
    assert DEVICE_MAC_CURVES[-65545] == "brainpoolP512r1"
