"""The services of a registered party, and for whom an intermediary speaks (ARF Topics 27 and 52)."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from nlwallet.registration.identifier import check_identifier
from nlwallet.registration.part import CredentialType, Id, Line, LocalizedText, Part

MAIN_SERVICE: Final = "main"
"""The id of the one service of a record that names none."""


class Service(Part):
    """One service, under the name that citizens know it by.

    ``id`` is unique within its party (Reg_33), ``trade_name`` is shown (Reg_34). ``intended_uses`` are the ids of
    those that go with it (Reg_10d), ``provides_attestations`` what it issues (Reg_10e).
    """

    id: Id
    trade_name: Line
    descriptions: Annotated[tuple[LocalizedText, ...], Field(min_length=1, max_length=16)]
    intended_uses: Annotated[tuple[Id, ...], Field(max_length=64)] = ()
    provides_attestations: Annotated[tuple[CredentialType, ...], Field(max_length=64)] = ()


class ServiceReference(Part):
    """A service of some party, by both identifiers: the association of Reg_34a and RPRC_04."""

    identifier: Annotated[str, AfterValidator(check_identifier)]
    service_id: Id = MAIN_SERVICE


class UsedIntermediary(ServiceReference):
    """Who asks in the party's place. ``evidence`` says what the registrar was shown of that (RPI_04)."""

    trade_name: Line
    evidence: Line
