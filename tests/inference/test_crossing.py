"""Two people who cross: the walker of the sample video and her mirror image, one before the other."""

import cv2
import numpy as np
import pytest

pytest.importorskip("av", reason="the extra `video` is not installed")
pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")

from voxelpose.assets import verified_asset
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.inference.video.frames import array_frames, open_video
from voxelpose.inference.video.tracking import LOOK_EVERY, Follower

WALKER = (765, 40, 152, 270)
MIRRORED = (960 - 765 - 152, 40, 152, 270)


@pytest.fixture(scope="module")
def walk():
    with open_video(verified_asset("samples/walk.mp4")) as video:
        return [frame.image for frame in video]


def crossing(images, mirrored_before):
    still = np.median(images[::4], axis=0).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    for image in images:
        moved = (abs(image.astype(np.int16) - still).max(axis=-1) > 25).astype(np.uint8)
        person = cv2.dilate(cv2.morphologyEx(moved, cv2.MORPH_OPEN, kernel), np.ones((7, 7))) > 0
        mirrored = person[:, ::-1] if mirrored_before else person[:, ::-1] & ~person
        both = image.copy()
        both[mirrored] = image[:, ::-1][mirrored]
        yield both


def middles(seen):
    return {n: pose.joints_2d[:, 0].mean() for n, pose in seen.people if pose}


@pytest.mark.parametrize("mirrored_before", [True, False])
@pytest.mark.parametrize("detected", [False, True])
def test_people_who_cross_keep_their_numbers(walk, mirrored_before, detected):
    estimator = PoseEstimator.from_preset()
    boxes = None if detected else {0: [WALKER, MIRRORED]}
    detector = estimator.detector if detected else None
    follower = Follower(estimator, detector, boxes, look_every=LOOK_EVERY if detected else 1)
    seen = [follower(frame) for frame in array_frames(crossing(walk, mirrored_before), 30)]
    assert len(seen) == 115 and all(sorted(n for n, _ in one.people) == [1, 2] for one in seen)
    # The detector counts from the left.
    walker, mirror = (2, 1) if detected else (1, 2)
    alone = Follower(estimator, None, {0: [WALKER]})
    for one, single in zip(seen, map(alone, array_frames(walk, 30)), strict=True):
        x = middles(single)[1]
        found = middles(one)
        if abs(x - (959 - x)) > 120:
            assert found[walker] == pytest.approx(x, abs=40) and found[mirror] == pytest.approx(959 - x, abs=40)
    for number in (1, 2):
        present = sum(bool(pose) for one in seen for n, pose in one.people if n == number)
        assert present > 100
