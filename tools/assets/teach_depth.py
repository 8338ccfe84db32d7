#!/usr/bin/env python
"""Teach depth to photographs that have 2D joints: BlazePose's, kept where its 2D agrees with the annotation.

    npm pack @mediapipe/pose && tar xzf mediapipe-pose-*.tgz
    voxelpose prepare lspet-packed FOLDER stores/lspet --part train
    python tools/assets/teach_depth.py stores/lspet package/pose_landmark_heavy.tflite --out lspet-depth.npz
    voxelpose prepare lspet-packed FOLDER stores/lspet-taught --part train --option depth=lspet-depth.npz
Needs the extra `litert`. Only photographs of the training part are looked at.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from voxelpose.commands.shared.entry import run
from voxelpose.data.store.stored_examples import StoredExamples, load_store
from voxelpose.data.store.taught_depth import agreement
from voxelpose.errors import InputError
from voxelpose.extras import optional
from voxelpose.skeleton import LSP14

# BlazePose's body points of the joints of lsp14; its neck is between the shoulders, and it has no top of the head.
POINTS = (28, 26, 24, 23, 25, 27, 16, 14, 12, 11, 13, 15)
HIPS, SHOULDERS = (2, 3), (8, 9)
SIDE = 256


class BlazePose:
    """A published landmark network: a picture of 256 px to points in its pixels and in metres from the hips."""

    def __init__(self, path: Path):
        litert = optional("ai_edge_litert.interpreter", "litert", "running a .tflite file")
        self._network = litert.Interpreter(str(path), num_threads=2)
        self._network.allocate_tensors()
        outputs = {int(np.prod(item["shape"])): item["index"] for item in self._network.get_output_details()}
        self._pixels, self._metres = outputs[195], outputs[117]

    def __call__(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(39, 2) pixels with integers at pixel centres, and (39, 3) metres: x right, y down, z away."""
        self._network.set_tensor(0, picture[None].astype(np.float32) / 255.0)
        self._network.invoke()
        pixels = self._network.get_tensor(self._pixels).reshape(39, 5)[:, :2]
        return pixels - 0.5, self._network.get_tensor(self._metres).reshape(39, 3)


def upright_view(joints: np.ndarray, known: np.ndarray, side: int) -> np.ndarray:
    """(2, 3) affine map from a photograph of `side` px to a picture where the annotated person stands upright.

    BlazePose expects the hips in the middle, the shoulders above them, and the whole body within the picture.
    """
    if not known[[*HIPS, *SHOULDERS]].all():
        return np.array([[SIDE / side, 0, 0.5 * SIDE / side - 0.5], [0, SIDE / side, 0.5 * SIDE / side - 0.5]])
    hips, shoulders = joints[list(HIPS)].mean(0), joints[list(SHOULDERS)].mean(0)
    up = (shoulders - hips) / max(np.linalg.norm(shoulders - hips), 1e-6)
    radius = 1.25 * np.linalg.norm(joints[known] - hips, axis=-1).max()
    rotation = np.array([[-up[1], up[0]], [-up[0], -up[1]]]) * (SIDE / 2 / radius)
    return np.concatenate([rotation, ((SIDE - 1) / 2 - rotation @ hips)[:, None]], axis=1)


def teach(
    network: BlazePose, image: np.ndarray, joints: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels in the photograph (12, 2) and depth relative to the hips in mm (12,) of the limb joints."""
    view = upright_view(joints, known, image.shape[0])
    picture = cv2.warpAffine(image, view, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    pixels, metres = network(picture)
    back = cv2.invertAffineTransform(view)
    points = pixels[list(POINTS)] @ back[:, :2].T + back[:, 2]
    return points, 1000.0 * metres[list(POINTS), 2]


def annotation(photographs: StoredExamples) -> np.ndarray:
    """(N, 14, 3) x, y in pixels and a flag, in the order of lsp14."""
    labels = photographs.labels()
    return np.concatenate([labels.joints[..., :2], labels.known[..., :1]], axis=-1)


def _photographs(folder: Path, limit: int | None) -> StoredExamples:
    store = load_store(folder)
    if store.skeleton != LSP14 or store.origin.part != "train":
        raise InputError(
            f"Expected a store of the part train of lspet or lspet-packed, prepared without depth, at {folder}. "
            f"Received: the part {store.origin.part} of {store.origin.dataset} with joints of {store.skeleton.name}."
        )
    return store.select(np.arange(min(limit or len(store), len(store))))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path, help="a store of the part train of lspet or lspet-packed")
    parser.add_argument("tflite", type=Path, help="pose_landmark_heavy.tflite, or another size")
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    parser.add_argument("--limit", type=int, help="only the first N photographs")
    options = parser.parse_args(argv)
    network = BlazePose(options.tflite)
    photographs = _photographs(options.store, options.limit)
    joints = annotation(photographs)
    points, depths = [], []
    for index, example in enumerate(photographs):
        point, depth = teach(network, example.image, joints[index, :, :2], joints[index, :, 2] > 0)
        points.append(point)
        depths.append(depth)
        if index % 500 == 499:
            print(f"{index + 1}/{len(photographs)}", flush=True)
    taught = agreement(photographs.facts["frame"], joints, np.stack(points), np.stack(depths))
    taught.save(options.out)
    print(f"{options.out}: {taught.summary()}")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
