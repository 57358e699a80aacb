"""The flows that are walked with the peers of OpenID4VP: one row each, in the order of the table in docs/interop.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from interop_openid4vp_queries import AN_MDOC, QUERIES

OPENID4VC = "npm `@openid4vc/openid4vp`"
CREDO = "npm `@credo-ts/openid4vc`"

Role = Literal["wallet", "verifier"]

PLAIN = "claims, nested"
HAIP = "haip-1.0"
WHOLE = "openid4vp-1.0"
"""The profile with everything that the specification has."""
ENCRYPTED = "openid4vp-1.0, request objects encrypted"


@dataclass(frozen=True, slots=True)
class Case:
    """One row: what the peer plays, who asks, how the request travels, how the answer comes back, what is asked."""

    peer: str
    role: Role
    client: str = "x509_hash"
    request: str = "by reference, get"
    mode: str = "direct_post.jwt"
    asks: str = PLAIN
    profile: str = HAIP
    refused: str = ""
    """A pattern of what is said instead of an answer, by the side that refuses."""
    because: str = ""
    """For the table: why this row is refused or cannot be walked, or what is odd about it."""
    walked: bool = True
    aud_is_request_uri: bool = False
    """Whether our wallet is told to take the audience that the peer writes."""

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table says of it, but for the result."""
        return (self.peer, self.role, self.client, self.request, self.mode, self.asks)

    @property
    def id(self) -> str:
        words = (self.peer.partition("/")[0].rpartition("@")[2], *self.cells[1:])
        return re.sub(r"[^a-z0-9._]+", "_", "-".join(words).lower())

    @property
    def room(self) -> str:
        """Where in the Node process the peer plays this role."""
        return f"{'credo' if self.peer == CREDO else 'vp'}{self.role.capitalize()}"

    @property
    def prefix(self) -> str:
        """The client identifier prefix; in the table a DID method may follow it."""
        return self.client.partition(" ")[0]

    @property
    def in_browser(self) -> bool:
        """Whether the request goes through the Digital Credentials API."""
        return self.request.startswith("browser")

    @property
    def response_mode(self) -> str:
        """The parameter; in the table a remark may follow it."""
        return self.mode.partition(",")[0]


W = Case(OPENID4VC, "wallet")
V = Case(OPENID4VC, "verifier")
QUERY_ROWS = [name for name in QUERIES if name != PLAIN]
OWN_NETWORK = "the peer's resolver goes to the network by itself"
BY_VALUE, PARAMETERS, POST = "by value", "parameters", "by reference, post"
REDIRECT, FRAGMENT = "redirect_uri", "fragment"


def openid4vc_wallet() -> list[Case]:
    """The peer as wallet, against our verifier."""
    w = replace(W, profile=WHOLE)
    mended = "the peer's form was mended on the way"
    by_name = {
        "a type that extends another": replace(
            W,
            refused="do not answer the query",
            because="`dcql` knows a credential by its `vct` only (§B.3.5 lets types that extend it answer)",
        )
    }
    return [
        W,
        replace(W, mode="direct_post.jwt, A128GCM"),
        replace(W, mode="direct_post.jwt, same device"),
        replace(W, request=POST),
        replace(W, request=f"{POST}, wallet_nonce", because=mended),
        replace(
            w,
            request=f"{POST}, encrypted",
            refused="not a valid jwt",
            because="the peer tries to read the payload of a JWE as that of a JWT, before it decrypts",
        ),
        replace(w, request=BY_VALUE),
        replace(w, mode="direct_post"),
        replace(
            w,
            mode=f"{FRAGMENT}, same device",
            refused="response_mode",
            because="the peer knows no response mode `fragment`",
        ),
        *(replace(w, client=client) for client in CLIENTS),
        *(
            replace(w, client=REDIRECT, request=PARAMETERS, mode=mode)
            for mode in ("direct_post", "direct_post.jwt")
        ),
        *_in_browser(w),
        replace(
            w,
            request="browser, multi-signed",
            mode="dc_api.jwt",
            refused='received object at "request"',
            because="the peer takes a compact JWS only (§A.3.2.2)",
        ),
        *(replace(by_name.get(name, W), asks=name) for name in QUERY_ROWS),
        *_mdocs(w),
    ]


