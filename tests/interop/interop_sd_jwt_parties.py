"""Who takes part in the SD-JWT interop tests: we, npm @sd-jwt and PyPI sd-jwt, all with the same skills."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from nlwallet.claim_path import ClaimPath, expand
from nlwallet.crypto import PrivateKey, PublicKey
from nlwallet.sdjwt import ExpectedKeyBinding, issue_sd_jwt, verify_sd_jwt

NOW = int(time.time())
TYP = "dc+sd-jwt"
AUDIENCE = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"
NONCE = "n-0S6_WzA2Mj"
ALGORITHMS = frozenset({"ES256", "ES384", "ES512"})
REGISTERED = {"iss": "https://issuer.example", "vct": "urn:example:pid", "iat": NOW - 60, "exp": NOW + 3600}


Claims = dict[str, Any]
Paths = list[ClaimPath]


@dataclass(frozen=True)
class Terms:
    """How something is issued."""

    key: PrivateKey
    holder: PublicKey
    hash_algorithm: str = "sha-256"
    decoys: int = 0


def time_of_day() -> int:
    """When a test runs, which may be long after this file was read: PyPI sd-jwt signs with no other time."""
    return int(time.time())


class Party(Protocol):
    def issue(self, claims: Claims, disclosable: Paths, terms: Terms) -> str: ...

    def present(self, text: str, claims: Claims, paths: Paths, terms: Terms, holder: PrivateKey) -> str: ...

    def verify(
        self, text: str, terms: Terms, *, audience: str = AUDIENCE, nonce: str = NONCE
    ) -> dict[str, Any]:
        """The processed payload; raises what the party raises."""
        ...


class Ours:
    def issue(self, claims: Claims, disclosable: Paths, terms: Terms) -> str:
        return issue_sd_jwt(
            REGISTERED | claims,
            disclosable=disclosable,
            key=terms.key,
            typ=TYP,
            holder_key=terms.holder,
            hash_algorithm=terms.hash_algorithm,
            decoys=terms.decoys,
        )

    def present(self, text: str, claims: Claims, paths: Paths, terms: Terms, holder: PrivateKey) -> str:
        held = verify_sd_jwt(text, issuer_key=terms.key.public, now=NOW, algorithms=ALGORITHMS, typ={TYP})
        assert held.claims == REGISTERED | claims | {"cnf": {"jwk": dict(held.claims["cnf"]["jwk"])}}
        return held.present(paths, holder_key=holder, audience=AUDIENCE, nonce=NONCE, now=time_of_day())

    def verify(
        self, text: str, terms: Terms, *, audience: str = AUDIENCE, nonce: str = NONCE
    ) -> dict[str, Any]:
        return verify_sd_jwt(
            text,
            issuer_key=terms.key.public,
            now=time_of_day(),
            algorithms=ALGORITHMS,
            typ={TYP},
            key_binding=ExpectedKeyBinding(audience, nonce),
        ).claims


class Npm:
    """@sd-jwt/core or @sd-jwt/sd-jwt-vc, in the Node process."""

    def __init__(self, peers: Any, kind: str) -> None:
        self._call = lambda name, **given: peers(f"sdjwt.{name}", kind=kind, **given)

    def issue(self, claims: Claims, disclosable: Paths, terms: Terms) -> str:
        frame = _frame(claims, (), concrete(claims, disclosable))
        text = self._call(
            "issue",
            payload=REGISTERED | {"cnf": {"jwk": terms.holder.jwk()}} | claims,
            frame=frame | ({"_sd_decoy": terms.decoys} if terms.decoys else {}),
            jwk=terms.key.private_jwk(),
            hashAlg=terms.hash_algorithm,
            header={"typ": TYP},
        )
        return str(text)

    def present(self, text: str, claims: Claims, paths: Paths, terms: Terms, holder: PrivateKey) -> str:
        payload = {"aud": AUDIENCE, "nonce": NONCE, "iat": time_of_day()}
        frame = _selection(claims, (), reached(claims, paths))
        return str(self._call("present", text=text, frame=frame, jwk=holder.private_jwk(), payload=payload))

    def verify(
        self, text: str, terms: Terms, *, audience: str = AUDIENCE, nonce: str = NONCE
    ) -> dict[str, Any]:
        """The audience is not looked at: @sd-jwt leaves that to its caller."""
        answer = self._call("verify", text=text, jwk=terms.key.public.jwk(), now=time_of_day(), nonce=nonce)
        payload: dict[str, Any] = answer["payload"]
        return payload


class PyPi:
    """PyPI sd-jwt; the hash algorithm is an attribute of its classes, so it is set in subclasses."""

    def issue(self, claims: Claims, disclosable: Paths, terms: Terms) -> str:
        issuer = _hashing(SDJWTIssuer, terms)(
            _wrapped(REGISTERED | claims, (), concrete(claims, disclosable)),
            JWK(**terms.key.private_jwk()),
            JWK(**terms.holder.jwk()),
            sign_alg=terms.key.alg,
            add_decoy_claims=bool(terms.decoys),
            extra_header_parameters={"typ": TYP},
        )
        return str(issuer.sd_jwt_issuance)

    def present(self, text: str, claims: Claims, paths: Paths, terms: Terms, holder: PrivateKey) -> str:
        presenting = _hashing(SDJWTHolder, terms)(text)
        presenting.create_presentation(
            _positions(claims, (), reached(claims, paths)),
            NONCE,
            AUDIENCE,
            JWK(**holder.private_jwk()),
            sign_alg=holder.alg,
        )
        return str(presenting.sd_jwt_presentation)

    def verify(
        self, text: str, terms: Terms, *, audience: str = AUDIENCE, nonce: str = NONCE
    ) -> dict[str, Any]:
        key = JWK(**terms.key.public.jwk())
        verifier = _hashing(SDJWTVerifier, terms)(text, lambda _issuer, _header: key, audience, nonce)
        payload: dict[str, Any] = verifier.get_verified_payload()
        return payload


def _hashing(kind: type, terms: Terms) -> Any:
    name = terms.hash_algorithm
    return type(
        kind.__name__, (kind,), {"HASH_ALG": {"name": name, "fn": getattr(hashlib, name.replace("-", ""))}}
    )


# One choice of claims in the words of each party ------------------------------------------------------


def concrete(claims: Any, paths: Iterable[ClaimPath]) -> set[ClaimPath]:
    return {found for path in paths for found in expand(claims, path)}


def reached(claims: Any, paths: Iterable[ClaimPath]) -> set[ClaimPath]:
    """The chosen claims, what contains them and what is inside them."""
    chosen = concrete(claims, paths)
    above = {path[:length] for path in chosen for length in range(1, len(path))}
    return chosen | above | {node for node in nodes(claims, ()) if any(node[: len(p)] == p for p in chosen)}


def children(value: Any, at: ClaimPath) -> list[tuple[ClaimPath, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [((*at, key), item) for key, item in items]


def nodes(value: Any, at: ClaimPath) -> list[ClaimPath]:
    return [found for path, item in children(value, at) for found in (path, *nodes(item, path))]


def _frame(value: Any, at: ClaimPath, disclosable: set[ClaimPath]) -> dict[str, Any]:
    frame: dict[str, Any] = {
        str(path[-1]): _frame(item, path, disclosable) for path, item in children(value, at)
    }
    frame = {name: below for name, below in frame.items() if below}
    own = [path[-1] for path, _ in children(value, at) if path in disclosable]
    return frame | ({"_sd": own} if own else {})


def _selection(value: Any, at: ClaimPath, chosen: set[ClaimPath]) -> dict[str, Any]:
    return {
        str(path[-1]): _selection(item, path, chosen) or True
        for path, item in children(value, at)
        if path in chosen
    }


def _positions(value: Any, at: ClaimPath, chosen: set[ClaimPath]) -> Any:
    if isinstance(value, list):
        inner = [
            _positions(item, path, chosen) if path in chosen else None for path, item in children(value, at)
        ]
        return inner if any(inner) else True
    if isinstance(value, dict):
        picked = {
            path[-1]: _positions(item, path, chosen) for path, item in children(value, at) if path in chosen
        }
        return picked or (True if at else {})
    return True


def _wrapped(value: Any, at: ClaimPath, disclosable: set[ClaimPath]) -> Any:
    if isinstance(value, list):
        return [
            SDObj(_wrapped(item, path, disclosable))
            if path in disclosable
            else _wrapped(item, path, disclosable)
            for path, item in children(value, at)
        ]
    if isinstance(value, dict):
        return {
            SDObj(path[-1]) if path in disclosable else path[-1]: _wrapped(item, path, disclosable)
            for path, item in children(value, at)
        }
    return value


def visible(value: Any, at: ClaimPath, hidden: set[ClaimPath], shown: set[ClaimPath]) -> Any:
    """What a verifier sees (RFC 9901 §7.1): everything but what is disclosable and was not chosen."""
    kept = [(path, item) for path, item in children(value, at) if path not in hidden or path in shown]
    if isinstance(value, list):
        return [visible(item, path, hidden, shown) for path, item in kept]
    if isinstance(value, dict):
        return {path[-1]: visible(item, path, hidden, shown) for path, item in kept}
    return value
