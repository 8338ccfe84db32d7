"""What is fuzzed: for each reader and command, small sound files and how they are read."""

import contextlib
import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

_TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(_TESTS), *(str(_TESTS / part) for part in ("data/readers", "data", "results", "training"))]


@dataclass(frozen=True)
class Target:
    """make: writes sound files into a folder and names those to change; read: reads what lies there."""

    make: Callable[[Path], Iterable[Path]]
    read: Callable[[Path], object]


class Fault(AssertionError):
    """A command that ended otherwise than in a sentence."""


def _command(*arguments: str) -> None:
    from voxelpose.cli import main

    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
        try:
            main([*arguments])
        except SystemExit:
            pass
    text = told.getvalue()
    if "Traceback" in text or "this is a fault of voxelpose" in text:
        raise Fault(text[-600:])
    if max(map(len, text.splitlines()), default=0) > 1000:
        raise Fault(f"a line of {max(map(len, text.splitlines()))} characters")


def _files(folder: Path) -> list[Path]:
    """What a data set consists of, without its pictures and videos."""
    pictures = {".jpg", ".png", ".mp4", ".avi"}
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in pictures)


def _dataset(name: str, part: str, builder: str, *arguments) -> Target:
    def make(folder: Path) -> list[Path]:
        from importlib import import_module

        module, function = builder.split(".")
        getattr(import_module(module), function)(folder, *arguments)
        return _files(folder)

    def read(folder: Path) -> None:
        from voxelpose.data.readers import open_dataset

        found, _ = open_dataset(name, folder, part, {})
        for number, item in enumerate(found.items()):
            if number < 3:
                item.square_example(64, 1.2)

    return Target(make, read)


def _result(name: str, kind: str) -> Target:
    def make(folder: Path) -> list[Path]:
        from test_pose import make_pose
        from test_sequence import make_sequence

        (make_pose() if kind == "pose" else make_sequence()).save(folder / name)
        return [folder / name]

    def read(folder: Path) -> None:
        from voxelpose.results.reading import read_result

        read_result(folder / name)

    return Target(make, read)


def _text(name: str, content: str, read: Callable[[Path], object]) -> Target:
    def make(folder: Path) -> list[Path]:
        (folder / name).write_text(content)
        return [folder / name]

    return Target(make, lambda folder: read(folder / name))


def _camera(path: Path) -> None:
    from voxelpose.inference.inputs.camera_files import read_camera

    read_camera(path, 640, 480)


def _boxes(path: Path) -> None:
    from voxelpose.inference.inputs.box_list import read_box_list

    read_box_list(path).assign(["folder/a.jpg", "b.jpg"])


def _config(path: Path) -> None:
    from voxelpose.training.config.training_config import load_config

    load_config(path)


def _suite(path: Path) -> None:
    from voxelpose.experiments.suite import load_suite

    load_suite(path)


def _own(path: Path) -> None:
    from voxelpose.data.readers import open_dataset

    list(open_dataset("own", path.parent, "all", {})[0].records())


def _own_skeleton(path: Path) -> None:
    from voxelpose.data.readers import open_dataset

    (path.parent / "people.jsonl").write_text(_LINE)
    list(open_dataset("own", path.parent, "all", {"skeleton": path.name})[0].records())


def _picture(ending: str) -> Target:
    def make(folder: Path) -> list[Path]:
        image = np.random.default_rng(1).integers(0, 255, (40, 48, 3), np.uint8)
        cv2.imwrite(str(folder / f"a{ending}"), image)
        return [folder / f"a{ending}"]

    def read(folder: Path) -> None:
        from voxelpose.inference.inputs.images import read_image

        read_image(folder / f"a{ending}")

    return Target(make, read)


def _video(name: str) -> Target:
    def make(folder: Path) -> list[Path]:
        from video_files import write_video

        return [write_video(folder / name, 6)]

    def read(folder: Path) -> None:
        from voxelpose.inference.video.frames import open_video

        with open_video(folder / name) as video:
            for _ in islice(video, 30):
                pass

    return Target(make, read)


def _checkpoint() -> Target:
    def make(folder: Path) -> list[Path]:
        from voxelpose.training.run.checkpoint import CheckpointFolder

        return [CheckpointFolder(folder).save(3, {"x": np.arange(9.0), "y": np.ones((2, 2))}, {"step": 3})]

    def read(folder: Path) -> None:
        from voxelpose.training.run.checkpoint import CheckpointFolder

        CheckpointFolder(folder).latest(lambda line: None)

    return Target(make, read)


def _store() -> Target:
    def make(folder: Path) -> list[Path]:
        from lspet_case import packed_store

        return _files(packed_store(folder))

    def read(folder: Path) -> None:
        from voxelpose.data.store.stored_examples import load_store

        store = load_store(folder / "train")
        store.labels()
        store[0]

    return Target(make, read)


def _weights() -> Target:
    def make(folder: Path) -> list[Path]:
        from training_case import small_model

        from voxelpose.networks.weights_io import save_weights

        save_weights(small_model(), folder / "a.weights.h5", facts={"step": 3})
        return [folder / "a.weights.h5"]

    def read(folder: Path) -> None:
        from training_case import small_model

        from voxelpose.networks.weights_io import load_weights

        load_weights(_once(small_model), folder / "a.weights.h5")

    return Target(make, read)


_made: dict = {}


