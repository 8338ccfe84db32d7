import numpy as np
import pytest
from scene import CAMERA, SIZE, Scene

from voxelpose.errors import InputError
from voxelpose.inference.video.frames import Frame
from voxelpose.inference.video.sequence_writer import SequenceWriter
from voxelpose.inference.video.smoothing import OnlineSmoothing
from voxelpose.inference.video.tracking import Follower, follow, steady
from voxelpose.inference.video.tracks import LOST_SECONDS, Sighting, Track, assign, match
from voxelpose.results.sequence import PoseSequence


def frames(count):
    for n in range(count):
        image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        image[0, 0, 0] = n
        yield Frame(n, n / 25, image)


def walk(x, count, step=10, start=0):
    return {start + n: [(x + n * step, 100, 60, 200)] for n in range(count)}


def both(*scenes):
    return {n: [box for scene in scenes for box in scene.get(n, [])] for n in set().union(*scenes)}


def map_frames(frames_in, follower):
    return map(follower, frames_in)


def shown(seen):
    return [[(track, result.joints[0, 0] if result else None) for track, result in one.people] for one in seen]


def test_one_person_is_searched_once_and_then_followed():
    scene = Scene(walk(100, 4))
    seen = list(map_frames(frames(4), Follower(scene)))
    assert shown(seen) == [[(1, 100)], [(1, 110)], [(1, 120)], [(1, 130)]]
    assert scene.asked[0] == (0, None, "whole image")
    assert scene.asked[1:] == [(n, (100 + 10 * (n - 1), 100, 60, 200), "last frame's joints") for n in (1, 2, 3)]


def test_a_given_box_starts_the_track():
    scene = Scene(both(walk(100, 3), walk(400, 3)))
    seen = list(map_frames(frames(3), Follower(scene, boxes={0: [(405, 100, 60, 200)]})))
    assert shown(seen) == [[(1, 400)], [(1, 410)], [(1, 420)]]
    assert [source for _, _, source in scene.asked] == ["given", *["last frame's joints"] * 2]


def test_two_people_keep_their_numbers_whatever_the_order_of_detections():
    where = both(walk(100, 6), walk(400, 6, -10))
    scene = Scene(where)
    detections = {n: sorted(where[n], reverse=n % 2 == 0) for n in where}
    seen = list(map_frames(frames(6), Follower(scene, detector=lambda image: detections[int(image[0, 0, 0])])))
    tracks = [{track: result.joints[0, 0] for track, result in one.people} for one in seen]
    assert tracks == [{1: 400 - 10 * n, 2: 100 + 10 * n} for n in range(6)]


def test_a_missed_detection_is_bridged_by_the_joints():
    scene = Scene(walk(100, 3))
    detector = {0: [(100, 100, 60, 200)], 1: [], 2: [(120, 100, 60, 200)]}
    seen = list(map_frames(frames(3), Follower(scene, detector=lambda image: detector[int(image[0, 0, 0])])))
    assert shown(seen) == [[(1, 100)], [(1, 110)], [(1, 120)]]
    assert [source for _, _, source in scene.asked] == ["detector", *["last frame's joints"] * 2]


def test_a_detection_finds_who_was_lost():
    scene = Scene(walk(100, 2) | walk(140, 2, start=3))
    detector = {n: [(x, 100, 60, 200)] for n, x in enumerate((100, 110, 120, 140, 150))}
    seen = list(map_frames(frames(5), Follower(scene, detector=lambda image: detector[int(image[0, 0, 0])])))
    assert shown(seen) == [[(1, 100)], [(1, 110)], [(1, None)], [(1, 140)], [(1, 150)]]
    assert scene.asked[3] == (3, (140, 100, 60, 200), "detector")


def test_a_false_detection_makes_nobody():
    scene = Scene({})
    seen = list(map_frames(frames(2), Follower(scene, detector=lambda image: [(100, 100, 60, 200)])))
    assert shown(seen) == [[], []]


def test_an_empty_scene_is_empty():
    assert shown(map_frames(frames(2), Follower(Scene({})))) == [[], []]


