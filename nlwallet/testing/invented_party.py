"""A registration for a relying party under test, of which only the host and the claims matter."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    RelyingPartyRecord,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.sandbox.provider_registration import invented_identifier

NL_PID = "urn:eudi:pid:nl:1"


def invented_party(
    host: str,
    claims: Sequence[str],
    *,
    types: Sequence[str],
    purpose: str,
    name: str,
    public_body: bool,
) -> RelyingPartyRecord:
    """A record for one service at ``host`` that asks ``claims`` of one card; a dot leads into an object."""
    use = IntendedUse(
        id="test",
        purpose=LocalizedText(nl=purpose, en=purpose),
        privacy_policy=f"https://{host}/privacy",
        retention=Retention(days=30),
        credentials=(
            RegisteredCredential(types=tuple(types), claims=tuple(tuple(one.split(".")) for one in claims)),
        ),
    )
    return RelyingPartyRecord.of(
        legal_name=f"{name} B.V.",
        trade_name=name,
        identifier=invented_identifier(host),
        services=(LocalizedText(nl=name, en=name),),
        website=f"https://{host}/",
        support_uri=f"https://{host}/support",
        supervisory_authority=SupervisoryAuthority(
            name="Testautoriteit Persoonsgegevens", country="NL", uri="https://toezicht.example/melden"
        ),
        intended_uses=(use,),
        public_body=public_body,
    )
