"""What fields of results hold: arrays that know their dimensions, finite numbers, texts, boxes, cameras, skeletons."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, get_type_hints

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationError, create_model
from pydantic_core import PydanticCustomError, core_schema

from voxelpose.errors import InputError
from voxelpose.geometry.camera import Camera
from voxelpose.results.faults import sentence, short
from voxelpose.skeleton import Skeleton

# The dimension that is as long as the skeleton has joints.
JOINTS = "J"


@dataclass(frozen=True)
class Array:
    """Says of a field that it holds an array: `Annotated[np.ndarray, Array("J", 3)]`.

    shape: numbers, and "J" for the number of joints; what a result holds of every frame has a dimension more in front.
    dtype: float64, or bool. The array cannot be written, and is a copy unless the one given could not be, either.
    """

    shape: tuple[int | str, ...]
    dtype: type = np.float64

    def __init__(self, *shape: int | str, dtype: type = np.float64):
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "dtype", dtype)

    def of(self, joints: int) -> tuple[int, ...]:
        """The shape for a skeleton of so many joints."""
        return tuple(joints if size == JOINTS else size for size in self.shape)

    def read(self, value: Any) -> np.ndarray:
        """`value` as an array of the right type; one that isn't of numbers (or booleans) is refused."""
        try:
            array = np.asarray(value)
        except (ValueError, RecursionError) as error:
            raise PydanticCustomError("rows", "to be an array with rows of equal length") from error
        if array.dtype.kind not in ("b" if self.dtype is np.bool_ else "fiu"):
            kind = "booleans" if self.dtype is np.bool_ else "finite numbers"
            raise PydanticCustomError("kind", "to hold {kind} only", {"kind": kind})
        if array.dtype != self.dtype or array.flags.writeable:
            array = np.array(array, self.dtype)
        view = array.view()
        view.setflags(write=False)
        return view

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)


def _number(value: Any) -> float:
    try:
        number = np.nan if isinstance(value, (bool, str, bytes)) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = np.nan
    if not np.isfinite(number):
        raise PydanticCustomError("number", "to be a finite number")
    return number


def _whole(value: Any) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise PydanticCustomError("whole", "to be a whole number")
    return int(value)


def _listed(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _valued(kind: type, value: Any) -> Any:
    """A camera or a skeleton, or what `plain` made of one."""
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise PydanticCustomError("object", "to be an object with its fields")
    given = {key: tuple(one) if isinstance(one, list) else one for key, one in value.items()}
    try:
        read = _strict(kind).model_validate(given)
        made = kind(**{f.name: getattr(read, f.name) for f in fields(kind)})
    except (ValidationError, TypeError, OverflowError) as error:
        inside = f" in {kind.__name__.lower()}"
        raise InputError(sentence(error, inside) if isinstance(error, ValidationError) else str(error)) from error
    return _rooted(made) if kind is Skeleton else made


@cache
def _strict(kind: type) -> type[BaseModel]:
    """A model with the fields of a dataclass, all of which have to be there, of the very types."""
    types = get_type_hints(kind)
    return create_model(
        kind.__name__,
        __config__=ConfigDict(strict=True, extra="forbid"),
        **{f.name: (types[f.name], ...) for f in fields(kind)},
    )


def _rooted(skeleton: Skeleton) -> Skeleton:
    """The skeleton, if every joint hangs on the root."""
    count = len(skeleton)
    if not all(0 <= parent < count for parent in skeleton.parents):
        raise InputError(f"Expected parents to be joint indices. Received: {short(skeleton.parents)}.")
    # Twice as far up the tree each time.
    above = np.asarray(skeleton.parents)
    for _ in range(count.bit_length()):
        above = above[above]
    if (above != skeleton.root).any():
        raise InputError(f"Expected every joint to hang on the root. Received: {short(skeleton.parents)}.")
    return skeleton


Number = Annotated[float, BeforeValidator(_number)]
Positive = Annotated[Number, Field(gt=0)]
Probability = Annotated[Number, Field(ge=0, le=1)]
Text = Annotated[str, Strict()]
Whole = Annotated[int, BeforeValidator(_whole)]
Box = Annotated[tuple[Number, Number, Positive, Positive], BeforeValidator(_listed)]
Size = Annotated[tuple[Annotated[Whole, Field(ge=1)], Annotated[Whole, Field(ge=1)]], BeforeValidator(_listed)]
CameraValue = Annotated[Camera, BeforeValidator(lambda value: _valued(Camera, value))]
SkeletonValue = Annotated[Skeleton, BeforeValidator(lambda value: _valued(Skeleton, value))]
