"""Every parser, given hostile input, ends with a typed error that can be shown, in bounded time and memory."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz_run import explore, survives
from fuzz_targets import TARGETS
from fuzz_targets_issuance import TARGETS as TARGETS_OF_ISSUANCE
from fuzz_targets_mdoc import TARGETS as TARGETS_OF_MDOC
from fuzz_targets_proximity import TARGETS as TARGETS_OF_PROXIMITY
from fuzz_targets_servers import TARGETS as TARGETS_OF_SERVERS
from fuzz_world import World

# pyca warns of what it does not like in a certificate's serial number or names.
pytestmark = pytest.mark.filterwarnings(
    "ignore::cryptography.utils.CryptographyDeprecationWarning",
    "ignore::UserWarning",
    "ignore::hypothesis.errors.HypothesisWarning",
)


ROOMS = (
    "crypto",
    "dcql",
    "mdoc",
    "openid4vci",
    "openid4vp",
    "proximity",
    "registration",
    "sdjwt",
    "status",
    "trust",
)
TAKES_INPUT = ("parse", "verify", "decrypt", "read", "resolve")
READS = ("parse", "decode", "of_response")

NOT_FROM_OUTSIDE = {
    "CertificateAuthority.from_pem",
    "PrivateKey.from_der",
    "PrivateKey.from_jwk",
    "PrivateKey.from_pem",
    "PublicKey.from_pem",
}
INSIDE_ANOTHER = {
    "AuthorizedParty.parse",
    "TrustedRoot.parse",
    "ClaimsQuery.parse",
    "ClientIdentifier.parse",
    "CredentialOffer.from_json",
    "CredentialQuery.parse",
    "CredentialSetQuery.parse",
    "Disclosure.parse",
    "EncryptionTo.of_response",
    "TransactionData.parse",
    "TrustedAuthority.parse",
    "verify_enveloped_xml",
    "verify_status_list_jwt",
}
"""Called by a parser that is tried."""

ALL = {**TARGETS, **TARGETS_OF_ISSUANCE, **TARGETS_OF_MDOC, **TARGETS_OF_PROXIMITY, **TARGETS_OF_SERVERS}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize("name", ALL)
def test_hostile_input_ends_in_a_typed_error(name: str, world: World) -> None:
    hostile, run = ALL[name](world)
    run(hostile.valid)  # so that the mutations of it get further than the first check
    explore(hostile.mutations, lambda given: survives(run, given))


def parsers() -> Iterator[str]:
    """The names under which rooms hand out what takes input from outside."""
    for room in ROOMS:
        module = importlib.import_module(f"nlwallet.{room}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing) and name.partition("_")[0] in TAKES_INPUT:
                yield name
            elif inspect.isclass(thing):
                for method, member in vars(thing).items():
                    if isinstance(member, classmethod) and (method in READS or method.startswith("from_")):
                        yield f"{name}.{method}"


def test_every_parser_is_tried() -> None:
    here = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("fuzz_*.py"))
    forgotten = [name for name in parsers() if name not in here]
    assert set(forgotten) == NOT_FROM_OUTSIDE | INSIDE_ANOTHER, (
        "give each a line in tests/fuzz/fuzz_targets.py"
    )
