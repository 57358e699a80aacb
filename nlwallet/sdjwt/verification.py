"""Verify an SD-JWT and work out its claims: every rule of RFC 9901 §7.1 and §7.3."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.claim_path import ClaimPath, expand
from nlwallet.crypto import Jws, PrivateKey, PublicKey, parse_jws
from nlwallet.encoding import b64url_encode, json_pointer
from nlwallet.errors import InvalidKeyBinding, InvalidSdJwt, OutsideValidity
from nlwallet.sdjwt.digest import DEFAULT_HASH_ALGORITHM, hash_function
from nlwallet.sdjwt.disclosure import Disclosure
from nlwallet.sdjwt.issuance import NEVER_DISCLOSABLE
from nlwallet.sdjwt.key_binding import ExpectedKeyBinding, sign_key_binding, verify_key_binding
from nlwallet.sdjwt.token import UnverifiedSdJwt

MAX_DEPTH = 32
"""How deep claims may nest when every Disclosure is in its place."""


@dataclass(frozen=True, slots=True, repr=False)
class SdJwt:
    """A verified SD-JWT, kept parsed.

    ``claims`` is the processed payload (§7.1), ``disclosures`` maps the claim path of each disclosed claim to
    its Disclosure, ``key_binding`` holds the claims of the KB-JWT when one was verified.
    """

    token: UnverifiedSdJwt
    header: Mapping[str, Any]
    claims: dict[str, Any]
    disclosures: dict[ClaimPath, Disclosure]
    hash_algorithm: str
    holder_key: PublicKey | None
    key_binding: dict[str, Any] | None = None

    def select(self, paths: Iterable[ClaimPath]) -> str:
        """The SD-JWT with the claims at ``paths``, what contains them, what is inside them, and nothing else.

        ``None`` in a path is every array element. The result ends in ``~`` (§7.2). Raises
        :class:`~nlwallet.errors.InvalidSdJwt` when a path selects nothing.
        """
        chosen: set[ClaimPath] = set()
        for path in paths:
            found = expand(self.claims, path)
            if not found:
                raise InvalidSdJwt(
                    "a selected claim is not in the SD-JWT",
                    spec="RFC 9901 §7.2",
                    pointer=json_pointer(path),
                )
            for concrete in found:
                chosen.update(concrete[: length + 1] for length in range(len(concrete)))
                chosen.update(below for below in self.disclosures if below[: len(concrete)] == concrete)
        sent = (each.encoded for path, each in self.disclosures.items() if path in chosen)
        return "~".join((self.token.issuer_jwt, *sent, ""))

    def present(
        self,
        paths: Iterable[ClaimPath],
        *,
        holder_key: PrivateKey,
        audience: str,
        nonce: str,
        now: int,
        key_binding_claims: Mapping[str, Any] | None = None,
    ) -> str:
        """:meth:`select`, bound to ``audience`` and ``nonce`` with the holder's key (§4.3)."""
        if self.holder_key != holder_key.public:
            raise InvalidKeyBinding(
                "the key is not the one that the SD-JWT is bound to",
                spec="RFC 9901 §4.3",
                pointer="/payload/cnf",
            )
        selected = self.select(paths)
        return selected + sign_key_binding(
            selected,
            holder_key=holder_key,
            audience=audience,
            nonce=nonce,
            now=now,
            hash_algorithm=self.hash_algorithm,
            claims=key_binding_claims,
        )

    def __repr__(self) -> str:
        return f"<SdJwt with {len(self.disclosures)} disclosed claims>"


def parse_issuer_jwt(
    token: UnverifiedSdJwt, *, algorithms: Collection[str], typ: Collection[str] | None = None
) -> tuple[Jws, dict[str, Any]]:
    """The issuer-signed JWT and its payload, **not verified**: enough to find the issuer's key."""
    jws = parse_jws(token.issuer_jwt, typ=typ, algorithms=algorithms, what="the issuer-signed JWT")
    return jws, jws.claims(what="the issuer-signed JWT")


