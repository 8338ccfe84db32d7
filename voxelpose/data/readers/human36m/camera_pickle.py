"""Cameras as several projects pickle them: a dictionary from a name, or (subject, camera), to R, T, f, c, k, p, w, h.

R turns camera into world coordinates and T is the camera's place, both 3 x n in metres; k holds k1, k2, k3 and p the
tangential p1, p2. Checked against the cameras.pkl of mmpose's samples of Human3.6M and MPI-INF-3DHP.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.errors import InputError
from voxelpose.geometry import Camera
from voxelpose.safe_files.pickles import read_pickle


@dataclass(frozen=True, eq=False)
class PlacedCamera:
    """A camera and where it stands; rotation (3, 3) from the camera's frame to the world's, place (3,) in mm."""

    camera: Camera
    rotation: np.ndarray | None
    place: np.ndarray | None

    def to_camera(self, world: np.ndarray) -> np.ndarray:
        """World points (..., 3) in mm -> points before the camera in mm."""
        return (world - self.place) @ self.rotation


def read_cameras(path: Path, size: tuple[int, int] | None = None) -> dict[Any, PlacedCamera]:
    """All cameras of a pickle. size: width and height in place of those that the file states."""
    content = read_pickle(path)
    if not isinstance(content, dict) or not content:
        raise InputError(f"Expected a dictionary of cameras in {path}. Received: {type(content).__name__}.")
    return {key: _placed(path, key, value, size) for key, value in content.items()}


def _placed(path: Path, key: Any, value: Any, size: tuple[int, int] | None) -> PlacedCamera:
    try:
        (fx, fy), (cx, cy) = np.ravel(value["f"]), np.ravel(value["c"])
        k1, k2, k3 = np.ravel(value["k"]) if "k" in value else (0.0, 0.0, 0.0)
        p1, p2 = np.ravel(value["p"]) if "p" in value else (0.0, 0.0)
        width, height = size if size is not None else (int(value["w"]), int(value["h"]))
        lens = tuple(float(number) for number in (k1, k2, p1, p2, k3))
        camera = Camera(float(fx), float(fy), float(cx), float(cy), width, height, lens)
        placed = "R" in value and "T" in value
        rotation = np.asarray(value["R"], np.float64).reshape(3, 3) if placed else None
        place = np.asarray(value["T"], np.float64).reshape(3) * 1000 if placed else None
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"Expected f, c, w, h and perhaps k, p, R, T of camera {key} in {path}: {error!r}") from error
    return PlacedCamera(camera, rotation, place)