def _once(make: Callable):
    if make.__name__ not in _made:
        _made[make.__name__] = make()
    return _made[make.__name__]


def _through(target: Target, *arguments: str) -> Target:
    """The files of a target through a command; {} stands for their folder."""
    return Target(target.make, lambda folder: _command(*(part.format(folder) for part in arguments)))


_YAML = """%YAML:1.0
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [500.0, 0, 320, 0, 500.0, 240, 0, 0, 1]
distortion_coefficients: !!opencv-matrix
   rows: 1
   cols: 5
   dt: d
   data: [0.1, 0, 0, 0, 0]
image_width: 640
image_height: 480
"""
_COLMAP = "# cameras\n1 OPENCV 640 480 500 500 320 240 0.1 0 0 0\n"
_PLAIN = '{"fx": 500, "fy": 500, "cx": 320, "cy": 240, "width": 640, "height": 480, "distortion": [0.1, 0, 0, 0, 0]}'
_JSON_BOXES = '{"box_format": "xywh", "boxes": [{"image": "a.jpg", "box": [1, 2, 30, 40]}, {"image": "b.jpg", "box": [5, 5, 9, 9], "frame": 2}]}'  # noqa: E501
_CSV_BOXES = "image,x,y,width,height,frame\na.jpg,1,2,30,40,0\nb.jpg,5,5,9,9,2\n"
_CONFIG = (_TESTS.parent / "configs/small.yaml").read_text()
_SUITE = next((_TESTS.parent / "configs/ablation").glob("*.yaml")).read_text()

_LSP = _dataset("lsp", "train", "build_flat.lsp", False)
_POSE, _SEQUENCE = _result("a.pose.json", "pose"), _result("a.npz", "sequence")
_LINE = '{"image": "a.jpg", "pixels": {"right_hip": [3, 4]}, "box": [1, 2, 30, 40]}\n'
_SKELETON = '{"name": "mine", "parents": {"pelvis": null, "right_hip": "pelvis", "left_hip": "pelvis"}}'

TARGETS: dict[str, Target] = {
    "pose": _POSE,
    "sequence json": _result("a.json", "sequence"),
    "sequence npz": _SEQUENCE,
    "camera yaml": _text("a.yml", _YAML, _camera),
    "camera colmap": _text("a.txt", _COLMAP, _camera),
    "camera json": _text("a.json", _PLAIN, _camera),
    "boxes json": _text("a.json", _JSON_BOXES, _boxes),
    "boxes csv": _text("a.csv", _CSV_BOXES, _boxes),
    "checkpoint": _checkpoint(),
    "store": _store(),
    "jpeg": _picture(".jpg"),
    "png": _picture(".png"),
    "webp": _picture(".webp"),
    "tiff": _picture(".tif"),
    "bmp": _picture(".bmp"),
    "mp4": _video("a.mp4"),
    "mkv": _video("a.mkv"),
    "h36m-authors": _dataset("h36m-authors", "valid", "build_h36m.authors"),
    "h36m-fetch": _dataset("h36m-fetch", "all", "build_h36m.fetch", False),
    "h36m-npz": _dataset("h36m-npz", "test", "build_h36m.npz"),
    "h36m-small": _dataset("h36m-small", "all", "build_h36m.mmpose"),
    "mpii": _dataset("mpii", "train", "build_flat.mpii_mat"),
    "mpii-h5": _dataset("mpii-h5", "valid", "build_flat.mpii_h5"),
    "mpii-json": _dataset("mpii-json", "valid", "build_flat.mpii_json"),
    "coco": _dataset("coco", "val", "build_flat.coco"),
    "lsp": _LSP,
    "lspet": _dataset("lspet", "train", "build_flat.lsp", True),
    "lspet-packed": _dataset("lspet-packed", "all", "build_flat.lspet_packed"),
    "mpi-inf-3dhp train": _dataset("mpi-inf-3dhp", "train", "build_space.dhp_train"),
    "mpi-inf-3dhp test": _dataset("mpi-inf-3dhp", "test", "build_space.dhp_test"),
    "3dpw": _dataset("3dpw", "test", "build_space.pw3d"),
    "humaneva": _dataset("humaneva", "validate", "build_space.humaneva"),
    "kth-football": _dataset("kth-football", "all", "build_space.kth"),
    "own": _text("people.jsonl", _LINE * 3, _own),
    "own skeleton": _text("mine.json", _SKELETON, _own_skeleton),
    "convert sequence": _through(_SEQUENCE, "convert", "{}/a.npz", "{}/b.bvh", "{}/b.csv", "{}/b.trc", "{}/b.glb"),
    "convert pose": _through(_POSE, "convert", "{}/a.pose.json", "{}/b.gltf"),
    "prepare lsp": _through(_LSP, "prepare", "lsp", "{}", "{}/store", "--part", "train"),
}
# Readers that load a network's framework first, which takes seconds; by hand only.
SLOW: dict[str, Target] = {
    "weights": _weights(),
    "training config": _text("a.yaml", _CONFIG, _config),
    "suite": _text("a.yaml", _SUITE, _suite),
    "infer picture": _through(_picture(".jpg"), "infer", "{}/a.jpg", "--box", "2,2,30,30", "--out", "{}/out"),
    "infer camera": _through(
        _text("a.yml", _YAML, _camera), "infer", "--sample", "photograph", "--camera", "{}/a.yml", "--out", "{}/out"
    ),
}