def verify_sd_jwt(
    token: UnverifiedSdJwt | str,
    *,
    issuer_key: PublicKey,
    now: int,
    algorithms: Collection[str],
    typ: Collection[str] | None = None,
    key_binding: ExpectedKeyBinding | None = None,
    leeway: int = 0,
) -> SdJwt:
    """Verify an SD-JWT with the issuer's key; with ``key_binding``, an SD-JWT+KB.

    Without ``key_binding`` a KB-JWT must not be there (§7.2, §7.3). ``leeway`` is seconds on ``exp`` and ``nbf``.

    Raises a :class:`~nlwallet.errors.RemoteError`: ``InvalidSdJwt``, ``InvalidKeyBinding``,
    ``InvalidSignature``, ``AlgorithmNotAllowed``, ``OutsideValidity``, ``MalformedInput`` or ``LimitExceeded``.
    """
    unverified = UnverifiedSdJwt.parse(token) if isinstance(token, str) else token
    jws, payload = parse_issuer_jwt(unverified, algorithms=algorithms, typ=typ)
    jws.verify(issuer_key)
    return process(
        unverified, jws, payload, now=now, algorithms=algorithms, key_binding=key_binding, leeway=leeway
    )


def process(
    token: UnverifiedSdJwt,
    jws: Jws,
    payload: dict[str, Any],
    *,
    now: int,
    algorithms: Collection[str],
    key_binding: ExpectedKeyBinding | None,
    leeway: int,
) -> SdJwt:
    """Everything of :func:`verify_sd_jwt` after the issuer's signature, which the caller has verified."""
    hash_algorithm = payload.get("_sd_alg", DEFAULT_HASH_ALGORITHM)
    reader = _Reader(hash_function(hash_algorithm), token.disclosures)
    claims = reader.read_payload(payload)
    for path in reader.found:
        if path[0] in NEVER_DISCLOSABLE:
            raise InvalidSdJwt(
                f"{path[0]} decides on validity but came as a Disclosure",
                spec="RFC 9901 §9.7",
                pointer=json_pointer(path),
            )
    check_validity(claims, now=now, leeway=leeway)
    holder_key = _holder_key(claims)
    binding: dict[str, Any] | None = None
    if key_binding is None:
        if token.key_binding_jwt is not None:
            raise InvalidSdJwt(
                "a key binding JWT stands where none may be",
                spec="RFC 9901 §7.2",
                hint="an SD-JWT without key binding ends in '~'",
            )
    elif token.key_binding_jwt is not None:
        if holder_key is None:
            raise InvalidKeyBinding(
                "the SD-JWT is not bound to a key",
                spec="RFC 9901 §7.3(3)",
                pointer="/payload/cnf",
                hint="cnf.jwk is needed",
            )
        binding = verify_key_binding(
            token.key_binding_jwt,
            token.presentation,
            holder_key=holder_key,
            expected=key_binding,
            now=now,
            hash_algorithm=hash_algorithm,
            algorithms=algorithms,
        )
    elif key_binding.required:
        raise InvalidKeyBinding(
            "there is no key binding JWT, and one is required",
            spec="RFC 9901 §7.3(2)",
            hint="was it stripped off?",
        )
    return SdJwt(token, jws.header, claims, reader.found, hash_algorithm, holder_key, binding)


def check_validity(claims: Mapping[str, Any], *, now: int, leeway: int = 0) -> None:
    """``exp`` and ``nbf`` where present (RFC 7519 §4.1.4, §4.1.5). Raises InvalidSdJwt or OutsideValidity."""
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidSdJwt(f"{name} is no NumericDate", spec="RFC 7519 §2", pointer=f"/payload/{name}")
    if "exp" in claims and now >= claims["exp"] + leeway:
        raise OutsideValidity(
            "it has expired",
            spec="RFC 9901 §7.1(6)",
            pointer="/payload/exp",
            code="expired",
            hint="get a fresh one issued",
        )
    if "nbf" in claims and now < claims["nbf"] - leeway:
        raise OutsideValidity(
            "it is not valid yet", spec="RFC 9901 §7.1(6)", pointer="/payload/nbf", code="not_yet_valid"
        )


def _holder_key(claims: Mapping[str, Any]) -> PublicKey | None:
    confirmation = claims.get("cnf")
    if not isinstance(confirmation, dict):
        if confirmation is not None:
            raise InvalidSdJwt("cnf is no object", spec="RFC 7800 §3.1", pointer="/payload/cnf")
        return None
    jwk = confirmation.get("jwk")
    return PublicKey.from_jwk(jwk, pointer="/payload/cnf/jwk") if jwk is not None else None


