"""What the wire models share: frozen, unknown members ignored, and errors that name no value."""

from __future__ import annotations

import math
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidRequest

Model = TypeVar("Model", bound=BaseModel)


class WireModel(BaseModel):
    """A message or a part of one; members that the specification does not name are ignored."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", arbitrary_types_allowed=True, hide_input_in_errors=True
    )


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a NumericDate")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a NumericDate")
    return math.floor(value)


NumericDate = Annotated[int, BeforeValidator(_seconds)]
"""Seconds since the epoch (RFC 7519 §2); a fraction is cut off."""


def read_model(model: type[Model], value: Any, *, what: str, pointer: str = "") -> Model:
    """``value`` as ``model``. Raises :class:`~nlwallet.errors.InvalidRequest` at the first wrong member."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise InvalidRequest(
            f"{what}: {first['msg']}", pointer=pointer + json_pointer(first["loc"])
        ) from None
