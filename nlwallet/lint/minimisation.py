"""Data minimisation: does the request ask more than its purpose needs? Each check stands on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.lint.asked import MSO_MDOC, AskedClaim, AskedCredential, AskedQuery
from nlwallet.lint.finding import Findings, Fix, Operation
from nlwallet.lint.members import below
from nlwallet.lint.purpose import Purpose
from nlwallet.lint.registered import RegisteredUse, Registration
from nlwallet.lint.vocabulary import (
    BSN,
    PORTRAIT,
    RECOVERY_CODE,
    UNIQUE_NUMBER,
    address_part_path,
    age_limit_path,
    is_in_address,
    is_whole_address,
    known_claims,
    parts_of,
    tells_age_limit,
    tells_birthdate,
)
from nlwallet.sdjwt import TypeMetadataRegistry

MANY_CLAIMS = 6
"""From how many claims on a type is a card rarely needed whole."""


@dataclass(frozen=True)
class Minimisation:
    """What the checks need beside the query. ``use`` is the registered use that fits the query best."""

    asked: AskedQuery
    purpose: Purpose
    registration: Registration | None
    use: RegisteredUse | None
    types: TypeMetadataRegistry

    def check(self, log: Findings) -> None:
        """Make every check."""
        for credential, claim in self._claims:
            if tells_birthdate(claim):
                self._check_birthdate(credential, claim, log)
            self._check_more_than_age(credential, claim, log)
            self._check_address(credential, claim, log)
            self._check_identity(credential, claim, log)
            self._check_retention(credential, claim, log)
        self._check_identity_copy(log)
        for credential in self.asked.credentials:
            self._check_whole(credential, log)
            _check_covered(credential, log)

    @cached_property
    def _claims(self) -> list[tuple[AskedCredential, AskedClaim]]:
        return self.asked.claims()

    @cached_property
    def _known_by_types(self) -> dict[tuple[str, ...], frozenset[ClaimPath]]:
        return {}

    def _known(self, credential: AskedCredential) -> frozenset[ClaimPath]:
        """The paths that the asked types are known to have; none for an mdoc."""
        if credential.format == MSO_MDOC:
            return frozenset()
        if credential.types not in self._known_by_types:
            self._known_by_types[credential.types] = known_claims(credential, self.types) or frozenset()
        return self._known_by_types[credential.types]

    # Age -------------------------------------------------------------------------------------

    def _check_birthdate(self, credential: AskedCredential, claim: AskedClaim, log: Findings) -> None:
        if not self._age_is_enough:
            return
        what = show_path(claim.path)
        limits = [one for one in credential.claims if tells_age_limit(one)]
        if limits:
            text = f"{what} is asked beside {show_path(limits[0].path)}, which says enough for an age check."
            fix = Fix(f"Leave {what} out.", _ask_instead(credential, claim, limits[0]))
            log.warning("MIN-01", claim.pointer, text, fix)
            return
        limit = self.purpose.age_limit
        path = age_limit_path(credential, claim, limit, self._known(credential))
        text = f"{what} tells the day of birth, where an age limit serves: {self._why_age()}."
        if path is None:
            log.warning(
                "MIN-01", claim.pointer, text, f"Ask whether somebody is {limit}, if the card can say so."
            )
        elif not self._may_ask(credential, path):
            advice = f"Register {show_path(path)} instead, and then ask that."
            log.warning("MIN-01", claim.pointer, text, advice)
        else:
            log.warning("MIN-01", claim.pointer, text, Fix(f"Ask {show_path(path)}.", (_ask(claim, path),)))

    @cached_property
    def _age_is_enough(self) -> bool:
        """By its purpose; or, where none is registered, because nothing else asked needs a date of birth."""
        if self.purpose.is_age_check:
            return True
        if self.purpose.registered:
            return False
        return all(
            tells_birthdate(claim) or tells_age_limit(claim) or PORTRAIT.intersection(claim.names)
            for _, claim in self._claims
        )

    def _why_age(self) -> str:
        if self.purpose.is_age_check:
            return (
                "the registered purpose is an age check"
                if self.purpose.registered
                else "this looks like an age check"
            )
        return "nothing else here says who somebody is"

    def _check_more_than_age(self, credential: AskedCredential, claim: AskedClaim, log: Findings) -> None:
        if not self._age_is_registered or tells_birthdate(claim):
            return
        if tells_age_limit(claim) or PORTRAIT.intersection(claim.names) or not self._asks_age:
            return
        if not self._may_ask(credential, claim.path):
            return  # said already: it was not registered
        what = show_path(claim.path)
        log.warning(
            "MIN-02",
            claim.pointer,
            f"{what} is asked, and the registered purpose is an age check.",
            Fix(f"Leave {what} out.", (_remove(claim),)),
        )

    @cached_property
    def _age_is_registered(self) -> bool:
        return self.purpose.registered and self.purpose.is_age_check

    @cached_property
    def _asks_age(self) -> bool:
        return any(tells_birthdate(claim) or tells_age_limit(claim) for _, claim in self._claims)

    # Address ---------------------------------------------------------------------------------

    def _check_address(self, credential: AskedCredential, claim: AskedClaim, log: Findings) -> None:
        if not is_in_address(claim):
            self._tell_whole_object(credential, claim, log)
            return
        part = self._address_part
        if not part:
            self._tell_whole_object(credential, claim, log)
            return
        what, wanted = show_path(claim.path), part.replace("_", " ")
        path = (
            address_part_path(credential, claim, part, self._known(credential))
            if is_whole_address(claim)
            else None
        )
        if path is not None:
            asked_already = next((one for one in credential.claims if one.path == path), None)
            steps = _ask_instead(credential, claim, asked_already) if asked_already else (_ask(claim, path),)
            may = self._may_ask(credential, path)
            log.warning(
                "MIN-03",
                claim.pointer,
                f"{what} gives the whole address, where the {wanted} serves.",
                Fix(f"Ask {show_path(path)}.", steps if may else ()),
            )
        elif is_whole_address(claim):
            log.warning(
                "MIN-03",
                claim.pointer,
                f"{what} gives the whole address, where the {wanted} serves.",
                f"Ask the {wanted} alone, if the card can say it.",
            )
        elif not claim.names[-1].endswith(part) and self._asks_part(credential, part):
            patch = (_remove(claim),) if self.purpose.registered else ()
            log.warning(
                "MIN-03",
                claim.pointer,
                f"{what} is asked beside the {wanted}, which serves.",
                Fix(f"Leave {what} out.", patch),
            )

    @cached_property
    def _address_part(self) -> str:
        return self.purpose.address_part

    def _asks_part(self, credential: AskedCredential, part: str) -> bool:
        return any(claim.names[-1:] and claim.names[-1].endswith(part) for claim in credential.claims)

    def _tell_whole_object(self, credential: AskedCredential, claim: AskedClaim, log: Findings) -> None:
        parts = parts_of(claim.path, self._known(credential))
        if len(parts) > 1:
            log.note(
                "MIN-04",
                claim.pointer,
                f"{show_path(claim.path)} gives all its {len(parts)} parts, and those that it gets later.",
                f"Name the parts that you need: {', '.join(str(one[-1]) for one in parts)}.",
            )

    # Identity --------------------------------------------------------------------------------

    def _check_identity(self, credential: AskedCredential, claim: AskedClaim, log: Findings) -> None:
        if RECOVERY_CODE in claim.names:
            log.error(
                "MIN-06",
                claim.pointer,
                "recovery_code is the wallet's own: no relying party needs it, and the NL Wallet refuses.",
                Fix("Leave it out.", (_remove(claim),)),
            )
        if BSN.intersection(claim.names):
            self._check_bsn(credential, claim, log)

    def _check_bsn(self, credential: AskedCredential, claim: AskedClaim, log: Findings) -> None:
        ground = "Only who has a ground in law may process it (art. 46 UAVG, art. 10 Wabb)."
        if self.registration is None or self.use is None:
            log.warning(
                "MIN-05", claim.pointer, "The BSN is asked, and no registration says on what ground.", ground
            )
        elif not self._may_ask(credential, claim.path):
            log.error(
                "MIN-05",
                claim.pointer,
                "The BSN is asked without being registered for this use.",
                Fix(f"Leave it out. {ground}", (_remove(claim),)),
            )
        elif not self.registration.public_body:
            who = (
                "is no public body"
                if self.registration.public_body is False
                else "does not say to be a public body"
            )
            log.warning("MIN-05", claim.pointer, f"The BSN is asked by a party that {who}.", ground)

    def _check_identity_copy(self, log: Findings) -> None:
        claims = [claim for _, claim in self._claims]
        numbers = [claim for claim in claims if UNIQUE_NUMBER.intersection(claim.names)]
        faces = [claim for claim in claims if PORTRAIT.intersection(claim.names)]
        if numbers and faces:
            log.warning(
                "MIN-09",
                faces[0].pointer,
                f"{show_path(numbers[0].path)} and a portrait together are what a copy of a passport gives a thief.",
                "Ask one of the two.",
            )

    # The credential --------------------------------------------------------------------------

    def _check_retention(self, credential: AskedCredential, claim: AskedClaim, log: Findings) -> None:
        if credential.format != MSO_MDOC or claim.intent_to_retain is not True:
            return
        what, place = show_path(claim.path), below(claim.pointer, "intent_to_retain")
        days = self.use.retention_days if self.use else None
        if days == 0 or self._age_is_registered:
            why = "the registration says that nothing is kept" if days == 0 else "an age check keeps nothing"
            fix = Fix("Say false.", ({"op": "replace", "path": place, "value": False},))
            log.warning("MIN-10", place, f"{what} is to be kept, and {why}.", fix)
        elif days is None:
            log.note(
                "MIN-10", place, f"The holder is told that {what} will be kept.", "Say so only if you must."
            )

    def _check_whole(self, credential: AskedCredential, log: Findings) -> None:
        top = {path[0] for path in self._known(credential)}
        if credential.claims_absent and not log.rules.nl_wallet:
            how_many = f"This type has {len(top)}: name" if len(top) > 1 else "Name"
            log.warning(
                "MIN-07",
                credential.pointer,
                "No claims are named, so a wallet gives none that it can hide, however many the card has.",
                f"{how_many} those that you need.",
            )
        asked = {
            claim.path[0] for claim in credential.claims if len(claim.path) == 1 or claim.path[1] is None
        }
        if len(top) >= MANY_CLAIMS and asked >= top:
            log.warning(
                "MIN-08",
                below(credential.pointer, "claims"),
                f"Every claim of the card is asked, all {len(top)} of them.",
                "Ask what the purpose needs.",
            )

    def _may_ask(self, credential: AskedCredential, path: ClaimPath) -> bool:
        """Whether the registration, if there is one, has ``path`` for this credential."""
        if self.use is None:
            return self.registration is None
        return self.use.covers(credential.format, credential.types, path, self.types.ancestors)


def _check_covered(credential: AskedCredential, log: Findings) -> None:
    """A claim below another one comes along with it, unless claim sets or values tell them apart."""
    if credential.claim_sets:
        return
    whole = {claim.path for claim in credential.claims if not claim.has_values}
    for claim in credential.claims:
        above = next((claim.path[:n] for n in range(1, len(claim.path)) if claim.path[:n] in whole), None)
        if above is not None:
            patch = () if claim.has_values else (_remove(claim),)
            log.note(
                "MIN-11",
                claim.pointer,
                f"{show_path(claim.path)} comes along with {show_path(above)} already.",
                Fix("Ask the part alone, or leave it out.", patch),
            )


def _remove(claim: AskedClaim) -> Operation:
    return {"op": "remove", "path": claim.pointer}


def _ask_instead(credential: AskedCredential, claim: AskedClaim, other: AskedClaim) -> tuple[Operation, ...]:
    """``claim`` goes; a claim set that had it without ``other`` gets ``other``, so that it still asks something."""
    sets = below(credential.pointer, "claim_sets")
    return (
        _remove(claim),
        *(
            {"op": "replace", "path": below(sets, n, asked.index(claim.id)), "value": other.id}
            for n, asked in enumerate(credential.claim_sets)
            if claim.id and other.id and claim.id in asked and other.id not in asked
        ),
    )


def _ask(claim: AskedClaim, path: Sequence[str | int | None]) -> Operation:
    return {"op": "replace", "path": below(claim.pointer, "path"), "value": list(path)}