def test_somebody_lost_is_nobody_until_found_again_and_then_the_same():
    where = walk(100, 2) | walk(300, 2, start=4)
    seen = list(map_frames(frames(6), Follower(Scene(where))))
    assert shown(seen) == [[(1, 100)], [(1, 110)], [(1, None)], [(1, None)], [(1, 300)], [(1, 310)]]


def test_after_long_absence_comes_somebody_new():
    # Seen last in frame 1, at 25 frames a second.
    longest = int(LOST_SECONDS * 25)
    back = longest + 4
    where = walk(100, 2) | walk(300, 1, start=back)
    seen = shown(map_frames(frames(back + 1), Follower(Scene(where))))
    assert seen[longest + 1] == [(1, None)] and seen[longest + 2] == [] and seen[back] == [(2, 300)]


def test_two_tracks_on_one_person_become_one():
    where = {0: [(100, 100, 60, 200), (140, 100, 60, 200)]} | walk(120, 3, 0, start=1)
    boxes = {0: [(100, 100, 60, 200), (140, 100, 60, 200)]}
    seen = shown(map_frames(frames(4), Follower(Scene(where), boxes=boxes)))
    # The other is taken to be hidden, and nowhere else.
    assert seen == [[(1, 100), (2, 140)], *[[(1, 120), (2, None)]] * 3]


def test_somebody_lost_for_less_than_two_seconds_comes_back_under_their_number():
    # Walks behind something at 10 px a frame: unseen in frames 10 to 49, and 400 px further when seen again.
    where = walk(20, 10) | walk(20 + 50 * 10, 5, start=50)
    detections = {n: [(x, 100, 60, 200)] for n in where for x, *_ in where[n]}
    other = walk(30, 55, 0)
    scene = Scene(both(where, {n: [(x, 100, 60, 200)] for n, ((x, *_),) in other.items() if n >= 30}))
    detector = {n: detections.get(n, []) + ([(30, 100, 60, 200)] if n >= 30 else []) for n in range(55)}
    seen = shown(map_frames(frames(55), Follower(scene, detector=lambda image: detector[int(image[0, 0, 0])])))
    assert seen[9] == [(1, 110)] and seen[29] == [(1, None)]
    # Somebody who appears elsewhere meanwhile is somebody else.
    assert seen[40] == [(1, None), (2, 30)] and seen[50] == [(1, 520), (2, 30)] and seen[54] == [(1, 560), (2, 30)]


def sighting(x, depth=3000.0, size=200.0):
    joints = np.array([[x, 100.0], [x - size / 6, 100 + size / 2], [x + size / 6, 100 + size]])
    return Sighting((x - size / 6, 100.0, size / 3, size), joints, depth)


def walker(number, x, speed, depth=3000.0, size=200.0):
    track = Track(number, sighting(x).box)
    for n in range(20):
        one = sighting(x + speed * (n - 19), depth, size)
        track.see(n / 25, one.box, one)
    return track


def test_who_was_seen_follows_from_place_size_depth_and_joints():
    time = 20 / 25
    # Side by side and walking towards each other: where each was looked for, the other was found.
    tracks = [walker(1, 100, 10), walker(2, 150, -10)]
    assert assign(tracks, [sighting(140), sighting(110)], time) == ({0: 1, 1: 0}, [])
    # At one place, but of another size and depth.
    tracks = [walker(1, 100, 0), walker(2, 110, 0, 5000, 120)]
    assert assign(tracks, [sighting(105, 5000, 120), sighting(105)], time) == ({0: 1, 1: 0}, [])
    # Both looked at the one in front, who is where track 2 is expected.
    tracks = [walker(1, 100, 10), walker(2, 130, -10)]
    assert assign(tracks, [sighting(121), sighting(121)], time) == ({1: 1}, [])


def test_a_hidden_persons_walk_goes_on():
    track = walker(1, 100, 10)
    track.lost = 5
    assert track.expected(20 / 25 + 1.0)[0] == pytest.approx(track.box[0] + 10 * 26)


