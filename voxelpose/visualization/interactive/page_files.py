"""The interactive page's own files, put together into one HTML text that needs nothing else."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "page"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
_TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)


def assemble(page: str, styles: str, script: str, facts: Mapping[str, Any], blobs: Mapping[str, str]) -> str:
    """The page's HTML with its style sheet, its modules, its facts and its blobs inside.

    page, styles, script: names of files in this folder; script: the module that imports the others. facts: JSON, in
    the element "facts". blobs: base64 text by element id.
    """
    texts = [f'<script id="{name}" type="text/plain">{text}</script>' for name, text in blobs.items()]
    parts = {
        "/*styles*/": (FOLDER / styles).read_text(encoding="utf-8"),
        "/*script*/": bundle(script),
        "/*facts*/": embeddable_json(facts),
        "<!--blobs-->": "\n".join(texts),
    }
    html = (FOLDER / page).read_text(encoding="utf-8")
    return re.sub("|".join(map(re.escape, parts)), lambda found: parts[found[0]], html)


def embeddable_json(value: Any) -> str:
    """JSON that may stand inside a script element: no text in it can end the element."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def bundle(entry: str) -> str:
    """The modules that `entry` needs and itself, in the order of need, as one module without imports.

    A page opened from a disk may not load modules from files. Modules import by name only and share one scope here, so
    no two of them may give the same name to something at their top.
    """
    ordered: list[str] = []
    _visit(entry, ordered)
    owners: dict[str, str] = {}
    pieces = []
    for name in ordered:
        source = (FOLDER / name).read_text(encoding="utf-8")
        for top in _TOP_LEVEL.findall(source):
            if owners.setdefault(top, name) != name:
                raise ValueError(f"Expected one module to own the name {top}. Received: {owners[top]} and {name}.")
        pieces.append(f"// ---- {name}\n" + re.sub(r"^export ", "", _IMPORT.sub("", source), flags=re.MULTILINE))
    script = "\n".join(pieces)
    if re.search(r"^\s*(import|export)\b", script, re.MULTILINE) or "</script" in script:
        raise ValueError(f"Expected only one-line named imports and exports in the modules of {entry}.")
    return script


def _visit(name: str, ordered: list[str], open_modules: tuple[str, ...] = ()) -> None:
    if name in open_modules:
        raise ValueError(f"Expected modules without circles. Received: {' -> '.join((*open_modules, name))}.")
    if name not in ordered:
        for needed in _IMPORT.findall((FOLDER / name).read_text(encoding="utf-8")):
            _visit(needed, ordered, (*open_modules, name))
        ordered.append(name)
