"""What an issuer knows of a person, as a function that whoever builds the issuer writes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from nlwallet.errors import LocalError
from nlwallet.openid4vci import ErrorCode, refusal

Claims: TypeAlias = Mapping[str, Any] | None
AttributesFunction: TypeAlias = Callable[[str], Claims] | Callable[[str, str], Claims]
"""The claims of a person, by her name at this issuer; with a second argument also the credential configuration id.

``None`` says that this person has no such credential.
"""

Attributes: TypeAlias = Callable[[str, str], Mapping[str, Any]]
"""The claims of a person for a credential configuration id. Raises :class:`~nlwallet.errors.IssuanceRefused`."""


def attributes_from(
    function: AttributesFunction, *, check: Callable[[str, Mapping[str, Any]], None]
) -> Attributes:
    """One form for both kinds of functions: what can be called with a person alone, is.

    ``check`` is given the configuration id and the claims each time; it raises for claims that are wrong. Raises
    :class:`~nlwallet.errors.LocalError` for what is no such function.
    """
    call: Callable[..., Any] = function
    with_id = not _can_be_called(call, "person")
    if with_id and not _can_be_called(call, "person", "configuration_id"):
        raise LocalError("attributes is no function of a person, or of a person and a configuration id")

    def attributes(person: str, configuration_id: str) -> Mapping[str, Any]:
        claims = call(person, configuration_id) if with_id else call(person)
        if claims is None:
            raise refusal(
                ErrorCode.INVALID_GRANT, "this person does not have this credential", section="§6.3"
            )
        if not isinstance(claims, Mapping):
            raise LocalError("attributes gives the claims of a person as a dictionary, or None")
        check(configuration_id, claims)
        return claims

    return attributes


def _can_be_called(function: Callable[..., Any], *arguments: str) -> bool:
    try:
        inspect.signature(function).bind(*arguments)
    except (TypeError, ValueError):
        return False
    return True