def test_pairs_that_overlap_most_come_first():
    tracks = [Track(1, (0, 0, 10, 10)), Track(2, (6, 0, 10, 10)), Track(3, (90, 90, 5, 5))]
    assert match(tracks, [(4, 0, 10, 10), (2, 0, 10, 10)]) == {0: 1, 1: 0}
    assert match(tracks, []) == {}


def test_a_followed_box_changes_its_size_slowly_around_the_new_middle():
    last = (0, 0, 100, 200)
    # Half of 200 -> 300 is 250, a tenth of 200 -> 100 is 190; the sides keep their ratio, the middle is the new one.
    assert steady((50, 50, 60, 300), last) == pytest.approx((80 - 25, 200 - 125, 50, 250))
    assert steady((50, 50, 40, 100), last) == pytest.approx((70 - 38, 100 - 95, 76, 190))
    assert steady((7, 8, 200, 20), last) == pytest.approx((7, 8, 200, 20))


def test_boxes_outside_are_told_before_any_work():
    scene = Scene(walk(100, 4))
    with pytest.raises(InputError, match="meets the picture of 640 x 480"):
        list(map_frames(frames(4), Follower(scene, boxes={0: [(100, 100, 60, 200)], 3: [(700, 0, 5, 5)]})))
    assert scene.asked == []


def spooled(where, count, smoothing=None):
    with SequenceWriter(25.0, "clip.mp4", smoothing.name if smoothing else "none") as writer:
        for one in map_frames(frames(count), Follower(Scene(where), name="clip.mp4")):
            people = tuple((t, smoothing(t, one.frame.time, r)) for t, r in one.people) if smoothing else one.people
            writer.add(type(one)(one.frame, people))
        yield from writer.sequences()


def test_the_spool_gives_what_stacking_gives(tmp_path):
    where = walk(100, 3) | walk(130, 3, start=4)
    expected = [one.people[0][1] for one in map_frames(frames(7), Follower(Scene(where), name="clip.mp4"))]
    for sequence in spooled(where, 9):
        again = PoseSequence.from_poses(expected, np.arange(7) / 25, fps=25.0)
        sequence.save(tmp_path / "a.npz")
        assert len(sequence) == 7 and sequence.present.tolist() == [True] * 3 + [False] + [True] * 3
        for name in ("joints", "joints_2d", "covariance", "boxes", "presence", "times", "root_depth", "outside_crop"):
            np.testing.assert_array_equal(getattr(sequence, name), getattr(again, name), err_msg=name)
        assert sequence.box_source == "whole image; last frame's joints"
        assert (sequence.track, sequence.source, sequence.fps) == (1, "clip.mp4", 25.0)
    loaded = PoseSequence.load(tmp_path / "a.npz")
    assert loaded.pose(0).to_dict() == expected[0].to_dict() | {"box_source": loaded.box_source}


def test_smoothed_people_are_spooled_smoothed():
    (sequence,) = [(s.smoothing, s.joints[:, 0, 0].copy()) for s in spooled(walk(100, 5), 5, OnlineSmoothing())]
    assert sequence[0] == "one-euro"
    assert sequence[1][0] == 100 and 100 < sequence[1][4] < 140


def test_people_who_were_never_seen_have_no_sequence():
    assert list(spooled({}, 3)) == []


def test_arrays_and_iterators_are_followed():
    scene = Scene(walk(100, 4))
    images = np.stack([frame.image for frame in frames(4)])
    for source in (images, iter(images)):
        seen = list(follow(scene, source, box=(100, 100, 60, 200), camera=CAMERA, fps=10))
        assert shown(seen) == [[(1, 100)], [(1, 110)], [(1, 120)], [(1, 130)]]
        assert [one.frame.time for one in seen] == [0.0, 0.1, 0.2, 0.3]


def test_what_is_no_image_is_named():
    with pytest.raises(InputError, match="Expected an RGB image"):
        list(follow(Scene({}), [np.zeros((4, 4))]))
    with pytest.raises(InputError, match="gone.mp4"):
        list(follow(Scene({}), "gone.mp4"))
