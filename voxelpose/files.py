"""Files and folders that are written whole or not at all and held by one process, and fingerprints of files."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from voxelpose.errors import InputError

try:
    import fcntl
except ImportError:  # Windows has no such lock; there two processes in one folder are not told apart.
    fcntl = None


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes the final name only if the block succeeds.

    The temporary name keeps the final suffix, because writers such as OpenCV and Keras choose a format by it.
    On any failure, Ctrl-C included, the temporary file is removed and a file already at `path` stays untouched. An
    OSError that names no file, as that of a full disk, names this one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = "".join(path.suffixes[-2:])
    handle, name = tempfile.mkstemp(prefix=f".{path.name.removesuffix(suffix)}-", suffix=suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _flush_to_disk(temporary)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder inside `folder`, for files that belong together.

    What it holds at the end moves up and replaces files and folders of the same names; after a failure it goes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        yield stage
        for entry in sorted(stage.iterdir()):
            _replace(entry, folder / entry.name, stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def held(lock: Path, refusal: str) -> Iterator[None]:
    """Hold the file `lock`, made if need be and removed at the end; InputError(refusal) while another process holds it.

    The lock is the operating system's: it ends with the process that has it, however that ends, and a file that was
    left behind holds nobody up. On file systems without such locks nobody is refused.
    """
    stream = _locked(lock, refusal)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        stream.close()


def _locked(lock: Path, refusal: str) -> BinaryIO:
    while True:
        stream = open(lock, "ab")
        try:
            if fcntl is not None:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it before may just have removed the file: then the lock is on one that nobody else sees.
            if fcntl is None or os.path.samestat(os.fstat(stream.fileno()), os.stat(lock)):
                return stream
        except BlockingIOError:
            stream.close()
            raise InputError(refusal) from None
        except FileNotFoundError:
            pass
        except OSError:
            return stream
        stream.close()


def check_writable(path: str | os.PathLike) -> None:
    """OSError unless files can be made in the folder `path`, or where it would be made; nothing is left behind.

    For work that takes long and writes at its end.
    """
    path = Path(path).absolute()
    nearest = next(folder for folder in (path, *path.parents) if folder.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(nearest))
    try:
        with tempfile.NamedTemporaryFile(prefix=".voxelpose-", dir=nearest):
            pass
    except OSError as error:
        error.filename = str(nearest)
        raise


def write_bytes(path: str | os.PathLike, content: bytes) -> None:
    """Write `content` to `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | os.PathLike, content: str) -> None:
    """Write UTF-8 `content` to `path`, whole or not at all."""
    write_bytes(path, content.encode("utf-8"))


def sha256(path: str | os.PathLike) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _flush_to_disk(path: Path) -> None:
    with open(path, "rb") as stream:
        os.fsync(stream.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _replace(source: Path, target: Path, stage: Path) -> None:
    if target.is_dir() and source.is_dir():
        # A folder can't replace one that isn't empty: the old one goes aside first, and with the stage.
        os.replace(target, stage / f".old-{target.name}")
    os.replace(source, target)
