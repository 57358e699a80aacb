"""What the deliberately weak verifier finds wrong with a status list, every fault by name."""

from __future__ import annotations

import base64
import zlib
from typing import Any

from cryptography import x509
from weak_certificates import check_chain
from weak_credential import Rules, _jws, _verify
from weak_disclosures import Broken, Found

from nlwallet.errors import RemoteError
from nlwallet.http import HttpClient

LIMIT = 1_000_000


def check_status(status: Any, http: HttpClient, rules: Rules, found: Found) -> None:
    entry = status["status_list"]
    index, uri = entry["idx"], entry["uri"]
    try:
        reply = http.send("GET", uri, what="the status list")
    except RemoteError as error:
        found(f"the status list cannot be had: {error.code}")
        return
    if reply.status != 200:
        found(f"the status list cannot be had: {reply.status}")
        return
    if reply.content_type != "application/statuslist+jwt":
        found(f"a status list of {reply.content_type}")
    if reply.content_type == "application/statuslist+cwt":
        return
    if len(reply.body) > LIMIT:
        found("a status list of megabytes")
        return
    header, payload, octets, signature = _jws(reply.body.decode("ascii"), found, "the status list")
    if header.get("typ") != "statuslist+jwt":
        found(f"a status list of typ {header.get('typ')}")
    chain = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in header["x5c"]]
    faults: list[str] = []
    leaf = check_chain(chain, rules.anchors, rules.wanted, rules.now, faults.append)
    _verify("it", header, leaf.public_key(), octets, signature, faults.append)
    for fault in faults:
        found(f"the status list: {fault}")
    for name in ("sub", "iat"):
        if name not in payload:
            found(f"a status list without {name}")
    if payload.get("sub", uri) != uri:
        found("another status list")
    if payload["exp"] < rules.now:
        found("a status list that expired")
    if payload.get("ttl", 1) <= 0:
        found("a ttl of nothing")
    if "status_list" not in payload:
        found("a status list without status_list")
        return
    _look(payload["status_list"], index, found)


def _look(content: dict[str, Any], index: Any, found: Found) -> None:
    bits = content["bits"]
    if isinstance(bits, bool) or bits not in (1, 2, 4, 8):
        found(f"bits is {bits!r}")
        return
    squeezed = base64.urlsafe_b64decode(content["lst"] + "=" * (-len(content["lst"]) % 4))
    inflate = zlib.decompressobj()
    try:
        entries = inflate.decompress(squeezed, LIMIT)
    except zlib.error as error:
        raise Broken(f"a list that is no zlib: {str(error)[:40]}") from None
    if inflate.unconsumed_tail:
        found("a list that is a bomb")
    elif not inflate.eof:
        found("a list that is cut off")
    if isinstance(index, bool) or not isinstance(index, int):
        found(f"an index that is {type(index).__name__}")
        return
    if not 0 <= index < len(entries) * 8 // bits:
        found(f"an index of {index}")
        return
    value = entries[index * bits // 8] >> (index * bits % 8) & (2**bits - 1)
    if value:
        found(f"status {value}")
