"""The one way in which YAML of others is read."""

from typing import Any

import yaml

# No file that people write has as many; nine levels of aliases, nine each, stand for 387 million.
_MOST_VALUES = 100_000
_DEEPEST = 50
_LONGEST = 4 << 20


def parse_yaml(text: str, loader: type[yaml.SafeLoader] = yaml.SafeLoader) -> tuple[Any, yaml.Node | None]:
    """The content of a YAML text, and its nodes, which know their lines.

    ValueError where it is none, nested more than 50 deep, holds itself, or stands by its aliases for more than 100,000
    values: a few lines of aliases can mean more than any memory holds.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"{len(text):,} characters of YAML, more than anybody writes")
    try:
        root = yaml.compose(text, Loader=loader)
        if root is None:
            return None, None
        _count(root, {}, [])
        # Making values of nodes changes them, where mappings are merged.
        return yaml.load(text, Loader=loader), root  # noqa: S506  a SafeLoader
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _count(node: yaml.Node, known: dict[int, int], above: list[int]) -> int:
    """How many values a node stands for once its aliases are written out."""
    if id(node) in above:
        raise ValueError("a value that holds itself")
    if len(above) > _DEEPEST:
        raise ValueError(f"it is nested too deep, more than {_DEEPEST} levels")
    if id(node) not in known:
        parts = node.value if isinstance(node, yaml.CollectionNode) else []
        parts = [one for pair in parts for one in pair] if isinstance(node, yaml.MappingNode) else parts
        known[id(node)] = 1 + sum(_count(part, known, [*above, id(node)]) for part in parts)
        if known[id(node)] > _MOST_VALUES:
            raise ValueError(f"aliases that stand for more than {_MOST_VALUES:,} values")
    return known[id(node)]
