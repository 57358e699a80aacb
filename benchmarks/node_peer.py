"""npm @sd-jwt/sd-jwt-vc 0.19 against Node's own raw P-256, in its own process."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from benchmarks.measure import Measured
from benchmarks.pid import AUDIENCE, CLAIMS, ISSUER, NONCE, SHOWN, VCT

HERE = Path(__file__).parent
PEERS = HERE.parent / "tests" / "interop" / "node_modules"


def measure() -> Measured | None:
    """Ratios to Node's raw sign, and to two raw verifications; ``None`` where the peer cannot run."""
    node = shutil.which("node")
    if node is None or not (PEERS / "@sd-jwt" / "sd-jwt-vc").is_dir():
        return None
    task = {
        "claims": CLAIMS,
        "shown": SHOWN,
        "aud": AUDIENCE,
        "nonce": NONCE,
        "iss": ISSUER,
        "vct": VCT,
        "peers": str(PEERS),
    }
    done = subprocess.run(
        [node, str(HERE / "npm_sd_jwt_vc.mjs")],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    measured: Measured = json.loads(done.stdout)
    return measured
