"""What results are made of: values with checked fields, parts that they share, and names and versions of files."""

from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.fields import FieldInfo

from voxelpose.errors import InputError
from voxelpose.results.faults import sentence, short
from voxelpose.results.fields import Array


class Schema(BaseModel):
    """A value with checked fields that cannot be changed; whatever is wrong is one InputError.

    A field may be a part: another schema, whose fields are given, written and read among the owner's own, so that files
    are flat. `leaves` are the fields with those of the parts in their place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    def __init__(self, /, **values: Any):
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InputError(sentence(error)) from error

    # With arrays, equality would have to say what it means.
    def __eq__(self, other: object) -> bool:
        alike = type(self) is type(other) and not self.array_leaves()
        return self is other or (alike and self.leaves() == other.leaves())

    def __hash__(self) -> int:
        return id(self) if self.array_leaves() else hash(tuple(self.leaves().values()))

    @classmethod
    @cache
    def parts(cls) -> dict[str, type["Schema"]]:
        """The fields that are parts, with their schemas."""
        kinds = {name: field.annotation for name, field in cls.model_fields.items()}
        return {name: kind for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, Schema)}

    @classmethod
    @cache
    def leaf_fields(cls) -> dict[str, FieldInfo]:
        """pydantic's description of every leaf, by name."""
        parts, found = cls.parts(), {}
        for name, field in cls.model_fields.items():
            found |= parts[name].leaf_fields() if name in parts else {name: field}
        return found

    @classmethod
    @cache
    def array_leaves(cls) -> dict[str, Array]:
        """The leaves that are arrays."""
        kinds = {name: [m for m in field.metadata if isinstance(m, Array)] for name, field in cls.leaf_fields().items()}
        return {name: found[0] for name, found in kinds.items() if found}

    def leaves(self) -> dict[str, Any]:
        """The values of all leaves."""
        parts, values = type(self).parts(), {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            values |= value.leaves() if name in parts else {name: value}
        return values

    def replace(self, **changes: Any) -> Self:
        """The same with other values for some fields or leaves, checked again."""
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | changes)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        values = dict(values)
        for name, part in cls.parts().items():
            own = {leaf: values.pop(leaf) for leaf in part.leaf_fields() if leaf in values}
            given = values.get(name, {})
            if (own or name not in values) and isinstance(given, (part, Mapping)):
                values[name] = (given.leaves() if isinstance(given, part) else dict(given)) | own
        return values


class Result(Schema):
    """A schema with a name and a version, under which it is written and read.

    WORDS: what explains the numbers; it stands in every file and has to be there. ADDED: the version since which a
    field is written; what is older lacks it.
    """

    SCHEMA: ClassVar[str]
    VERSION: ClassVar[int] = 2
    WORDS: ClassVar[Mapping[str, Any]] = {}
    ADDED: ClassVar[Mapping[str, int]] = {"runtime": 2}

    @classmethod
    def header(cls) -> dict[str, Any]:
        """Name, version and words."""
        return {"schema": cls.SCHEMA, "schema_version": cls.VERSION, **cls.WORDS}

    @classmethod
    def checked(cls, content: Any, wanted: Collection[str]) -> dict[str, Any]:
        """The content without its header; it has the keys `wanted` and no others, but for those that are younger."""
        if not isinstance(content, Mapping):
            raise InputError(f"Expected an object. Received: {type(content).__name__}.")
        content = dict(content)
        version = content.get("schema_version")
        for key, expected in cls.header().items():
            value = content.pop(key, _ABSENT)
            if value != expected and not (key == "schema_version" and _older(version, cls.VERSION)):
                known = f"1 to {expected}" if key == "schema_version" else repr(expected)
                received = "nothing" if value is _ABSENT else short(value)
                raise InputError(f"Expected {key} to be {known}. Received: {received}.")
        missing = [key for key in wanted if key not in content and cls.ADDED.get(key, 1) <= version]
        unknown = sorted(str(key) for key in content if key not in wanted)
        if missing:
            raise InputError(f"Expected {', '.join(missing)}. Received: nothing.")
        if unknown:
            raise InputError(f"Expected no further keys. Received: {', '.join(unknown)}.")
        return content


_ABSENT = object()


def _older(version: Any, newest: int) -> bool:
    return type(version) is int and 1 <= version < newest


def plain(value: Any) -> Any:
    """Lists, objects, numbers and strings in place of arrays, tuples, cameras and skeletons."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return list(value) if isinstance(value, tuple) else value


def check_arrays(owner: Schema, joints: int, frames: tuple[int, ...] = ()) -> None:
    """Raise InputError unless all arrays of `owner` have the shapes of their fields, with `frames` in front."""
    values = owner.leaves()
    for name, array in type(owner).array_leaves().items():
        expected = (*frames, *array.of(joints))
        if values[name].shape != expected:
            raise InputError(f"Expected {name} of shape {expected}. Received: shape {values[name].shape}.")
