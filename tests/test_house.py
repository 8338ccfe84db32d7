"""The house that ARCHITECTURE.md describes is the one that the imports build.

Imports are read as text, so that those inside functions, those for types alone and modules that a table names as text
count like any other. The package's own `__init__` is an index of what it offers, not a floor: its names are left out.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "voxelpose"
MOST_FILES = 16


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name; a package by the name of its folder."""
    paths = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in (ROOT / PACKAGE).rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in paths.items()}


def imports(source: str, name: str, is_package: bool, known: set[str]) -> set[str]:
    """The modules among `known` that a module's text imports, wherever in it, or names as a whole string.

    "module:Class" counts, too; a string that names a package doesn't: it is the beginning of other names.
    """
    package = name.split(".") if is_package else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            module = node.value.partition(":")[0]
            if not any(other.startswith(f"{module}.") for other in known):
                found.add(module)
    return (found & known) - {name}


def import_graph() -> dict[str, set[str]]:
    paths = modules()
    graph = {
        name: imports(path.read_text(encoding="utf-8"), name, path.name == "__init__.py", set(paths))
        for name, path in paths.items()
    }
    return graph | {PACKAGE: set()}


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of nodes each of which leads to all others of its group."""
    reached = {node: _reached(node, graph) for node in graph}
    groups = {frozenset(other for other in reached[node] if node in reached[other]) for node in graph}
    return sorted(sorted(group) for group in groups if group)


def _reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    found, waiting = set(), [start]
    while waiting:
        for node in graph[waiting.pop()] - found:
            found.add(node)
            waiting.append(node)
    return found


def page_rooms() -> dict[str, set[str]]:
    """Rooms of ARCHITECTURE.md from the top floor down, each with the names of its chambers."""
    section = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Rooms")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)(?:/|\.py)` \|([^|]*)\|", section, flags=re.MULTILINE)
    return {room: set(re.findall(r"`([\w/]+)`", chambers)) for room, chambers in rows}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_no_modules_import_each_other_in_a_circle():
    found = circles(import_graph())
    assert not found, "\n".join(" <-> ".join(circle) for circle in found)


def test_imports_go_down_only():
    floors = {room: -number for number, room in enumerate(page_rooms())}
    arrows = [
        f"{module} (room {room_of(module)}) imports {target} above it"
        for module, targets in sorted(import_graph().items())
        for target in sorted(targets)
        if {room_of(module), room_of(target)} <= floors.keys() and floors[room_of(target)] > floors[room_of(module)]
    ]
    assert not arrows, "\n".join(arrows)


def test_the_page_lists_every_room_and_chamber_that_exists_and_no_other():
    rooms = {}
    for module, path in modules().items():
        room = room_of(module)
        if room and room != "__main__":  # the other door of cli.py
            inside = path.relative_to(ROOT / PACKAGE / room).parent if path.parent != ROOT / PACKAGE else Path()
            rooms.setdefault(room, set()).update({inside.as_posix()} - {"."})
    assert page_rooms() == rooms


def test_every_file_that_the_page_names_exists():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    files = [f"/{path.relative_to(ROOT).as_posix()}" for path in (*modules().values(), *(ROOT / "tests").rglob("*.py"))]
    named = set(re.findall(r"[\w/]+\.py\b", page))
    assert len(named) > 20
    assert [name for name in sorted(named) if not any(file.endswith(f"/{name}") for file in files)] == []


def test_no_hall_holds_more_than_sixteen_files():
    halls = {}
    for path in modules().values():
        halls.setdefault(path.parent.relative_to(ROOT).as_posix(), []).append(path.name)
    assert {hall: len(files) for hall, files in halls.items() if len(files) > MOST_FILES} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import house.cellar.wine",
        "from house.cellar import wine",
        "from house.cellar.wine import red",
        "from ..cellar import wine",
        "def down():\n    from ..cellar.wine import red",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.cellar.wine import red",
        "BY_NAME = {'wine': ('house.cellar.wine', 'red')}",
        "KINDS = {'wine': 'house.cellar.wine:Red'}",
    ],
)
def test_imports_are_found_wherever_they_stand(source):
    known = {"house", "house.attic", "house.attic.box", "house.cellar", "house.cellar.wine"}
    assert imports(source, "house.attic.box", False, known) == {"house.cellar.wine"}


def test_a_name_that_is_no_module_is_of_the_package_that_has_it():
    known = {"house", "house.cellar", "house.cellar.wine"}
    assert imports("from house.cellar import red", "house", True, known) == {"house.cellar"}
    assert imports("from .cellar import wine, red", "house", True, known) == {"house.cellar", "house.cellar.wine"}


def test_circles_are_found_and_what_only_leads_there_is_not_one_of_them():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a", "e"}, "e": {"f"}, "f": {"e"}}
    assert circles(graph) == [["b", "c"], ["e", "f"]]
