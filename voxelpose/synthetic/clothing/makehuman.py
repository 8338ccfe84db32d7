"""Reader of clothes in MakeHuman's format: a binding (.mhclo), a mesh (.obj) and a picture of the cloth.

Files are text that is split and converted, never evaluated. Whatever is wrong ends in InputError with file and line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from voxelpose.errors import InputError

_PICTURES = (".png", ".jpg", ".jpeg")
_SCALES = ("x_scale", "y_scale", "z_scale")


@dataclass(frozen=True, eq=False)
class Binding:
    """How a garment of G vertices hangs on a body.

    references: (G, 3) body vertices; weights: (G, 3) that sum to about 1; offsets: (G, 3) in units of the scales,
    MakeHuman's axes (x to the person's left, y up, z forward); scales: per axis two body vertices and the length
    between them, or None; deleted: indices of body vertices that the garment hides; mesh: name of the .obj file.
    """

    references: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    scales: tuple[tuple[int, int, float] | None, ...]
    deleted: np.ndarray
    mesh: str


@dataclass(frozen=True, eq=False)
class Mesh:
    """faces, face_uv: (F, 3) indices of vertices and of texture coordinates; uv: (U, 2), v upwards; count: vertices."""

    faces: np.ndarray
    face_uv: np.ndarray
    uv: np.ndarray
    count: int


def read_binding(path: Path, body_vertices: int) -> Binding:
    """Read a .mhclo file for a body of that many vertices."""
    found = _Found()
    for line in _lines(path):
        word = line.words[0]
        if word in ("verts", "delete_verts"):
            found.section = word
        elif word in _SCALES:
            found.scales[word] = _scale(line, body_vertices)
        elif word == "obj_file":
            found.mesh = _file_name(line)
        elif not (word[0].isdigit() or word[0] == "-"):
            continue
        elif found.section == "verts":
            found.bound.append(_bound_vertex(line, body_vertices))
        elif found.section == "delete_verts":
            found.deleted += _ranges(line, body_vertices)
    if not found.bound or not found.mesh:
        missing = "bound vertices (verts)" if found.mesh else "the name of a mesh (obj_file)"
        raise InputError(f"Expected {missing} in {path}. Received: none.")
    table = np.array(found.bound)
    return Binding(
        table[:, :3].astype(np.intp),
        table[:, 3:6],
        table[:, 6:],
        tuple(found.scales.get(name) for name in _SCALES),
        np.array(found.deleted, np.intp),
        found.mesh,
    )


def read_mesh(path: Path) -> Mesh:
    """Read a .obj file with texture coordinates; polygons become fans of triangles."""
    count, uv, faces, face_uv = 0, [], [], []
    for line in _lines(path):
        match line.words[0]:
            case "v":
                _numbers(line, line.words[1:4], 3)
                count += 1
            case "vt":
                uv.append(_numbers(line, line.words[1:3], 2))
            case "f":
                corners = [_corner(line, word, count, len(uv)) for word in line.words[1:]]
                if len(corners) < 3:
                    raise line.error("a face of three corners or more")
                for i in range(1, len(corners) - 1):
                    triangle = (corners[0], corners[i], corners[i + 1])
                    faces.append([corner[0] for corner in triangle])
                    face_uv.append([corner[1] for corner in triangle])
    if not faces:
        raise InputError(f"Expected faces in {path}. Received: none.")
    return Mesh(np.array(faces, np.int32), np.array(face_uv, np.int32), np.array(uv, np.float32), count)


def read_texture(folder: Path, side: int) -> np.ndarray:
    """The diffuse picture of a garment's folder as (side, side, 4) uint8 RGBA."""
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    chosen = [path for path in pictures if "diffuse" in path.stem.lower()] or pictures
    if not chosen:
        raise InputError(f"Expected a diffuse texture ({', '.join(_PICTURES)}) in {folder}. There is none.")
    image = cv2.imread(str(chosen[0]), cv2.IMREAD_UNCHANGED)
    if image is None or image.dtype != np.uint8:
        raise InputError(f"Expected a picture of 8 bits per channel in {chosen[0]}. It cannot be read as one.")
    to_rgba = {2: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}
    image = cv2.cvtColor(image, to_rgba[2 if image.ndim == 2 else image.shape[2]])
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)


@dataclass
class _Found:
    """What has been read of a .mhclo file so far."""

    section: str = ""
    mesh: str = ""
    bound: list = field(default_factory=list)
    deleted: list = field(default_factory=list)
    scales: dict = field(default_factory=dict)


@dataclass(frozen=True)
class _Line:
    path: Path
    number: int
    words: list[str]

    def error(self, expected: str) -> InputError:
        received = " ".join(self.words)
        return InputError(f"Expected {expected} in {self.path}, line {self.number}. Received: '{received[:80]}'.")


def _lines(path: Path) -> Iterator[_Line]:
    """The lines of a file that say something."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Expected a text file of MakeHuman in {path}. Received: {error}.") from error
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            yield _Line(path, number, words)


def _numbers(line: _Line, words: Sequence[str], count: int) -> list[float]:
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise line.error(f"{count} finite numbers")
    return numbers


def _index(line: _Line, word: str, below: int, what: str = "the number of a body vertex") -> int:
    if not (word.isascii() and word.isdigit() and int(word) < below):
        raise line.error(f"{what} from 0 to {below - 1}")
    return int(word)


def _bound_vertex(line: _Line, body_vertices: int) -> list[float]:
    """Three body vertices, three weights, three offsets; or one body vertex that is followed exactly."""
    if len(line.words) == 1:
        vertex = _index(line, line.words[0], body_vertices)
        return [vertex, vertex, vertex, 1, 0, 0, 0, 0, 0]
    if len(line.words) != 9:
        raise line.error("three body vertices, three weights and three offsets")
    vertices = [_index(line, word, body_vertices) for word in line.words[:3]]
    return [*vertices, *_numbers(line, line.words[3:], 6)]


def _scale(line: _Line, body_vertices: int) -> tuple[int, int, float]:
    if len(line.words) != 4:
        raise line.error("two body vertices and the length between them")
    first, second = (_index(line, word, body_vertices) for word in line.words[1:3])
    (length,) = _numbers(line, line.words[3:], 1)
    if length <= 0:
        raise line.error("a positive length between two body vertices")
    return first, second, length


def _file_name(line: _Line) -> str:
    name = " ".join(line.words[1:])
    if not name or Path(name).name != name or "\\" in name:
        raise line.error("the name of a file in the same folder")
    return name


def _ranges(line: _Line, body_vertices: int) -> list[int]:
    """Numbers such as `4 - 7 12`, the ends of a range included."""
    found: list[int] = []
    words = iter(line.words)
    for word in words:
        if word == "-":
            last = _index(line, next(words, ""), body_vertices)
            if not found or last < found[-1]:
                raise line.error("ranges of body vertices such as 4 - 7")
            found += range(found[-1] + 1, last + 1)
        else:
            found.append(_index(line, word, body_vertices))
    return found


def _corner(line: _Line, word: str, vertices: int, coordinates: int) -> tuple[int, int]:
    """Vertex and texture coordinate, counted from 0, of a corner such as `12/7` or `12/7/3`."""
    parts = word.split("/")
    if len(parts) < 2:
        raise line.error("corners with texture coordinates, such as 12/7")
    limits = ((vertices, "the number of a vertex read before,"), (coordinates, "a texture coordinate read before,"))
    first, second = (_index(line, part, limit + 1, what) for part, (limit, what) in zip(parts[:2], limits, strict=True))
    if min(first, second) < 1:
        raise line.error("corners counted from 1")
    return first - 1, second - 1
