"""What feeding a network costs: batches from a store beside batches for which full frames are decoded and cut."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmark.process import measure
from voxelpose.data.augmentation.crops import CropMaker, GeometricAugmentation
from voxelpose.data.augmentation.photometric import PhotometricAugmentation
from voxelpose.data.batches import BatchStream, WeightedSource
from voxelpose.data.example import Example
from voxelpose.data.labels import Labels
from voxelpose.data.readers import open_dataset
from voxelpose.data.readers.dataset import Item
from voxelpose.data.source import ExampleSource
from voxelpose.data.store.preparation import Settings, origin_of, prepare
from voxelpose.data.store.stored_examples import load_store
from voxelpose.files import write_bytes, write_text
from voxelpose.geometry import VoxelGrid
from voxelpose.skeleton import H36M17, Skeleton
from voxelpose.synthetic.people import draw_person
from voxelpose.synthetic.settings import SyntheticSettings

# As Human3.6M's: 1000 pixels square, a person some 400 pixels high, a JPEG of 100 to 200 kB.
_FRAME, _PERSON = 1000, 420


@dataclass(frozen=True, eq=False)
class FullFrames(ExampleSource):
    """Examples that are cut from their frames every time they are asked for."""

    items: tuple[Item, ...]
    name: str = "full frames"
    skeleton: Skeleton = H36M17

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Example:
        return self.items[index].square_example(384, 1.6).example

    def labels(self, rows: np.ndarray | None = None) -> Labels:
        numbers = range(len(self)) if rows is None else np.arange(len(self))[rows]
        return Labels.of(self.skeleton, 384, [self[int(number)] for number in numbers])


def make_frames(folder: Path, count: int, seed: int = 0) -> None:
    """Draw `count` people into frames with a people.jsonl, and prepare a store of them beside."""
    frames, lines = folder / "frames", []
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        example = draw_person(seed, index, SyntheticSettings(picture=_PERSON, person_free=0.0, truncated=0.0))
        x, y = (int(value) for value in rng.integers(0, _FRAME - _PERSON, 2))
        frame = _scenery(rng)
        frame[y : y + _PERSON, x : x + _PERSON] = example.image
        its = example.camera
        camera = {
            "fx": its.fx, "fy": its.fy, "cx": its.cx + x, "cy": its.cy + y, "width": _FRAME, "height": _FRAME
        }  # fmt: skip
        mm = Labels.of(H36M17, _PERSON, [example]).in_camera().mm[0]
        joints = dict(zip(H36M17.joints, mm.tolist(), strict=True))
        name = f"{index:05d}.jpg"
        encoded = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
        write_bytes(frames / name, encoded.tobytes())
        lines.append(json.dumps({"image": name, "joints_mm": joints, "camera": camera}))
    write_text(frames / "people.jsonl", "\n".join(lines) + "\n")
    reading, _ = open_dataset("own", frames, "all", {})
    settings = Settings()
    prepare(folder / "store", origin_of("own", frames, "all", {}, reading, settings), reading, settings)


def batches(variant: str, folder: str, batch: int, count: int, workers: int, size: int, repeats: int) -> dict:
    """Time of `count` augmented batches of `batch` crops of `size` pixels that `workers` threads make."""
    cv2.setNumThreads(1)
    if variant == "store":
        examples = load_store(Path(folder) / "store")
    else:
        examples = FullFrames(tuple(open_dataset("own", Path(folder) / "frames", "all", {})[0].items()))
    maker = CropMaker(
        size, VoxelGrid(64, 64, 64), H36M17, 1.25, GeometricAugmentation(), PhotometricAugmentation(color_gain=0.2)
    )
    stream = BatchStream([WeightedSource(examples, 1.0, maker)], batch, 0)

    def consume() -> None:
        for _ in stream.dataset(0, count, workers):
            pass

    return measure(consume, repeats)


def _scenery(rng: np.random.Generator) -> np.ndarray:
    """Something as busy as a room, (1000, 1000, 3) uint8."""
    layers = []
    for octave, cells in enumerate((4, 16, 64, 256), start=1):
        coarse = rng.normal(0, 60 / octave, (cells, cells, 3)).astype(np.float32)
        layers.append(cv2.resize(coarse, (_FRAME, _FRAME), interpolation=cv2.INTER_CUBIC))
    return np.clip(sum(layers) + 120 + rng.normal(0, 3, (_FRAME, _FRAME, 3)), 0, 255).astype(np.uint8)
