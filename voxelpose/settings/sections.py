"""Numbers and sections of a configuration: what YAML means, and that no key goes unread."""

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _number(value: Any) -> Any:
    """YAML reads 1e-3 as text; a number written as text is a number, a truth value is none."""
    if isinstance(value, bool):
        raise ValueError(f"should be a number, received {value}")
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ValueError(f"should be a number, received '{value}'") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"should be a finite number, received {value}")
    return value


Number = Annotated[float, BeforeValidator(_number)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Count = Annotated[int, Field(gt=0, strict=True)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WrongKey(ValueError):
    """Something wrong within a section that its fields cannot see. location: of it, from the section on."""

    def __init__(self, message: str, *location: str):
        super().__init__(message)
        self.location = location
