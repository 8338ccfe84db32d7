"""A folder of results, and nothing outside of it: what there is, the files in it, and the page of each result."""

import json
from pathlib import Path, PurePosixPath

import numpy as np

from voxelpose.errors import InputError
from voxelpose.inference.inputs.images import read_image
from voxelpose.reading.guard import reason
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D
from voxelpose.results.reading import read_result
from voxelpose.results.stored_volumes import POSE_ENDING, load_volumes, volumes_path
from voxelpose.visualization.interactive.html_page import Moment, html_page

# What the browser may fetch as it lies there, by suffix.
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".json": "application/json"}


# A pose of 17 joints takes 6 kB.
_LARGEST = 8 << 20


class ResultFolder:
    """Results below `root`. Names are paths relative to it with forward slashes; others raise InputError."""

    def __init__(self, root: Path):
        if not root.is_dir():
            raise InputError(f"Expected a folder of results. Received: {root}, which is none.")
        self.root = root.resolve()
        self._known: dict[Path, tuple[int, dict]] = {}

    def entries(self) -> list[dict]:
        """One entry per pose file, by name: what a list shows of it, or the error that it gives."""
        found = sorted(path for path in self.root.rglob("*" + POSE_ENDING) if self._visible(path))
        return [self._entry(path) for path in found]

    def inside(self, name: str) -> Path:
        """The file of that name; InputError if there is none or it lies outside, by whatever detour."""
        parts = PurePosixPath(name).parts
        odd = "\\" in name or "\0" in name or name.startswith("/") or any(p.startswith(".") for p in parts)
        path = self.root.joinpath(*parts) if parts and not odd else None
        if path is None or not self._visible(path) or not _is_file(path):
            raise InputError(f"Expected a file of this folder. Received: {name[:200]!r}.")
        return path

    def page(self, name: str) -> str:
        """The interactive page of a result; without its photograph where that lies outside the folder."""
        path = self.inside(name)
        pose = Pose3D.load(path)
        beside = self._picture(pose, path)
        image = None if beside is None else read_image(beside)
        stored_at = volumes_path(path)
        stored = load_volumes(stored_at, pose) if self._visible(stored_at) and stored_at.is_file() else None
        return html_page(name.removesuffix(POSE_ENDING), [Moment(pose, image=image, stored=stored)])

    def _visible(self, path: Path) -> bool:
        """Whether the path, all links followed, stays in the folder and no part of it is hidden."""
        try:
            real = path.resolve()
        except (OSError, RuntimeError, ValueError):  # links in a circle, names that no file can have
            return False
        return real.is_relative_to(self.root) and not any(p.startswith(".") for p in real.relative_to(self.root).parts)

    def _picture(self, pose: Pose3D, path: Path) -> Path | None:
        if pose.image is None:
            return None
        for candidate in (path.parent / Path(pose.image).name, Path(pose.image)):
            if self._visible(candidate) and _is_file(candidate):
                return candidate
        return None

    def _shown(self, pose: Pose3D, path: Path) -> str | None:
        """The name of the picture that stands for a result in the list: its overlay, or the photograph."""
        overlay = path.with_name(path.name.removesuffix(POSE_ENDING) + ".overlay.png")
        picture = overlay if overlay.is_file() and self._visible(overlay) else self._picture(pose, path)
        if picture is None or picture.suffix.lower() not in TYPES or not picture.is_relative_to(self.root):
            return None
        return picture.relative_to(self.root).as_posix()

    def _entry(self, path: Path) -> dict:
        changed = _changed(path)
        if path not in self._known or self._known[path][0] != changed:
            self._known[path] = (changed, self._describe(path))
        stored = volumes_path(path)
        return {**self._known[path][1], "volumes": self._visible(stored) and stored.is_file()}

    def _describe(self, path: Path) -> dict:
        name = path.relative_to(self.root).as_posix()
        entry = {
            "name": name,
            "picture": path.name.removesuffix(POSE_ENDING),
            "shown": None,
        }
        try:
            return entry | self._told(path)
        except InputError as error:
            return {**entry, "error": str(error).replace(f"{self.root}/", "")}
        except Exception as error:  # one file, whatever is in it, must not cost the list
            return {**entry, "error": f"It cannot be read: {reason(error)}."}

    def _told(self, path: Path) -> dict:
        """What a list shows of a pose."""
        if path.stat().st_size > _LARGEST:
            raise InputError(f"Expected a pose in {path}. Received: {path.stat().st_size:,} bytes, more than any has.")
        pose = read_result(path)
        if not isinstance(pose, Pose3D):
            return {"error": "Nobody was found in it." if isinstance(pose, Nobody) else "It is a sequence."}
        return {
            "shown": self._shown(pose, path),
            "error": None,
            "model": pose.model,
            "weights": pose.weights_sha256,
            "confidence": round(float(pose.confidence.mean()), 3),
            "weakest": pose.joint_names[int(np.argmin(pose.confidence))],
            "presence": pose.presence,
            "outside": int(pose.outside_crop.sum()),
            "rootDepth": round(pose.root_depth),
            "jointNames": list(pose.joint_names),
            "root": pose.skeleton.root,
            "joints": np.round(pose.joints, 1).tolist(),
        }


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # a link to nothing, or a file that went meanwhile
        return 0


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than any file's
        return False


def listing(folder: ResultFolder) -> bytes:
    """The list as JSON."""
    return json.dumps(folder.entries(), allow_nan=False).encode("utf-8")
