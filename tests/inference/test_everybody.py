"""From a picture without a box to everybody's pose: drawn people in a street, and from the waist up."""

import cv2
import numpy as np
import pytest
from street import cut_out, put, street

from voxelpose.errors import InputError
from voxelpose.inference.estimator import PoseEstimator
from voxelpose.inference.inputs.boxes import overlap
from voxelpose.inference.inputs.person_detector import Detection, NanoDet
from voxelpose.inference.video.frames import array_frames
from voxelpose.inference.video.tracking import LOOK_EVERY, Follower

pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")


@pytest.fixture(scope="module")
def estimator():
    return PoseEstimator.from_preset("small", runtime="onnx", mirrored=False)


def scene():
    """Four people, from right to left in the order in which they are painted, one of them far away."""
    picture, boxes = street(), []
    for number, middle, feet, tall in ((3, 560, 460, 290), (4, 420, 330, 130), (7, 250, 440, 260), (0, 90, 450, 270)):
        picture, box = put(picture, cut_out(number), middle, feet, tall)
        boxes.insert(0, box)
    return picture, boxes


def half():
    """Somebody whose hips are at the lower edge of the picture."""
    return put(street(), cut_out(4), 320, 480 + 420, 820)


def test_everybody_in_a_street_from_left_to_right(estimator):
    picture, boxes = scene()
    people = estimator.people(picture)
    assert len(people) == 4
    for pose, box in zip(people, boxes, strict=True):
        x, y, width, height = box
        assert overlap(pose.box, box) > 0.5 and pose.box_source == "detector"
        inside = (pose.joints_2d >= (x - 0.15 * width, y - 0.1 * height)) & (
            pose.joints_2d <= (x + 1.15 * width, y + 1.1 * height)
        )
        assert inside.all(axis=1).mean() > 0.8
    assert [pose.box for pose in estimator.people(picture, most=2)] == [people[0].box, people[3].box]
    areas = [pose.box[2] * pose.box[3] for pose in people]
    alone, largest = estimator(picture), people[int(np.argmax(areas))]
    assert alone.box == largest.box and np.abs(alone.joints_2d - largest.joints_2d).max() < 1


def test_a_picture_twice_as_large_and_mirrored_has_the_same_people(estimator):
    picture, boxes = scene()
    large = cv2.resize(picture, None, fx=2, fy=2)
    for found, scale in ((estimator.detector.detect(large), 2),):
        assert len(found) == 4
        for box in boxes:
            assert max(overlap(one.box, tuple(scale * np.array(box))) for one in found) > 0.6
    mirrored = estimator.people(np.ascontiguousarray(picture[:, ::-1]))
    middles = [pose.box[0] + pose.box[2] / 2 for pose in mirrored]
    assert len(mirrored) == 4 and middles == sorted(middles)


def test_somebody_from_the_waist_up(estimator):
    picture, box = half()
    (one,) = estimator.detector.detect(picture)
    assert overlap(one.box, box) > 0.6 and one.box[1] + one.box[3] == pytest.approx(480, abs=15)
    assert len(estimator.people(picture)) == 1


def test_nobody_in_an_empty_street(estimator):
    assert estimator.people(street()) == []
    nobody = estimator(street())
    assert not nobody and nobody.presence is None and nobody.box == (0, 0, 640, 480)
    assert nobody.box_source == "whole image, in which the detector found nobody"
    mixed = estimator.predict_batch([street(), scene()[0], street()], [None, None, (10, 10, 200, 400)])
    assert not mixed[0] and mixed[1] and mixed[2].box_source == "given"


class Counted:
    """A detector of fixed boxes, which counts its looks."""

    def __init__(self, *boxes, score=None):
        self.found, self.looks = [Detection(box, score) for box in boxes], 0

    def detect(self, image):
        self.looks += 1
        return self.found

    def __call__(self, image):
        return [one.box for one in self.detect(image)]


def test_all_crops_of_a_picture_go_through_the_network_together(estimator):
    picture, boxes = scene()
    batches = []

    def network(crops):
        batches.append(len(crops))
        return estimator.network(crops)

    together = PoseEstimator(network, estimator.preset, mirrored=False, detector=Counted(*boxes))
    people = together.people(picture)
    assert batches == [4, 4]  # in the detector's boxes, then around the joints
    (single,) = PoseEstimator(estimator.network, estimator.preset, mirrored=False, detector=Counted(boxes[1])).people(
        picture
    )
    np.testing.assert_allclose(people[1].joints_2d, single.joints_2d, atol=0.1)


def test_presence_overrules_only_detectors_that_are_unsure(estimator):
    class Doubtful:
        def __call__(self, crops):
            outputs = dict(estimator.network(crops))
            # A presence of 0.12: below half of 0.4 times 0.5, above 0.1 times that.
            return outputs | {"presence": np.full((len(crops), 1), -2.0, np.float32)}

    def seen(score):
        detector = Counted(scene()[1][0], score=score)
        return PoseEstimator(Doubtful(), estimator.preset, mirrored=False, detector=detector)(scene()[0])

    assert seen(0.9) and not seen(0.46) and not seen(None)
    assert (seen(None).threshold, seen(0.46).threshold) == (0.5, pytest.approx(0.2))


def test_without_a_detector_the_network_looks_in_the_whole_picture(estimator):
    for none in (None, "none"):
        plain = PoseEstimator(estimator.network, estimator.preset, mirrored=False, detector=none)
        assert plain.detector is None
        assert len(plain.people(scene()[0])) <= 1
        assert plain.inspect(scene()[0]).pose.box_source == "found by the network"


def test_a_video_is_followed_with_the_detector_that_ships(estimator):
    frames = []
    for step in range(LOOK_EVERY + 1):
        picture, _ = put(street(), cut_out(7), 150 + 8 * step, 440, 300)
        frames.append(put(picture, cut_out(3), 500, 450, 300)[0])
    seen = list(estimator.follow(np.stack(frames)))
    assert [[number for number, _ in one.people] for one in seen] == [[1, 2]] * len(frames)
    moved = seen[-1].people
    by_place = sorted(moved, key=lambda one: one[1].box[0])
    assert by_place[0][1].joints_2d[:, 0].mean() - 150 == pytest.approx(8 * LOOK_EVERY, abs=15)


def test_the_detector_looks_seldom_while_everybody_is_in_sight(estimator):
    picture, boxes = scene()
    frames = list(array_frames([picture] * 8))
    for every, looks in ((1, 8), (5, 2)):
        detector = Counted(*boxes)
        follower = Follower(estimator, detector, look_every=every)
        assert [len(follower(frame).people) for frame in frames] == [4] * 8
        assert detector.looks == looks
    two = Follower(estimator, Counted(*boxes), most=2)
    people = two(frames[0]).people
    assert [round(pose.box[2] * pose.box[3] / 1000) > 15 for _, pose in people] == [True, True]


def test_numbers_of_people_that_cannot_be(estimator):
    with pytest.raises(InputError, match="at least one person"):
        estimator.people(street(), most=0)
    assert isinstance(estimator.detector, NanoDet)