def openid4vc_verifier() -> list[Case]:
    """The peer as verifier, against our wallet."""
    v = replace(V, profile=WHOLE)
    by_name = {
        "a type that extends another": replace(
            V,
            refused="does not satisfy the query",
            because="`dcql` knows a credential by its `vct` only (§B.3.5 lets types that extend it answer)",
        ),
        "scope": replace(
            V,
            refused="contains a dcql_query",
            because="the peer asks by scope, but reads no answer to it (§5.5)",
        ),
    }
    return [
        V,
        replace(V, mode="direct_post.jwt, A128GCM"),
        replace(
            V,
            mode="direct_post.jwt, the holder says no",
            refused="vp_token",
            because="the peer reads no error response (§8.5)",
        ),
        replace(
            V,
            request="by reference, get, default aud",
            refused="another audience",
            because="by default the peer writes request_uri into `aud`; ours wants what §5.8 says",
        ),
        replace(V, request=f"{POST}, wallet_nonce"),
        replace(v, request=f"{POST}, encrypted", profile=ENCRYPTED),
        replace(v, request=BY_VALUE),
        replace(v, mode="direct_post"),
        replace(
            v, mode=FRAGMENT, refused="response_mode", because="the peer knows no response mode `fragment`"
        ),
        *(replace(v, client=client) for client in CLIENTS),
        replace(
            v,
            client="openid_federation",
            refused="no trust chain of OpenID Federation",
            because="our wallet knows no federation, and says so",
        ),
        replace(v, client="pre-registered", request=PARAMETERS, mode="direct_post"),
        *(
            replace(v, client=REDIRECT, request=PARAMETERS, mode=mode)
            for mode in ("direct_post", "direct_post.jwt")
        ),
        *_in_browser(v),
        replace(
            v,
            request="browser, multi-signed",
            mode="dc_api.jwt",
            walked=False,
            because="the peer signs compact JWS only (§A.3.2.2)",
        ),
        *(replace(by_name.get(name, V), asks=name) for name in QUERY_ROWS),
        *_mdocs(v),
    ]


CLIENTS = (
    "x509_san_dns",
    "verifier_attestation",
    "decentralized_identifier (did:jwk)",
    "decentralized_identifier (did:web)",
    "pre-registered",
)
"""Those that sign, beside ``x509_hash``."""


def credo_wallet() -> list[Case]:
    """Credo as wallet, against our verifier."""
    base = Case(CREDO, "wallet")
    w = replace(base, profile=WHOLE)
    elements = replace(
        base,
        refused="the claims do not answer the query",
        because="the peer withholds array elements that have Disclosures of their own; our verifier misses them",
    )
    by_name = {
        "path with null": elements,
        "path with an index": elements,
        "scope": replace(
            base, refused="no query in the request", because="the peer knows no queries by name"
        ),
    }
    unknown_client = "the peer knows no such clients"
    by_client = {
        "verifier_attestation": replace(w, refused="method 'custom'", because=unknown_client),
        "pre-registered": replace(w, refused="method 'custom'", because=unknown_client),
        "decentralized_identifier (did:web)": replace(w, walked=False, because=OWN_NETWORK),
    }
    return [
        base,
        replace(base, mode="direct_post.jwt, same device"),
        replace(base, request=POST),
        replace(
            base,
            request=f"{POST}, wallet_nonce",
            walked=False,
            because="the peer posts an empty body: no `wallet_nonce`, no `wallet_metadata`",
        ),
        replace(w, request=BY_VALUE),
        replace(w, mode="direct_post"),
        replace(
            w,
            mode=f"{FRAGMENT}, same device",
            refused="response_mode",
            because="the peer knows no response mode `fragment`",
        ),
        *(replace(by_client.get(client, w), client=client) for client in CLIENTS),
        *(
            replace(w, client=REDIRECT, request=PARAMETERS, mode=mode)
            for mode in ("direct_post", "direct_post.jwt")
        ),
        *_in_browser(w),
        replace(
            w,
            request="browser, multi-signed",
            mode="dc_api.jwt",
            refused='received object at "request"',
            because="the peer takes a compact JWS only (§A.3.2.2)",
        ),
        *(replace(by_name.get(name, base), asks=name) for name in QUERY_ROWS),
        *_mdocs(w),
    ]


