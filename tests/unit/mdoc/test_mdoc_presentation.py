"""A document that is shown: bound to one session, by its own device, with the elements that were chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mdoc_forge import (
    DOCTYPE,
    ELEMENTS,
    ENCRYPTION,
    ES256,
    HOLDER,
    ITEMS,
    NOW,
    OTHER_NAMESPACE,
    SESSION,
    SIGNERS,
    STRANGER,
    TRANSCRIPT,
    issued,
    issuer_signed,
    mso,
    received,
    response,
    shown,
    sign1,
    tagged,
    verified,
)

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose_mac0 import make_cose_mac0
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidDeviceAuth,
    InvalidMdoc,
    LimitExceeded,
    LocalError,
    MalformedInput,
    RemoteError,
)
from nlwallet.mdoc import (
    DeviceMac,
    DeviceSignature,
    KeyAuthorizations,
    dc_api_session_transcript,
    encode_device_response,
    iso_18013_7_session_transcript,
    redirect_session_transcript,
    verify_device_response,
)
from nlwallet.mdoc.device_auth import mac_key

FAMILY_NAME, ADULT = (DOCTYPE, "family_name"), (DOCTYPE, "age_over_18")


def presented(paths: Any = (ADULT,), *, document: bytes | None = None, **changed: Any) -> str:
    given: dict[str, Any] = {"holder_key": HOLDER, "session_transcript": TRANSCRIPT}
    return received(document or issued()).present(paths, **{**given, **changed})


# What is shown ----------------------------------------------------------------------------------


@pytest.mark.req("M-01", "M-08")
def test_only_what_was_chosen_is_shown() -> None:
    presentation = presented([ADULT])
    result = verified(presentation)
    assert result.claims == {DOCTYPE: {"age_over_18": True}}
    assert result.disclosable_paths() == {ADULT}
    assert (result.doctype, result.device_auth, result.device_claims) == (DOCTYPE, "signature", {})
    assert result.holder_key == HOLDER.public
    assert b"Jansen" not in b64url_decode(presentation)
    assert "True" not in repr(result)


@pytest.mark.req("M-10")
def test_the_response_is_what_the_standard_says() -> None:
    data = b64url_decode(presented([ADULT, FAMILY_NAME]))
    decoded = parse_cbor(data, what="the response")
    assert dump_cbor(decoded) == data
    assert (decoded["version"], decoded["status"], len(decoded["documents"])) == ("1.0", 0, 1)
    (document,) = decoded["documents"]
    assert set(document) == {"docType", "issuerSigned", "deviceSigned"}
    issuer_auth = parse_cbor(received(issued()).data, what="it")["issuerAuth"]
    assert len(document["issuerSigned"]["issuerAuth"]) == len(issuer_auth) == 4
    assert document["deviceSigned"]["nameSpaces"] == tagged(b"\xa0")
    protected, unprotected, payload, signature = document["deviceSigned"]["deviceAuth"]["deviceSignature"]
    assert (parse_cbor(protected, what="it"), unprotected, payload, len(signature)) == ({1: -7}, {}, None, 64)


@pytest.mark.req("M-08")
def test_the_issuer_half_is_passed_on_as_it_came() -> None:
    document = issued()
    came = parse_cbor(document, what="it")
    sent = parse_cbor(b64url_decode(presented([ADULT], document=document)), what="it")["documents"][0]
    assert sent["issuerSigned"]["issuerAuth"] == came["issuerAuth"]
    assert sent["issuerSigned"]["nameSpaces"][DOCTYPE][0] in came["nameSpaces"][DOCTYPE]


@pytest.mark.req("M-08")
def test_nothing_may_be_shown_but_the_type() -> None:
    assert verified(presented([])).claims == {}
    with_empty = shown({"issuerAuth": issuer_signed()["issuerAuth"]})
    assert verified(response(with_empty)).claims == {}


@pytest.mark.parametrize(
    "path", [(DOCTYPE,), (DOCTYPE, "age_over_65"), ("x", "y"), (DOCTYPE, None), (DOCTYPE, "family_name", 0)]
)
def test_what_the_document_does_not_have_cannot_be_shown(path: Any) -> None:
    with pytest.raises(LocalError, match="no such element"):
        presented([path])


def test_another_key_than_the_devices_cannot_present() -> None:
    with pytest.raises(LocalError, match="not the key"):
        presented(holder_key=STRANGER)


@settings(max_examples=40, deadline=None)
@given(chosen=st.sets(st.sampled_from([(DOCTYPE, name) for name in ELEMENTS] + [(OTHER_NAMESPACE, "bsn")])))
def test_any_choice_is_shown_and_nothing_more(chosen: set[tuple[str, str]]) -> None:
    document = issued(namespaces={DOCTYPE: ELEMENTS, OTHER_NAMESPACE: {"bsn": "999991772"}})
    assert verified(presented(chosen, document=document)).disclosable_paths() == chosen


# The session ------------------------------------------------------------------------------------


def session(**changed: Any) -> bytes:
    return redirect_session_transcript(**{**SESSION, **changed})


SESSIONS: list[Any] = [
    pytest.param(lambda: session(nonce="another"), marks=pytest.mark.req("M-08", "ADV-115"), id="nonce"),
    pytest.param(
        lambda: session(client_id="Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"),
        marks=pytest.mark.req("M-08", "ADV-115"),
        id="client_id without its prefix",
    ),
    pytest.param(
        lambda: session(response_uri="https://rp.example/response"),
        marks=pytest.mark.req("M-08", "ADV-115"),
        id="response_uri without its query",
    ),
    pytest.param(
        lambda: session(encryption_key=None), marks=pytest.mark.req("M-04", "ADV-116"), id="no thumbprint"
    ),
    pytest.param(
        lambda: session(encryption_key=PrivateKey.generate().public),
        marks=pytest.mark.req("M-04", "ADV-116", "ADV-046"),
        id="thumbprint of another key",
    ),
    pytest.param(
        lambda: dump_cbor([None, None, ["OpenID4VPHandover", _info(ENCRYPTION.thumbprint().hex())]]),
        marks=pytest.mark.req("M-04", "ADV-116"),
        id="thumbprint in hex",
    ),
    pytest.param(
        lambda: dc_api_session_transcript(
            origin="https://rp.example", nonce=SESSION["nonce"], encryption_key=ENCRYPTION
        ),
        marks=pytest.mark.req("M-06", "ADV-117"),
        id="handover of the browser's API",
    ),
    pytest.param(
        lambda: iso_18013_7_session_transcript(
            client_id=SESSION["client_id"],
            nonce=SESSION["nonce"],
            response_uri=SESSION["response_uri"],
            mdoc_generated_nonce="1234567890abcdefgh",
        ),
        marks=pytest.mark.req("ADV-118"),
        id="handover of ISO/IEC 18013-7",
    ),
]


def _info(thumbprint: Any) -> bytes:
    import hashlib

    info = [SESSION["client_id"], SESSION["nonce"], thumbprint, SESSION["response_uri"]]
    return hashlib.sha256(dump_cbor(info)).digest()


def test_the_handover_made_by_hand_is_right() -> None:
    assert dump_cbor([None, None, ["OpenID4VPHandover", _info(ENCRYPTION.thumbprint())]]) == TRANSCRIPT


@pytest.mark.parametrize("transcript", SESSIONS)
def test_a_presentation_for_another_session_is_refused(transcript: Callable[[], bytes]) -> None:
    other = transcript()
    with pytest.raises(InvalidDeviceAuth, match="in this session"):
        verified(presented(session_transcript=other))
    assert verified(presented(session_transcript=other), session_transcript=other)


@pytest.mark.req("M-06", "ADV-117")
def test_the_browsers_transcript_has_the_origin_without_prefix() -> None:
    def transcript(origin: str) -> bytes:
        return dc_api_session_transcript(origin=origin, nonce="n", encryption_key=ENCRYPTION)

    right = transcript("https://rp.example")
    assert verified(presented(session_transcript=right), session_transcript=right)
    for wrong in (transcript("origin:https://rp.example"), TRANSCRIPT):
        with pytest.raises(InvalidDeviceAuth):
            verified(presented(session_transcript=wrong), session_transcript=right)


# The device's proof -----------------------------------------------------------------------------


@pytest.mark.req("HV-19", "M-08")
@pytest.mark.parametrize("number", [-7, -9])
def test_both_numbers_of_es256_are_read(number: int) -> None:
    def auth(payload: bytes) -> Any:
        signature = sign1(payload, key=HOLDER, protected={1: number}, unprotected={}, detached=True)
        return {"deviceSignature": signature}

    assert verified(response(shown(auth=auth))).device_auth == "signature"
    assert verified(response(shown(issuer_signed(protected={1: number})))).doctype == DOCTYPE


@pytest.mark.parametrize(("curve", "alg"), [("P-384", "ES384"), ("P-521", "ES512"), ("Ed25519", "EdDSA")])
def test_a_device_key_of_each_curve(curve: str, alg: str) -> None:
    key = PrivateKey.generate(curve)
    presentation = presented(document=issued(holder_key=key.public), holder_key=key)
    assert verified(presentation, algorithms={"ES256", alg}).holder_key == key.public
    with pytest.raises(AlgorithmNotAllowed):
        verified(presentation)


@pytest.mark.req("M-08", "ADV-124")
def test_the_proof_is_by_the_device_of_the_document() -> None:
    with pytest.raises(InvalidDeviceAuth, match="did not prove"):
        verified(response(shown(key=STRANGER)))


@pytest.mark.req("M-08", "ADV-124")
@pytest.mark.parametrize(
    "proof",
    [
        None,
        {},
        {"deviceSignature": None},
        {"deviceSignature": [b"", {}, None]},
        {"deviceSignature": [b"\xa1\x01\x26", {}, b"payload", b"x" * 64]},
        {"deviceSignature": [b"\xa1\x01\x26", {}, None, b"x" * 63]},
        {"deviceSignature": [b"", {1: -7}, None, b"x" * 64]},
        {"deviceMac": None},
        {"other": 1},
    ],
)
def test_a_proof_that_is_none_is_refused(proof: Any) -> None:
    with pytest.raises((InvalidDeviceAuth, InvalidMdoc, AlgorithmNotAllowed)):
        verified(response(shown(auth=lambda _: proof)))


@pytest.mark.req("ADV-124")
def test_two_proofs_are_refused() -> None:
    def auth(payload: bytes) -> Any:
        right = sign1(payload, key=HOLDER, unprotected={}, detached=True)
        return {"deviceSignature": right, "deviceMac": make_cose_mac0(payload, b"k" * 32)}

    with pytest.raises(InvalidDeviceAuth, match="one of"):
        verified(response(shown(auth=auth)))


@pytest.mark.req("M-08")
def test_the_proof_covers_what_the_device_signs_itself() -> None:
    document = shown(device=b"\xa0")
    document["deviceSigned"]["nameSpaces"] = tagged(dump_cbor({OTHER_NAMESPACE: {"x": 1}}))
    with pytest.raises(InvalidDeviceAuth):
        verified(response(document))


@pytest.mark.req("M-08")
@pytest.mark.parametrize("without", ["deviceSigned", "issuerSigned", "docType"])
def test_a_document_has_both_halves(without: str) -> None:
    document = shown()
    del document[without]
    with pytest.raises(InvalidMdoc):
        verified(response(document))


# MAC --------------------------------------------------------------------------------------------

READER = PrivateKey.generate()


def with_mac(reader: PrivateKey = READER, transcript: bytes = TRANSCRIPT) -> bytes:
    document = received(issued()).document(
        [ADULT], session_transcript=transcript, device_auth=DeviceMac(HOLDER, reader.public)
    )
    return encode_device_response([document])


def test_a_mac_is_taken_from_a_reader_that_the_device_knows() -> None:
    result = verified(with_mac(), reader_key=READER)
    assert (result.device_auth, result.claims) == ("mac", {DOCTYPE: {"age_over_18": True}})
    assert verified(presented(), reader_key=READER).device_auth == "signature"


@pytest.mark.req("ADV-124")
def test_a_mac_that_nobody_expects_is_refused() -> None:
    with pytest.raises(AlgorithmNotAllowed, match="no key was agreed"):
        verified(with_mac())


def test_a_mac_for_another_reader_or_session_is_refused() -> None:
    with pytest.raises(InvalidDeviceAuth):
        verified(with_mac(), reader_key=STRANGER)
    with pytest.raises(InvalidDeviceAuth):
        verified(with_mac(transcript=session(nonce="another")), reader_key=READER)
    with pytest.raises(AlgorithmNotAllowed, match="cannot agree"):
        verified(with_mac(), reader_key=PrivateKey.generate("P-384"))
    with pytest.raises(AlgorithmNotAllowed, match="cannot agree"):
        with_mac(reader=PrivateKey.generate("Ed25519"))


@pytest.mark.parametrize("protected", [{1: -7}, {1: 6}, {1: True}, {}])
def test_a_mac_of_another_algorithm_is_refused(protected: dict[int, Any]) -> None:
    def auth(payload: bytes) -> Any:
        mac = make_cose_mac0(payload, mac_key(HOLDER, READER.public, TRANSCRIPT))
        return {"deviceMac": [dump_cbor(protected), *mac[1:]]}

    with pytest.raises(AlgorithmNotAllowed, match="HMAC 256/256"):
        verified(response(shown(auth=auth)), reader_key=READER)


def test_a_mac_over_a_payload_of_its_own_is_refused() -> None:
    def auth(payload: bytes) -> Any:
        protected, outside, _, tag = make_cose_mac0(payload, mac_key(HOLDER, READER.public, TRANSCRIPT))
        return {"deviceMac": [protected, outside, payload, tag]}

    with pytest.raises(InvalidDeviceAuth, match="detached"):
        verified(response(shown(auth=auth)), reader_key=READER)


# What the device signs itself -------------------------------------------------------------------


def authorized(value: dict[str, Any]) -> dict[str, Any]:
    key_info = {**mso()["deviceKeyInfo"], "keyAuthorizations": value}
    return issuer_signed(signed=mso(deviceKeyInfo=key_info))


@pytest.mark.req("M-09")
@pytest.mark.parametrize(
    "value",
    [{"nameSpaces": [OTHER_NAMESPACE]}, {"dataElements": {OTHER_NAMESPACE: ["hash", "amount"]}}],
)
def test_the_device_signs_what_its_issuer_allows(value: dict[str, Any]) -> None:
    device = dump_cbor({OTHER_NAMESPACE: {"hash": b"\x01\x02", "amount": 5}})
    result = verified(response(shown(authorized(value), device=device)))
    assert result.device_claims == {OTHER_NAMESPACE: {"hash": "AQI", "amount": 5}}
    assert OTHER_NAMESPACE not in result.claims


@pytest.mark.req("M-09", "ADV-126")
@pytest.mark.parametrize(
    "value", [None, {"nameSpaces": ["another"]}, {"dataElements": {OTHER_NAMESPACE: ["amount"]}}]
)
def test_the_device_signs_nothing_else(value: dict[str, Any] | None) -> None:
    document = issuer_signed() if value is None else authorized(value)
    device = dump_cbor({OTHER_NAMESPACE: {"hash": b"\x01\x02"}})
    with pytest.raises(InvalidMdoc, match="did not authorize"):
        verified(response(shown(document, device=device)))


@pytest.mark.req("M-09")
def test_our_wallet_signs_what_its_issuer_allows_and_nothing_else() -> None:
    document = issued(key_authorizations=KeyAuthorizations(elements={OTHER_NAMESPACE: ["day"]}))
    day = {OTHER_NAMESPACE: {"day": date(2026, 11, 28)}}
    result = verified(presented(document=document, device_namespaces=day))
    assert result.device_claims == {OTHER_NAMESPACE: {"day": "2026-11-28"}}
    with pytest.raises(LocalError, match="does not authorize"):
        presented(document=document, device_namespaces={OTHER_NAMESPACE: {"night": 1}})


@pytest.mark.parametrize(
    "device", [b"\x80", b"\xa1\x61x\xa0", b"\xa1\x01\xa1\x61x\x01", b"\xbf\xff", b"\xa0\x00"]
)
def test_device_namespaces_of_another_shape_are_refused(device: bytes) -> None:
    with pytest.raises((InvalidMdoc, MalformedInput)):
        verified(response(shown(authorized({"nameSpaces": ["x"]}), device=device)))


# The response -----------------------------------------------------------------------------------


@pytest.mark.req("M-10", "ADV-127")
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"version": "2.0"}, "another major version"),
        ({"version": None}, "version is missing"),
        ({"status": 10}, "something went wrong"),
        ({"status": False}, "status is not an integer"),
        ({"status": None}, "status is missing"),
        ({"documents": []}, "no document"),
        ({"documents": None}, "no document"),
        ({"documents": [shown(), shown()]}, "several documents"),
        ({"documents": {"a": 1}}, "documents is not an array"),
        ({"documents": [1]}, "a document is not a map"),
    ],
)
def test_the_response_has_one_document_and_all_is_well(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidMdoc, match=says):
        verified(response(shown(), **changed))


def test_who_meets_a_holder_may_take_several_documents() -> None:
    def read(data: bytes) -> Any:
        return verify_device_response(
            data, issuer=SIGNERS, session_transcript=TRANSCRIPT, now=NOW, algorithms=ES256
        )

    first, second = received(issued()), received(issued(holder_key=STRANGER.public))
    documents = [
        first.document([ADULT], session_transcript=TRANSCRIPT, device_auth=DeviceSignature(HOLDER)),
        second.document([FAMILY_NAME], session_transcript=TRANSCRIPT, device_auth=DeviceSignature(STRANGER)),
    ]
    results = read(encode_device_response(documents))
    assert [one.disclosable_paths() for one in results] == [{ADULT}, {FAMILY_NAME}]
    with pytest.raises(LimitExceeded, match="16 documents"):
        read(encode_device_response([documents[0]] * 17))
    with pytest.raises(InvalidMdoc, match="no document"):
        read(encode_device_response([]))


@pytest.mark.req("M-01", "ADV-129")
def test_a_presentation_is_base64url_without_padding() -> None:
    text = presented()
    while not {"-", "_"} & set(text):
        text = presented()
    for wrong in (text + "=" * (-len(text) % 4 or 4), text.replace("-", "+").replace("_", "/"), text + " "):
        with pytest.raises(MalformedInput, match="base64url"):
            verified(wrong)


def test_an_element_of_another_document_is_refused() -> None:
    one, other = (parse_cbor(issued(), what="it") for _ in range(2))
    one["nameSpaces"] = other["nameSpaces"]
    with pytest.raises(InvalidMdoc, match="not what the issuer"):
        verified(response(shown(one)))
    assert ITEMS[0] not in dump_cbor(one)


# pyca warns of what it does not like in a certificate's serial number or names.
@pytest.mark.filterwarnings(
    "ignore::cryptography.utils.CryptographyDeprecationWarning", "ignore::UserWarning"
)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_changed_octet_changes_what_is_shown(data: Any) -> None:
    """Each octet is covered by a signature, or its change is refused; at most an element is left out."""
    sent = b64url_decode(presented([ADULT]))
    at = data.draw(st.integers(0, len(sent) - 1))
    changed = bytearray(sent)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        result = verified(b64url_encode(bytes(changed)))
    except RemoteError:
        return
    assert result.claims in ({DOCTYPE: {"age_over_18": True}}, {})
    assert (result.doctype, result.holder_key, result.device_claims) == (DOCTYPE, HOLDER.public, {})
