"""A shard: some hundred examples in one uncompressed .npz, whose pictures are read one by one where they lie.

Fields: `jpeg` (all pictures end to end, uint8), `offsets` (N + 1), and one row per example in every other field; `crc`
is the CRC-32 of its picture. Pools of drawn people are made of the same fields; what a pool doesn't say is NaN, empty
or -1 when read back.

Labels have a checksum of their own, which a store is opened by: they are a hundredth of the bytes. A picture is checked
by its CRC when it is read.
"""

import hashlib
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from voxelpose.data.example import Example
from voxelpose.data.labels import PictureCameras
from voxelpose.data.pictures import PackedPicture
from voxelpose.data.record import Skipped
from voxelpose.data.store.square_example import SquareExample
from voxelpose.errors import InputError
from voxelpose.files import atomic_path

JPEG_QUALITY = 92
_LOCAL_HEADER = 30
_WORDS = ("subject", "action", "sequence", "camera", "source")
_SKIPPED, _CRC = "skipped", "crc"
_LABELS = ("joints", "weights", "present", "views")
_OPTIONAL = ("joints_mm", "matrix", "original", "square", "frame", "head_px", *_WORDS)
_DAMAGE = (
    OSError, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError, MemoryError, SyntaxError, TypeError,
    IndexError, OverflowError, tokenize.TokenError, zipfile.BadZipFile, zlib.error, struct.error,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Shard:
    """A shard's labels as columns, and where its pictures lie.

    starts: (N + 1,) bytes from the start of the file. skipped: the people of its share who could not be used. crc: (N,)
    CRC-32 of the pictures, -1 in shards that don't tell. labels_sha256: of all that is in it beside the pictures.
    """

    path: Path
    starts: np.ndarray
    columns: Mapping[str, np.ndarray]
    skipped: tuple[Skipped, ...]
    crc: np.ndarray
    labels_sha256: str

    def __len__(self) -> int:
        return len(self.columns["present"])

    def picture(self, row: int) -> PackedPicture:
        """Where the picture of a row lies."""
        first, last = (int(value) for value in self.starts[row : row + 2])
        return PackedPicture(self.path, first, last - first, f"example {row}", int(self.crc[row]))


def write_shard(path: Path, squares: Sequence[SquareExample], skipped: Sequence[Skipped], joints: int) -> None:
    """Write the squares, whole or not at all; the same squares give the same bytes. There may be none."""
    files = [encode_jpeg(p.example.image) if p.jpeg is None else np.frombuffer(p.jpeg, np.uint8) for p in squares]
    columns = _columns(squares, joints)
    columns |= {_SKIPPED: np.array([(skip.reason, skip.where) for skip in skipped], np.str_).reshape(-1, 2)}
    columns |= {_CRC: np.array([zlib.crc32(file) for file in files], np.int64)}
    jpeg = np.concatenate(files) if files else np.zeros(0, np.uint8)
    with atomic_path(path) as temporary:
        np.savez(temporary, jpeg=jpeg, offsets=np.cumsum([0, *map(len, files)]), **columns)


def read_shard(path: Path, joints: int) -> Shard:
    """The labels of a shard of a skeleton of so many joints, and where its pictures lie; InputError if damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            content = {name: file[name] for name in file.files if name != "jpeg"}
        columns = {name: content[name] for name in (*_LABELS, *_OPTIONAL) if name in content or name in _LABELS}
        offsets, skipped = content["offsets"], _skipped(content)
        start, length = bytes_inside(path, "jpeg.npy")
        _check(columns, offsets, length, joints)
        count = len(columns["present"])
        crc = content.get(_CRC, np.full(count, -1, np.int64))
        if crc.shape != (count,) or crc.dtype.kind not in "iu":
            raise ValueError(f"expected {count} checksums of pictures, received {crc.shape}")
    except _DAMAGE as error:
        raise _damaged(path, error) from error
    return Shard(path, offsets + start, {**_absent(count, joints), **columns}, skipped, crc, _digest(content))


def labels_sha256(path: Path) -> str:
    """SHA-256 of all that is in a shard beside its pictures, types and shapes included; InputError if damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return _digest({name: file[name] for name in file.files if name != "jpeg"})
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _digest(content: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(content):
        array = np.ascontiguousarray(content[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.data)
    return digest.hexdigest()


def read_outcome(path: Path) -> tuple[int, tuple[Skipped, ...]]:
    """How many examples a shard holds, and who was skipped; InputError if damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return len(file["present"]), _skipped(file)
    except _DAMAGE as error:
        raise _damaged(path, error) from error


def _skipped(file: Mapping[str, np.ndarray]) -> tuple[Skipped, ...]:
    pairs = file[_SKIPPED] if _SKIPPED in file else ()
    return tuple(Skipped(str(reason), str(where)) for reason, where in pairs)


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"The shard {path} is damaged: {error}. Delete it and prepare its store again.")


def encode_jpeg(image: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 RGB -> JPEG bytes as (n,) uint8."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].ravel()


def _columns(squares: Sequence[SquareExample], joints: int) -> dict[str, np.ndarray]:
    count = len(squares)
    numbers = {
        "joints": [_as_in_file(p.example) for p in squares],
        "weights": [p.example.weights for p in squares],
        "views": PictureCameras.of([p.example.camera for p in squares]).to_file(),
        "joints_mm": [p.joints_mm for p in squares],
        "matrix": [p.matrix for p in squares],
        "original": [p.original for p in squares],
        "square": [p.square for p in squares],
        "head_px": [p.about.head_px for p in squares],
        "present": [p.example.present for p in squares],
        "frame": [p.about.frame for p in squares],
    }
    words = {name: [getattr(p.about, name) for p in squares] for name in _WORDS if name != "source"}
    words["source"] = [p.example.source for p in squares]
    shapes = _absent(count, joints)
    arrays = {name: np.array(rows, shapes[name].dtype).reshape(shapes[name].shape) for name, rows in numbers.items()}
    return arrays | {name: np.array(rows, np.str_) for name, rows in words.items()}


def _as_in_file(example: Example) -> np.ndarray:
    """Joints (J, 3), NaN where a person's are not known."""
    return np.where(example.known | (not example.present), example.joints, np.float32(np.nan))


def _absent(count: int, joints: int) -> dict[str, np.ndarray]:
    """Every column as it is where nothing is known; it also states the shape and type of each."""
    nan = np.nan
    return {
        "joints": np.full((count, joints, 3), nan, np.float32),
        "weights": np.zeros((count, joints, 3), np.float32),
        "views": np.full((count, 5), nan, np.float32),
        "joints_mm": np.full((count, joints, 3), nan, np.float32),
        "matrix": np.full((count, 2, 3), nan),
        "original": np.full((count, 11), nan),
        "square": np.full((count, 3), nan),
        "head_px": np.full(count, nan),
        "present": np.zeros(count, bool),
        "frame": np.full(count, -1, np.int64),
        **{name: np.full(count, "", np.str_) for name in _WORDS},
    }


def _check(columns: Mapping[str, np.ndarray], offsets: np.ndarray, length: int, joints: int) -> None:
    count = len(columns["present"])
    for name, absent in _absent(count, joints).items():
        if name in columns and columns[name].shape != absent.shape:
            raise ValueError(f"expected {name} of shape {absent.shape}, received {columns[name].shape}")
    if offsets.shape != (count + 1,) or (np.diff(offsets) < 0).any() or offsets[0] != 0 or offsets[-1] != length:
        raise ValueError("its pictures do not lie where it says")


def bytes_inside(path: Path, name: str) -> tuple[int, int]:
    """Where the bytes of a one-dimensional uint8 array inside an uncompressed .npz start, and how many they are."""
    with zipfile.ZipFile(path) as archive, open(path, "rb") as stream:
        entry = archive.getinfo(name)
        if entry.compress_type != zipfile.ZIP_STORED:
            raise ValueError("its pictures are compressed twice")
        stream.seek(entry.header_offset)
        name_length, extra_length = struct.unpack("<HH", stream.read(_LOCAL_HEADER)[26:30])
        start = entry.header_offset + _LOCAL_HEADER + name_length + extra_length
        stream.seek(start)
        np.lib.format.read_magic(stream)
        shape, _, kind = np.lib.format.read_array_header_1_0(stream)
        if kind != np.uint8 or len(shape) != 1 or stream.tell() + shape[0] > start + entry.file_size:
            raise ValueError("its pictures are no row of bytes")
        return stream.tell(), shape[0]