def credo_verifier() -> list[Case]:
    """Credo as verifier, against our wallet."""
    strict = Case(CREDO, "verifier")
    base = replace(strict, aud_is_request_uri=True, because="request_uri accepted for `aud`")
    v = replace(base, profile=WHOLE)
    silent = replace(v, aud_is_request_uri=False, because="")
    absent = replace(silent, walked=False)
    by_name = {
        "scope": replace(strict, walked=False, because="the peer cannot ask by name"),
        "no holder binding": replace(
            base, refused="is not supported by Credo", because="the peer refuses to ask so"
        ),
    }
    by_client = {
        "verifier_attestation": replace(absent, because="the peer signs with a certificate or a DID only"),
        "pre-registered": replace(absent, because="the peer signs with a certificate or a DID only"),
        "decentralized_identifier (did:web)": replace(absent, because=OWN_NETWORK),
    }
    return [
        replace(
            strict,
            refused="another audience",
            because="the peer writes request_uri into `aud`; ours wants what §5.8 says",
        ),
        replace(base, request="by reference, get, aud accepted"),
        replace(
            base,
            request="by reference, get, aud accepted",
            mode="direct_post.jwt, the holder says no",
            refused="HTTP status 400",
            because="the peer reads no error response (§8.5)",
        ),
        replace(absent, request=POST, because="the peer answers GET only"),
        replace(absent, request=BY_VALUE, because="the peer passes signed requests by reference only"),
        replace(v, mode="direct_post"),
        replace(absent, mode=FRAGMENT, because="the peer knows no response mode `fragment`"),
        *(replace(by_client.get(client, v), client=client) for client in CLIENTS),
        *(
            replace(silent, client=REDIRECT, request=PARAMETERS, mode=mode)
            for mode in ("direct_post", "direct_post.jwt")
        ),
        *_in_browser(silent),
        replace(
            absent,
            request="browser, multi-signed",
            mode="dc_api.jwt",
            because="the peer signs compact JWS only (§A.3.2.2)",
        ),
        *(replace(by_name.get(name, base), asks=name) for name in QUERY_ROWS),
        replace(v, mode="direct_post", asks=AN_MDOC),
        *_mdocs(silent)[1:],
    ]


def _mdocs(base: Case) -> list[Case]:
    """An mdoc in each other response mode: each has a session transcript of its own."""
    return [
        replace(base, mode="direct_post", asks=AN_MDOC),
        replace(base, client=REDIRECT, request=PARAMETERS, mode="direct_post.jwt", asks=AN_MDOC),
        *(replace(one, asks=AN_MDOC) for one in _in_browser(base)),
    ]


def _in_browser(base: Case) -> list[Case]:
    """The forms and response modes of the Digital Credentials API, but for multi-signed requests."""
    return [
        replace(
            base,
            request=f"browser, {form}",
            mode=mode,
            client="origin" if form == "unsigned" else "x509_hash",
        )
        for form in ("signed", "unsigned")
        for mode in ("dc_api", "dc_api.jwt")
    ]


CASES: tuple[Case, ...] = (
    *openid4vc_wallet(),
    *openid4vc_verifier(),
    *credo_wallet(),
    *credo_verifier(),
)
