"""People with known joints, an own projection and own checks: what all builders of published formats share.

Nothing here comes from the readers under test: the author of this folder had not read them when it was written.
"""

from pathlib import Path

import cv2
import numpy as np


def people(names, count: int, seed: int, root=(150.0, -80.0, 4200.0)) -> np.ndarray:
    """(count, J, 3) mm, camera frame: joints at random in a box the size of a person, no two alike in any axis."""
    rng = np.random.default_rng(seed)
    spread = rng.uniform((-420, -850, -380), (420, 850, 380), (count, len(names), 3))
    return np.asarray(root) + spread.round(3)


def project(points, focal, centre, lens=(0.0, 0.0, 0.0, 0.0, 0.0)) -> np.ndarray:
    """(..., 3) -> (..., 2) pixels by the formula of OpenCV's manual; lens: k1, k2, p1, p2, k3."""
    points = np.asarray(points, float)
    x, y = points[..., 0] / points[..., 2], points[..., 1] / points[..., 2]
    k1, k2, p1, p2, k3 = lens
    square = x**2 + y**2
    radial = 1 + k1 * square + k2 * square**2 + k3 * square**3
    bent_x = x * radial + 2 * p1 * x * y + p2 * (square + 2 * x**2)
    bent_y = y * radial + p1 * (square + 2 * y**2) + 2 * p2 * x * y
    return np.stack([focal[0] * bent_x + centre[0], focal[1] * bent_y + centre[1]], -1)


def rotation(degrees_x: float, degrees_y: float, degrees_z: float) -> np.ndarray:
    """Rz Ry Rx for column vectors: no axis of it is aligned with another."""
    x, y, z = np.radians((degrees_x, degrees_y, degrees_z))
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def picture(path: Path, width: int, height: int, shade: int = 90) -> None:
    """A flat picture whose grey level tells which one it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((height, width, 3), shade, np.uint8))


def film(path: Path, width: int, height: int, shades) -> None:
    """A film of flat frames; Motion JPEG in .avi."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25.0, (width, height))
    assert writer.isOpened()
    for shade in shades:
        writer.write(np.full((height, width, 3), shade, np.uint8))
    writer.release()


def named(values: np.ndarray, names) -> dict[str, np.ndarray]:
    """Rows by joint name."""
    return dict(zip(names, values, strict=True))


def assert_rows(skeleton, values, expected: dict, tolerance: float) -> None:
    """Each expected joint, by name, is where it should be; a None means that it must be missing."""
    assert values is not None
    for name, value in expected.items():
        row = values[skeleton.index(name)]
        if value is None:
            assert np.isnan(row).all(), f"{name}: expected no joint, received {row}"
        else:
            np.testing.assert_allclose(row, value, rtol=0, atol=tolerance, err_msg=name)


def assert_shade(record, shade: int) -> None:
    """The picture of the record is the flat one of that grey level."""
    assert abs(float(record.picture.read().mean()) - shade) < 4


def records_of(dataset: str, folder: Path, part: str, **options) -> list:
    """All usable records that the product's reader makes of a folder."""
    from voxelpose.data.readers import open_dataset
    from voxelpose.data.record import Record, check_record

    reading, _ = open_dataset(dataset, folder, part, {k: str(v) for k, v in options.items()})
    checked = [check_record(r) if isinstance(r, Record) else r for r in reading.records()]
    return [r for r in checked if isinstance(r, Record)]
