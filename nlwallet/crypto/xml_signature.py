"""XML signatures, by signxml: only what a trusted list needs (XML Signature 1.1, ETSI TS 119 612 Annex B).

signxml and lxml come with the extra ``trusted-lists``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from nlwallet.crypto.keys import PrivateKey
from nlwallet.crypto.x509 import Certificate
from nlwallet.errors import InvalidSignature, LimitExceeded, LocalError, MalformedInput

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_XML_BYTES: Final = 16_777_216
"""The largest national list has some 10 MiB."""
_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_REFERENCE: Final = f"{_SIGNATURE.removesuffix('Signature')}Reference"
_MAX_REFERENCES: Final = 4


def verify_enveloped_xml(data: bytes, *, signers: tuple[bytes, ...], now: int, what: str) -> _Element:
    """The root element of a document that one of ``signers`` signed as a whole, without the signature in it.

    ``signers`` are pinned certificates in DER; what the document itself says about its signer counts for nothing.
    Raises :class:`~nlwallet.errors.MalformedInput`, LimitExceeded or InvalidSignature; or
    :class:`~nlwallet.errors.LocalError` where signxml is not installed.
    """
    try:
        from lxml.etree import LxmlError
        from signxml.exceptions import SignXMLException
        from signxml.verifier import SignatureConfiguration, XMLVerifier
    except ImportError:
        raise _no_signxml() from None
    root = _parse(data, what)
    signatures = root.findall(_SIGNATURE)
    if len(signatures) != 1:
        raise MalformedInput(
            f"{what} has {len(signatures)} signatures, where one is", spec="ETSI TS 119 612 Annex B"
        )
    references = len(signatures[0].findall(f".//{_REFERENCE}"))
    if not 0 < references <= _MAX_REFERENCES:
        raise LimitExceeded(f"{what} has a signature over {references} things")
    for signer in _valid(signers, now):
        configuration = SignatureConfiguration(
            location="./",
            expect_references=references,
            ignore_ambiguous_key_info=True,  # the key is the pinned one, whatever KeyInfo says
            verification_time=datetime.fromtimestamp(now, UTC),
        )
        try:
            found: Any = XMLVerifier().verify(root, x509_cert=signer, expect_config=configuration)
        except (SignXMLException, LxmlError, ValueError, TypeError, KeyError, AttributeError):
            continue
        for one in found if isinstance(found, list) else [found]:
            # What signxml gives back was read from the very octets that are signed: without comments, for instance.
            if one.signed_xml is not None and _is_whole(one.signed_xml, root):
                return one.signed_xml  # type: ignore[no-any-return]
    raise InvalidSignature(f"{what} is not signed as a whole by a signer that is known here")


def _valid(signers: tuple[bytes, ...], now: int) -> list[x509.Certificate]:
    read = [x509.load_der_x509_certificate(one) for one in signers]
    moment = datetime.fromtimestamp(now, UTC)
    return [one for one in read if one.not_valid_before_utc <= moment <= one.not_valid_after_utc]


def _parse(data: bytes, what: str) -> _Element:
    from lxml import etree

    if len(data) > MAX_XML_BYTES:
        raise LimitExceeded(f"{what} has more than {MAX_XML_BYTES} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise MalformedInput(f"{what} is no well-formed XML", spec="XML 1.0 §2.1") from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise MalformedInput(f"{what} has a document type declaration", hint="a trusted list has none")
    return root


def _is_whole(signed: Any, root: Any) -> bool:
    """The root element with all of its children but the signature."""
    children, expected = ([one.tag for one in each if isinstance(one.tag, str)] for each in (signed, root))
    expected.remove(_SIGNATURE)
    return signed.tag == root.tag and children == expected


def sign_enveloped_xml(root: _Element, *, key: PrivateKey, certificate: Certificate) -> bytes:
    """The document with an enveloped signature over the whole of it: XAdES, exclusive canonicalisation, SHA-256.

    Raises :class:`~nlwallet.errors.LocalError` where signxml is not installed, or for a key that is not on P-256.
    """
    try:
        from lxml import etree
        from signxml.algorithms import CanonicalizationMethod, SignatureMethod
        from signxml.signer import SignatureReference
        from signxml.xades.xades import XAdESSigner
    except ImportError:
        raise _no_signxml() from None
    if key.public.curve != "P-256" or not isinstance(key.pyca, ec.EllipticCurvePrivateKey):
        raise LocalError("a document is signed with a key on P-256 here")
    # Only of the document itself: signxml digests what else is signed otherwise than it verifies it.
    whole = SignatureReference(
        URI=f"#{root.get('Id')}", c14n_method=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    )
    signer = XAdESSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256)
    signed = signer.sign(root, key=key.pyca, cert=[certificate.pyca], reference_uri=[whole])
    return bytes(etree.tostring(signed, xml_declaration=True, encoding="UTF-8"))


def signs_xml() -> bool:
    """Whether signxml is installed."""
    return find_spec("signxml") is not None and find_spec("lxml") is not None


def _no_signxml() -> LocalError:
    return LocalError(
        "XML signatures need the extra trusted-lists", hint="pip install 'nlwallet[trusted-lists]'"
    )
