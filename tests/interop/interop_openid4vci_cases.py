"""The flows that are walked with the peers of OpenID4VCI: a row each, in the order of the table in docs/interop.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

OPENID4VC = "npm `@openid4vc/openid4vci`"
CREDO = "npm `@credo-ts/openid4vc`"

Role = Literal["wallet", "issuer"]

BY_VALUE, BY_REFERENCE, BY_ITSELF = "by value", "by reference", "none: wallet-initiated"
PRE, CODE = "pre-authorized code", "authorization code"
TX_CODE, WRONG_TX_CODE = f"{PRE}, tx_code", f"{PRE}, wrong tx_code"
SCOPE, STATE, DETAILS = f"{CODE}, scope", f"{CODE}, scope, issuer_state", f"{CODE}, authorization_details"
PRE_DETAILS = f"{PRE}, authorization_details"
ANONYMOUS, CLIENT_ID = "anonymous", "client_id"
ATTESTED, CHALLENGED = "attested", "attested, challenge"
DPOP, BEARER = "DPoP, server nonce", "bearer"
DPOP_WITHOUT_NONCE = "DPoP"
JWT, KEYS_ATTESTED, ATTESTATION = "jwt", "jwt, keys attested", "attestation"
ONE, TWO, BATCH = "one card", "two cards", "three copies"
LATER, DENIED = "promised, given later", "promised, then denied"
TOLD, RENEWED = "one card, notification", "one card, then renewed"
SIGNED, ENCRYPTED = "one card, metadata signed", "one card, encrypted"
MDOC, MDOCS = "one mdoc", "three copies, mdoc"


@dataclass(frozen=True, slots=True)
class Case:
    """One row: what the peer plays, how the offer travels, how the wallet gets a token, what it proves, what comes."""

    peer: str
    role: Role
    offer: str = BY_VALUE
    grant: str = PRE
    client: str = ANONYMOUS
    token: str = DPOP
    proof: str = JWT
    gets: str = ONE
    refused: str = ""
    """A pattern of what is said instead, by the side that refuses."""
    because: str = ""
    """For the table: why this row is refused or cannot be walked, or what is odd about it."""
    walked: bool = True
    mended: str = ""
    """What is changed on the way, for a peer that sends or reads something wrong."""
    req: tuple[str, ...] = ()
    """Requirements that the row proves: it would fail if one of them were broken."""

    @property
    def cells(self) -> tuple[str, ...]:
        return (
            self.peer,
            self.role,
            self.offer,
            self.grant,
            self.client,
            self.token,
            self.proof,
            self.gets,
        )

    @property
    def id(self) -> str:
        words = (self.peer.partition("/")[0].rpartition("@")[2], *self.cells[1:], self.mended and "mended")
        return re.sub(r"[^a-z0-9._]+", "_", "-".join(filter(None, words)).lower())

    @property
    def room(self) -> str:
        """Where in the Node process the peer plays this role."""
        return f"{'credoVci' if self.peer == CREDO else 'vci'}{self.role.capitalize()}"

    @property
    def by_code(self) -> bool:
        """Whether somebody agrees at the authorization page."""
        return self.grant.startswith(CODE)

    @property
    def by_details(self) -> bool:
        """Whether credential identifiers are handed out."""
        return self.grant.endswith("authorization_details")

    @property
    def attested(self) -> str:
        """How the wallet shows an attestation of itself, if it does."""
        return {ATTESTED: "as it is", CHALLENGED: "with challenge"}.get(self.client, "")

    @property
    def copies(self) -> int:
        return 3 if self.gets in {BATCH, MDOCS} else 1

    @property
    def mdoc(self) -> bool:
        """Whether the cards are mdocs."""
        return self.gets in {MDOC, MDOCS}

    @property
    def cards(self) -> tuple[str, ...]:
        """The ids of the configurations."""
        return ("library-card", "museum-card") if self.gets == TWO else ("library-card",)


AS_IT_MUST_BE = "as it must be (§6.3)"
DRAFT_ENCRYPTION = (
    "the peer knows the encryption of drafts only (`alg` beside `jwk`, requests in the clear), not §10"
)
DRAFT_TYP = "the peer's provider writes `keyattestation+jwt`, the name in drafts; §D.1: `key-attestation+jwt`"
NO_CHALLENGE = "the peer's proof of possession has no challenge, and our server wants one"
DEFERRED_ID = "the peer takes `notification_id` in a deferred response for a mistake (§9.2, §8.3 allow it)"
BY_CONFIGURATION = "the peer asks by configuration though identifiers were handed out (§8.2); ours lets it"


def openid4vc_wallet() -> list[Case]:
    """The peer as wallet, against our issuer."""
    w = Case(OPENID4VC, "wallet")
    code = replace(w, grant=SCOPE, client=CHALLENGED, because="the peer's caller adds the challenge")
    attested = replace(w, proof=KEYS_ATTESTED)
    named = "the typ was mended by its caller"
    by_identifier = "`credential_identifier` was put in on the way"
    return [
        w,
        replace(w, offer=BY_REFERENCE, req=("I-09",)),
        replace(w, token=BEARER),
        replace(w, grant=TX_CODE, req=("AS-03",)),
        replace(w, grant=WRONG_TX_CODE, refused="invalid_grant", because=AS_IT_MUST_BE, req=("AS-04",)),
        replace(w, grant=PRE_DETAILS, because=BY_CONFIGURATION),
        replace(w, grant=PRE_DETAILS, mended="identifier", because=by_identifier),
        replace(w, client=ATTESTED, refused="use_attestation_challenge", because=NO_CHALLENGE),
        replace(w, client=CHALLENGED, because="the peer's caller adds the challenge"),
        replace(code, client=ATTESTED, refused="use_attestation_challenge", because=NO_CHALLENGE),
        code,
        replace(code, offer=BY_REFERENCE),
        replace(code, client=CLIENT_ID, because=""),
        replace(
            code,
            client=CLIENT_ID,
            token=BEARER,
            refused="invalid_dpop_proof",
            because="as it must be: our server gives a code for a bound token only (HAIP 1.0 §4)",
        ),
        replace(code, grant=STATE),
        replace(code, grant=DETAILS, because=BY_CONFIGURATION),
        replace(code, grant=DETAILS, mended="identifier", because=by_identifier, req=("AS-02",)),
        replace(code, offer=BY_ITSELF, because="the peer's caller writes the offer to itself"),
        replace(attested, refused="the key attestation", because=DRAFT_TYP),
        replace(attested, mended="typ", because=named, req=("I-24",)),
        replace(attested, proof=ATTESTATION, mended="typ", because=named, req=("I-25",)),
        replace(w, gets=BATCH),
        replace(attested, gets=BATCH, mended="typ", because=named),
        replace(code, gets=TWO),
        replace(w, gets=LATER, refused="Error retrieving deferred credentials", because=DEFERRED_ID),
        replace(w, gets=LATER, mended="answer", because="`notification_id` was taken out on the way"),
        replace(w, gets=DENIED, refused="credential_request_denied", because="as it must be (§9.3)"),
        replace(w, gets=TOLD),
        replace(code, gets=RENEWED),
        replace(
            w,
            gets=SIGNED,
            mended="accept",
            because="`Accept` was put in on the way: the peer names no media type (§12.2.2)",
            req=("I-04",),
        ),
        replace(
            w,
            gets=ENCRYPTED,
            refused="invalid_encryption_parameters",
            because=DRAFT_ENCRYPTION,
            req=("ADV-188",),
        ),
        replace(w, gets=MDOC, req=("I-30",)),
        replace(code, gets=MDOC),
        replace(w, gets=MDOCS),
    ]


def openid4vc_issuer() -> list[Case]:
    """The peer as issuer and authorization server, against our wallet."""
    i = Case(OPENID4VC, "issuer")
    code = replace(i, grant=SCOPE, client=ATTESTED)
    return [
        i,
        replace(i, offer=BY_REFERENCE, req=("WI-02",)),
        replace(i, token=BEARER),
        replace(i, grant=TX_CODE),
        replace(i, grant=WRONG_TX_CODE, refused="invalid_grant", because=AS_IT_MUST_BE),
        replace(i, grant=PRE_DETAILS, because="the peer hands identifiers out unasked"),
        replace(i, client=ATTESTED, req=("K-01", "K-02")),
        replace(i, client=CHALLENGED, because="the peer's caller compares the challenge", req=("K-06",)),
        replace(code, req=("WI-12",)),
        replace(code, offer=BY_REFERENCE),
        replace(code, client=CHALLENGED, because="the peer's caller compares the challenge"),
        replace(code, client=CLIENT_ID),
        replace(code, client=CLIENT_ID, token=BEARER),
        replace(code, grant=STATE, req=("WI-03",)),
        replace(
            code, grant=DETAILS, because="HAIP 1.0 §4.3 wants scopes; under `openid4vp-1.0`", req=("WI-05",)
        ),
        replace(code, offer=BY_ITSELF),
        replace(i, proof=KEYS_ATTESTED, req=("WI-14",)),
        replace(i, proof=ATTESTATION),
        replace(i, gets=BATCH),
        replace(i, proof=KEYS_ATTESTED, gets=BATCH, req=("WI-15",)),
        replace(code, gets=TWO),
        replace(i, gets=LATER),
        replace(i, gets=DENIED, refused="credential_request_denied", because="as it must be (§9.3)"),
        replace(i, gets=TOLD, because="the peer's caller reads the notification", req=("WI-09",)),
        replace(code, gets=RENEWED),
        replace(i, gets=SIGNED),
        replace(i, gets=ENCRYPTED, walked=False, because=DRAFT_ENCRYPTION),
        replace(i, gets=MDOC, req=("WI-10",)),
        replace(code, gets=MDOC),
        replace(i, gets=MDOCS),
    ]


def credo_wallet() -> list[Case]:
    """Credo as wallet, against our issuer."""
    w = Case(CREDO, "wallet")
    code = replace(w, grant=SCOPE, client=CLIENT_ID)
    attested = replace(w, proof=KEYS_ATTESTED)
    absent = replace(w, walked=False)
    named = "the typ was mended by its caller"
    return [
        w,
        replace(w, offer=BY_REFERENCE),
        replace(absent, token=BEARER, because="the peer always asks for a bound token where it can have one"),
        replace(w, grant=TX_CODE),
        replace(w, grant=WRONG_TX_CODE, refused="invalid_grant", because=AS_IT_MUST_BE),
        replace(absent, grant=PRE_DETAILS, because="the peer knows no authorization_details"),
        replace(w, client=ATTESTED, refused="use_attestation_challenge", because=NO_CHALLENGE),
        replace(code, client=ATTESTED, refused="use_attestation_challenge", because=NO_CHALLENGE),
        code,
        replace(code, offer=BY_REFERENCE),
        replace(code, grant=STATE),
        replace(absent, grant=DETAILS, client=CLIENT_ID, because="the peer knows no authorization_details"),
        replace(code, offer=BY_ITSELF, because="the peer's caller writes the offer to itself"),
        replace(attested, refused="the key attestation", because=DRAFT_TYP),
        replace(
            attested,
            mended="typ",
            because=f"{named}; the peer always sends one with a nonce as proof type `attestation`",
        ),
        replace(attested, proof=ATTESTATION, mended="typ", because=named),
        replace(w, gets=BATCH),
        replace(attested, gets=BATCH, mended="typ", because=named),
        replace(
            code,
            gets=TWO,
            refused="nonce is missing",
            because="the peer fetches one nonce, and expects the next in the response, as in drafts (§7)",
        ),
        replace(code, gets=TWO, mended="one by one", because="the peer's caller asks for one card at a time"),
        replace(w, gets=LATER, refused="Error retrieving deferred credentials", because=DEFERRED_ID),
        replace(w, gets=LATER, mended="answer", because="`notification_id` was taken out on the way"),
        replace(w, gets=DENIED, refused="credential_request_denied", because="as it must be (§9.3)"),
        replace(w, gets=TOLD),
        replace(code, gets=RENEWED),
        replace(
            w,
            gets=SIGNED,
            mended="accept",
            because="`Accept` was put in on the way: the peer names no media type (§12.2.2)",
        ),
        replace(w, gets=ENCRYPTED, refused="invalid_encryption_parameters", because=DRAFT_ENCRYPTION),
        replace(w, gets=MDOC),
        replace(code, gets=MDOC),
        replace(w, gets=MDOCS),
    ]


def credo_issuer() -> list[Case]:
    """Credo as issuer with its authorization server, against our wallet."""
    i = Case(CREDO, "issuer", offer=BY_REFERENCE, token=DPOP_WITHOUT_NONCE)
    code = replace(i, grant=STATE, client=CLIENT_ID)
    absent = replace(i, walked=False)
    unsaid = "the peer demands an attestation, and its metadata does not say that it takes any"
    return [
        i,
        replace(absent, offer=BY_VALUE, because="the peer offers by reference only"),
        replace(i, token=BEARER),
        replace(absent, token=DPOP, because="the peer's server has no nonces of its own"),
        replace(i, grant=TX_CODE),
        replace(i, grant=WRONG_TX_CODE, refused="invalid_grant", because=AS_IT_MUST_BE),
        replace(absent, grant=PRE_DETAILS, because="the peer hands no identifiers out"),
        replace(i, client=ATTESTED, refused="invalid_client", because=unsaid),
        replace(code, client=ATTESTED, refused="invalid_client", because=unsaid),
        code,
        replace(code, token=BEARER),
        replace(
            absent,
            grant=SCOPE,
            client=CLIENT_ID,
            because="the peer makes an issuer_state where its caller gives none",
        ),
        replace(absent, grant=DETAILS, client=CLIENT_ID, because="the peer knows no authorization_details"),
        replace(
            code,
            grant=SCOPE,
            offer=BY_ITSELF,
            refused="invalid_request",
            because="the peer's server wants the issuer_state of an offer",
        ),
        replace(i, proof=KEYS_ATTESTED),
        replace(i, proof=ATTESTATION),
        replace(i, gets=BATCH),
        replace(i, proof=KEYS_ATTESTED, gets=BATCH),
        replace(code, gets=TWO),
        replace(i, gets=LATER),
        replace(i, gets=DENIED, refused="credential_request_denied", because="as it must be (§9.3)"),
        replace(absent, gets=TOLD, because="the peer has no notification endpoint"),
        replace(
            code,
            gets=RENEWED,
            refused="invalid_grant",
            because="the peer forgets a refresh token once everything was issued",
        ),
        replace(i, gets=SIGNED),
        replace(absent, gets=ENCRYPTED, because=DRAFT_ENCRYPTION),
        replace(i, gets=MDOC),
        replace(code, gets=MDOC),
        replace(i, gets=MDOCS),
    ]


CASES: tuple[Case, ...] = (
    *openid4vc_wallet(),
    *openid4vc_issuer(),
    *credo_wallet(),
    *credo_issuer(),
)