class _Reader:
    """Puts Disclosures in their places (§7.1(3)); ``found`` says where each of them went."""

    __slots__ = ("_by_digest", "_seen", "found")

    def __init__(self, hash_: Any, encoded: tuple[str, ...]) -> None:
        self._by_digest: dict[str, tuple[int, str]] = {}
        self._seen: set[str] = set()
        self.found: dict[ClaimPath, Disclosure] = {}
        for index, text in enumerate(encoded):
            try:
                digest = b64url_encode(hash_(text.encode("ascii")).digest())
            except UnicodeEncodeError:
                raise InvalidSdJwt(
                    "a Disclosure is not ASCII", spec="RFC 9901 §4.2.3", pointer=f"/disclosures/{index}"
                ) from None
            if digest in self._by_digest:
                raise InvalidSdJwt(
                    "the same Disclosure is there twice", spec="RFC 9901 §4", pointer=f"/disclosures/{index}"
                )
            self._by_digest[digest] = (index, text)

    def read_payload(self, payload: dict[str, Any]) -> dict[str, Any]:
        claims = self._object({name: value for name, value in payload.items() if name != "_sd_alg"}, ())
        if self._by_digest:
            index, _ = next(iter(self._by_digest.values()))
            raise InvalidSdJwt(
                "a Disclosure belongs to no digest",
                spec="RFC 9901 §7.1(5)",
                pointer=f"/disclosures/{index}",
                hint="send the parent of a nested Disclosure too; a changed Disclosure has another digest",
            )
        return claims

    def _value(self, value: Any, path: ClaimPath) -> Any:
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, list):
            return self._array(value, path)
        return value

    def _object(self, value: dict[str, Any], path: ClaimPath) -> dict[str, Any]:
        if len(path) > MAX_DEPTH:
            raise InvalidSdJwt(f"claims nest deeper than {MAX_DEPTH}", code="limit_exceeded")
        if "..." in value or "_sd_alg" in value:
            raise InvalidSdJwt(
                "'...' or _sd_alg stands in an object", spec="RFC 9901 §4.1", pointer=json_pointer(path)
            )
        clear = {
            name: self._value(member, (*path, name)) if isinstance(member, dict | list) else member
            for name, member in value.items()
            if name != "_sd"
        }
        if "_sd" not in value:
            return clear
        digests = value["_sd"]
        if not isinstance(digests, list):
            raise InvalidSdJwt(
                "_sd is no array", spec="RFC 9901 §4.2.4.1", pointer=json_pointer((*path, "_sd"))
            )
        for digest in digests:
            disclosure = self._take(digest, (*path, "_sd"))
            if disclosure is None:
                continue
            name = disclosure.name
            if name is None:
                raise InvalidSdJwt(
                    "a Disclosure of an array element stands in an object",
                    spec="RFC 9901 §7.1(3.3.2.1)",
                    pointer=json_pointer(path),
                )
            if name in clear:
                raise InvalidSdJwt(
                    "a Disclosure names a claim that is there already",
                    spec="RFC 9901 §7.1(3.3.2.3)",
                    pointer=json_pointer((*path, name)),
                )
            at = (*path, name)
            self.found[at] = disclosure
            clear[name] = self._value(disclosure.value, at)
        return clear

    def _array(self, value: list[Any], path: ClaimPath) -> list[Any]:
        elements: list[Any] = []
        for element in value:
            at = (*path, len(elements))
            if not (isinstance(element, dict) and "..." in element):
                elements.append(self._value(element, at))
                continue
            if len(element) != 1:
                raise InvalidSdJwt(
                    "beside '...' stands another key", spec="RFC 9901 §4.2.4.2", pointer=json_pointer(at)
                )
            disclosure = self._take(element["..."], at)
            if disclosure is None:
                continue
            if disclosure.name is not None:
                raise InvalidSdJwt(
                    "a Disclosure of an object's claim stands in an array",
                    spec="RFC 9901 §7.1(3.3.3.1)",
                    pointer=json_pointer(at),
                )
            self.found[at] = disclosure
            elements.append(self._value(disclosure.value, at))
        return elements

    def _take(self, digest: Any, path: ClaimPath) -> Disclosure | None:
        if not isinstance(digest, str):
            raise InvalidSdJwt("a digest is no string", spec="RFC 9901 §4.2.4", pointer=json_pointer(path))
        if digest in self._seen:
            raise InvalidSdJwt("a digest is there twice", spec="RFC 9901 §7.1(4)", pointer=json_pointer(path))
        self._seen.add(digest)
        sent = self._by_digest.pop(digest, None)
        return None if sent is None else Disclosure.parse(sent[1], pointer=f"/disclosures/{sent[0]}")
