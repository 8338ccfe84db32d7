"""What pydantic finds wrong with a configuration, as sentences: where it was written, and what would be right."""

import os
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from voxelpose.errors import LONGEST, shortened
from voxelpose.settings.sections import WrongKey

Location = tuple[str | int, ...]


def sentences(error: ValidationError, model: type[BaseModel], origin: Callable[[Location], str]) -> Iterator[str]:
    """One sentence per problem. model: what was to be read; origin: location of a value -> where it was written."""
    for problem in error.errors():
        yield _sentence(problem, model, origin)


def listed(problems: Sequence[str], path: str | os.PathLike) -> str:
    """Problems of a file, a line each, as far as an InputError holds them; of how many more there are, the number.

    Where that saves a problem, the file goes without its folder.
    """
    text = "\n".join(problems)
    if len(text) > LONGEST:
        problems = [shortened(one.replace(str(path), Path(path).name), 400) for one in problems]
        text = "\n".join(problems)
    told = len(problems)
    while len(text) > LONGEST:
        told -= 1
        text = "\n".join([*problems[:told], f"... and {len(problems) - told} more problems."])
    return text


def _sentence(problem: dict[str, Any], model: type[BaseModel], origin: Callable[[Location], str]) -> str:
    location, keys = _followed(problem["loc"], model)
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, WrongKey):
        location = (*location, *cause.location)
    key, where = ".".join(map(str, location)) or "the configuration", origin(location)
    if isinstance(cause, WrongKey):
        return f"{where}: {key}: {cause}"
    if problem["type"] == "extra_forbidden":
        near = get_close_matches(str(location[-1]), keys, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known keys: {', '.join(keys)}."
        return f"{where}: unknown key '{key}'. {hint}"
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    stated = "received" in message.lower() or problem["type"] == "missing" or isinstance(problem["input"], dict | list)
    received = "" if stated else f", received {problem['input']!r}"
    return f"{where}: {key} {message[0].lower()}{message[1:]}{received}."


def _followed(path: Location, model: type[BaseModel]) -> tuple[Location, list[str]]:
    """The location that a path of pydantic's means, and the known keys of the section that holds its last part.

    Where a value is of one of several sections, pydantic puts the kind into the path, which is no part of the file.
    """
    place: Any = model
    location: list[str | int] = []
    keys: list[str] = []
    for part in path:
        place, *others = _alternatives(place)
        if others:
            place = next((one for one in (place, *others) if part in get_args(_field(one, "kind"))), None)
            continue
        location.append(part)
        keys = []
        if isinstance(place, type) and issubclass(place, BaseModel):
            keys = [field.alias or name for name, field in place.model_fields.items()]
            place = _field(place, str(part))
        else:
            *_, place = get_args(place) or (None,)
    return tuple(location), keys


def _field(model: Any, key: str) -> Any:
    """The type of a section's key; None for a key that it does not have."""
    fields = model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
    return next((field.annotation for name, field in fields.items() if key in (name, field.alias)), None)


def _alternatives(kind: Any) -> list[Any]:
    """What a type can be, but None."""
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [one for member in get_args(kind) if member is not type(None) for one in _alternatives(member)]
    return [kind]
