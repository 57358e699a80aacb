"""npm @owf/mdoc, @animo-id/mdoc and @auth0/mdl against Node's own raw P-256, in a process of their own.

``python -m benchmarks.npm_mdoc_peers`` prints them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import Measured
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.mdoc import DOCUMENT_SIGNER, redirect_session_transcript

HERE = Path(__file__).parent
PEERS = HERE.parent / "tests" / "interop" / "node_modules"
NAMES = ("@owf/mdoc", "@animo-id/mdoc", "@auth0/mdl")
DOCTYPE = "eu.europa.ec.eudi.pid.1"
ELEMENTS = {f"element_{number:02}": f"value of the element {number:02}" for number in range(25)}
ELEMENTS["portrait"] = "_9j_4AAQ" * 200
SHOWN = ("element_03", "element_09", "element_17", "element_23")


def measure(
    elements: Mapping[str, object] = ELEMENTS, shown: Sequence[str] = SHOWN
) -> dict[str, Measured] | None:
    """By peer: ratios to Node's raw sign, and to two raw verifications; ``None`` where the peers cannot run.

    ``elements`` are values that JSON has, all in one namespace.
    """
    node = shutil.which("node")
    if node is None or not all((PEERS / name).is_dir() for name in NAMES):
        return None
    authority = CertificateAuthority.create(
        "IACA", organization="Test", country="NL", now=int(time.time()) - 60
    )
    issuer, device = PrivateKey.generate(), PrivateKey.generate()
    chain = authority.issue(
        issuer.public,
        Subject("DS", country="NL", organization="Test"),
        now=int(time.time()) - 60,
        extended_key_usages=(DOCUMENT_SIGNER,),
    )
    transcript = redirect_session_transcript(
        client_id="x509_hash:a", nonce="n", response_uri="https://rp.example", encryption_key=None
    )
    task = {
        "docType": DOCTYPE,
        "elements": dict(elements),
        "shown": list(shown),
        "issuer": issuer.private_jwk(),
        "device": device.private_jwk(),
        "certificate": chain.leaf.pem(),
        "root": authority.certificate.pem(),
        "transcript": transcript.hex(),
        "peers": str(PEERS),
    }
    done = subprocess.run(
        [node, str(HERE / "npm_mdoc.mjs")],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    measured: dict[str, Measured] = json.loads(done.stdout)
    return measured


def main() -> None:
    """Measure and print."""
    measured = measure()
    if measured is None:
        print("!! Node.js or the npm peers are missing: NOT measured (make peers)")
        return
    print(f"{'a PID as an mdoc, 26 elements, 4 shown':40}" + "".join(f"{name:>18}" for name in NAMES))
    for task, unit in (("issue", "× sign"), ("present", "× sign"), ("verify", "× two verifies")):
        row = "".join(f"{measured[name][task]:16.1f} ×" for name in NAMES)
        print(f"{task + ', ' + unit:40}{row}")


if __name__ == "__main__":
    main()
