"""A YAML file and the line on which each of its keys stands, plus `key=value` changes from the command line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from voxelpose.errors import InputError
from voxelpose.reading.guard import guarded
from voxelpose.reading.yaml_text import parse_yaml

Location = tuple[str | int, ...]


@dataclass
class YamlSource:
    """Plain values and where they came from.

    values: mappings, lists and scalars as YAML reads them; origins: location of a value -> "file:line" or
    "command line"; problems: sentences about what could be read but not meant (duplicate keys).
    """

    values: dict[str, Any]
    origins: dict[Location, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def origin(self, location: Location) -> str:
        """Where a value, or the nearest thing around it, was written."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.origins:
                return self.origins[location[:length]]
        return "configuration"


def read_source(path: str | Path, overrides: Sequence[str] = ()) -> YamlSource:
    """Read a YAML mapping and lay `key=value` changes over it; dots in a key go down (optimizer.kind=adamw).

    Raises InputError for a missing or malformed file, one that holds no mapping, or a change without "=".
    """
    path = Path(path)
    with guarded(path, "a configuration in YAML"):
        values, root = parse_yaml(path.read_text(encoding="utf-8-sig"))
    if not isinstance(values, dict):
        raise InputError(f"Expected a mapping of keys to values in {path}. Received: {type(values).__name__}.")
    source = YamlSource(values, {(): str(path)})
    _walk(root, (), path, source)
    for change in overrides:
        _override(source, change)
    return source


def _walk(node: yaml.Node, location: Location, path: Path, source: YamlSource) -> None:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            where = f"{path}:{key.start_mark.line + 1}"
            if key.value in seen:
                source.problems.append(f"{where}: the key '{'.'.join(map(str, (*location, key.value)))}' stands twice.")
            seen.add(key.value)
            source.origins[(*location, key.value)] = where
            _walk(value, (*location, key.value), path, source)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            source.origins[(*location, index)] = f"{path}:{value.start_mark.line + 1}"
            _walk(value, (*location, index), path, source)


def _override(source: YamlSource, change: str) -> None:
    key, separator, text = change.partition("=")
    if not separator or not key:
        raise InputError(f"Expected key=value on the command line. Received: '{change}'.")
    try:
        value, _ = parse_yaml(text)
    except (ValueError, OverflowError) as error:
        raise InputError(f"Expected a YAML value in '{change}'. Received: {error}.") from error
    *parents, last = location = tuple(int(part) if part.isdigit() else part for part in key.split("."))
    container: Any = source.values
    for part in parents:
        container = _descend(container, part, change)
    try:
        container[last] = value
    except (TypeError, IndexError) as error:
        raise InputError(f"'{change}' on the command line leads nowhere: there is no {key}.") from error
    stale = [known for known in source.origins if known[: len(location)] == location]
    for known in stale:
        del source.origins[known]
    source.origins[location] = "command line"


def _descend(container: Any, part: str | int, change: str) -> Any:
    if isinstance(container, dict):
        if not isinstance(container.get(part), dict | list):
            container[part] = {}
        return container[part]
    if isinstance(container, list) and isinstance(part, int) and part < len(container):
        return container[part]
    raise InputError(f"'{change}' on the command line leads nowhere: there is no '{part}'.")
