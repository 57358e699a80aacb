"""What a wallet tells an issuer afterwards: kept, failed or thrown away (OpenID4VCI 1.0 §11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from nlwallet.openid4vci.codes import ErrorCode, refusal

Event: TypeAlias = Literal["credential_accepted", "credential_failure", "credential_deleted"]

EVENTS: tuple[Event, ...] = ("credential_accepted", "credential_failure", "credential_deleted")
MAX_DESCRIPTION_LENGTH = 1024
_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")


@dataclass(frozen=True, slots=True)
class Notification:
    """One event for all credentials of one response. ``event_description`` is text from outside."""

    notification_id: str
    event: Event
    event_description: str = ""

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> Notification:
        """Read the request. Raises :class:`~nlwallet.errors.IssuanceRefused` (§11.3)."""
        id_, event = value.get("notification_id"), value.get("event")
        description = value.get("event_description", "")
        if not isinstance(id_, str) or not id_:
            raise _refused("notification_id is missing", "/notification_id")
        if event not in EVENTS:
            raise _refused(f"event is not one of {', '.join(EVENTS)}", "/event")
        if (
            not isinstance(description, str)
            or len(description) > MAX_DESCRIPTION_LENGTH
            or not _DESCRIPTION.fullmatch(description)
        ):
            raise _refused("event_description is no short ASCII text", "/event_description")
        return cls(id_, event, description)

    def as_json(self) -> dict[str, str]:
        """The request to send."""
        description = {"event_description": self.event_description} if self.event_description else {}
        return {"notification_id": self.notification_id, "event": self.event, **description}


def _refused(reason: str, pointer: str) -> Exception:
    return refusal(ErrorCode.INVALID_NOTIFICATION_REQUEST, reason, section="§11.3", pointer=pointer)
