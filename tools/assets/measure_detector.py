#!/usr/bin/env python
"""Measure the person detector that ships on photographs with known people.

    python tools/assets/measure_detector.py people.npz [--sizes 256,416]

The file holds photographs (`jpeg`, `offsets`), boxes (`box_image_xywh`: photograph, x, y, width, height) and outlines
(`polygon_image`, `polygon_points`, `polygon_offsets`). For every score: the part of the people who are found (a box
that shares at least half of its union with theirs, one box a person), among all, among those taller than a quarter of
the photograph, and among those of them who are clear; and the boxes a photograph that are nobody's. Clear: the outline,
where there is one, fills a quarter of the box, and other people's outlines at most half of it. Photographs with an even
number choose the score, those with an odd one are measured at it.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from voxelpose.commands.shared.entry import run
from voxelpose.errors import InputError
from voxelpose.inference.inputs.boxes import overlap
from voxelpose.inference.inputs.person_detector import MIN_SCORE, SIZES, Detection, NanoDet

FOUND = 0.5
LOWEST, STEP = 0.2, 0.01
TALL, FILLED, COVERED = 0.25, 0.25, 0.5
MOST_FALSE = 0.25


@dataclass(frozen=True, eq=False)
class Photograph:
    """image: (H, W, 3) uint8 RGB; boxes: x, y, width, height; tall, clear: (people,) bool."""

    image: np.ndarray
    boxes: np.ndarray
    tall: np.ndarray
    clear: np.ndarray


def read_photographs(path: Path) -> list[Photograph]:
    """All of a file, in its order."""
    try:
        with np.load(path, allow_pickle=False) as file:
            data = {name: file[name] for name in file.files}
        starts, shapes = data["offsets"], data["polygon_offsets"]
        photographs = []
        for n in range(len(starts) - 1):
            image = cv2.imdecode(data["jpeg"][starts[n] : starts[n + 1]], cv2.IMREAD_COLOR)[..., ::-1]
            boxes = data["box_image_xywh"][data["box_image_xywh"][:, 0] == n, 1:].astype(np.float64)
            outlines = [
                data["polygon_points"][shapes[k] : shapes[k + 1]] for k in np.flatnonzero(data["polygon_image"] == n)
            ]
            tall = boxes[:, 3] >= TALL * image.shape[0]
            photographs.append(
                Photograph(np.ascontiguousarray(image), boxes, tall, tall & _clear(image, boxes, outlines))
            )
    except (OSError, KeyError, ValueError, IndexError, TypeError) as error:
        raise InputError(f"Expected photographs with people in {path}. Received: another file ({error}).") from error
    return photographs


def _clear(image: np.ndarray, boxes: np.ndarray, outlines: Sequence[np.ndarray]) -> np.ndarray:
    """An outline belongs to the smallest box around it."""
    masks = np.zeros((len(boxes), *image.shape[:2]), np.uint8)
    low, high = boxes[:, :2] - 3, boxes[:, :2] + boxes[:, 2:] + 3
    for outline in outlines:
        around = np.flatnonzero(((outline.min(0) >= low) & (outline.max(0) <= high)).all(axis=1))
        if len(around):
            own = around[np.argmin(boxes[around, 2] * boxes[around, 3])]
            cv2.fillPoly(masks[own], [np.round(outline).astype(np.int32)], 1)
    clear = []
    for own, (x, y, width, height) in enumerate(boxes):
        part = masks[:, max(round(y), 0) : round(y + height), max(round(x), 0) : round(x + width)]
        others = np.delete(part, own, axis=0).any(axis=0)
        unknown = not part[own].any()
        clear.append((unknown or part[own].mean() >= FILLED) and others.mean() <= COVERED)
    return np.array(clear, bool)


def matched(found: Sequence[Detection], boxes: np.ndarray) -> list[int | None]:
    """The person of each detection, the most certain first; None for a box that is nobody's."""
    free, people = set(range(len(boxes))), []
    for detection in found:
        shares = {person: overlap(detection.box, tuple(boxes[person])) for person in free}
        best = max(shares, key=shares.get, default=None)
        people.append(best if best is not None and shares[best] >= FOUND else None)
        free.discard(people[-1])
    return people


def measure(
    photographs: Sequence[Photograph], found: Sequence[Sequence[Detection]], score: float
) -> tuple[float, float, float, float]:
    """Parts of all, of the tall and of the clear people who are found, and false boxes a photograph."""
    hits, counts, false = np.zeros(3), np.zeros(3), 0
    for photograph, detections in zip(photographs, found, strict=True):
        people = matched([one for one in detections if one.score >= score], photograph.boxes)
        false += people.count(None)
        seen = np.isin(np.arange(len(photograph.boxes)), [person for person in people if person is not None])
        for n, group in enumerate((np.ones_like(seen), photograph.tall, photograph.clear)):
            hits[n] += (seen & group).sum()
            counts[n] += group.sum()
    return (*(hits / np.maximum(counts, 1)), false / len(photographs))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("people", type=Path, help="the .npz file of photographs")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="pixels to look at (default: %(default)s)")
    options = parser.parse_args(argv)
    photographs = read_photographs(options.people)
    detector = NanoDet(min_score=LOWEST, sizes=[int(size) for size in options.sizes.split(",")])
    found = [detector.detect(photograph.image) for photograph in photographs]
    halves = {name: (photographs[n::2], found[n::2]) for n, name in enumerate(("chosen on", "measured on"))}
    scores = np.arange(LOWEST, 0.8, STEP)
    chosen = next(s for s in scores if measure(*halves["chosen on"], s)[3] <= MOST_FALSE)
    print(f"sizes {options.sizes}: least score {chosen:.2f} by the even photographs; the shipped one is {MIN_SCORE}")
    print("score      all    tall   clear   false a photograph")
    for name, part in (*halves.items(), ("all of them", (photographs, found))):
        people = [sum(int(group.sum()) for group in groups) for groups in zip(
            *((np.ones(len(p.boxes)), p.tall, p.clear) for p in part[0]), strict=True)]  # fmt: skip
        print(f"{name}: {len(part[0])} photographs, people {', '.join(map(str, people))}")
        for score in sorted({0.3, 0.35, 0.4, 0.45, 0.5, round(chosen, 2)}):
            values = measure(*part, score)
            print(f"{score:.2f}   " + "".join(f"{100 * value:6.0f} %" for value in values[:3]) + f"{values[3]:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(run(main))
