"""One person through time: where they are expected next, and how unlike what is expected somebody is who was seen."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from voxelpose.inference.inputs.boxes import Box, overlap
from voxelpose.inference.inputs.requests import Answer

# Boxes of one person in neighbouring frames share at least this much.
SAME_PERSON = 0.3
# Two answers are one person if their boxes share this much, or, sharing less, their joints lie within this part of the
# person's size on average.
ONE_PERSON = 0.8
ONE_PERSON_BOXES, ONE_PERSON_JOINTS = 0.5, 0.12
# Somebody unseen for longer is somebody new afterwards.
LOST_SECONDS = 2.0
# By how far, in their own size, somebody may be elsewhere than expected, and by how much more for each second unseen.
ELSEWHERE, ELSEWHERE_A_SECOND = 0.5, 1.0
# By how much sizes may differ, as the logarithm of their ratio.
OTHER_SIZE = 0.5
# The walk of so many seconds says where somebody goes next: half a step swings the middle to and fro.
WALK_SECONDS = 1.0
# People whose middles are nearer than this part of their size are in one crop, and the network reads either of them.
# Then only those are believed who are this near to where the walk leads, and more by the second.
CROWD = 0.45
NEAR, NEAR_A_SECOND = 0.15, 0.15


@dataclass(frozen=True, eq=False)
class Sighting:
    """Somebody seen in a frame: box x, y, width, height and joints (J, 2) in pixels, root depth in mm."""

    box: Box
    joints: np.ndarray
    depth: float

    @classmethod
    def of(cls, answer: Answer) -> "Sighting":
        """What an answer with a pose shows."""
        pose = answer.result
        return cls(answer.joints_box or pose.box, pose.joints_2d, pose.root_depth)

    def is_also(self, other: "Sighting") -> bool:
        """Whether both are one person: a crop of somebody hidden shows who hides them."""
        share = overlap(self.box, other.box)
        apart = np.linalg.norm(self.joints - other.joints, axis=-1).mean() / _size(self.box)
        return share >= ONE_PERSON or (share >= ONE_PERSON_BOXES and apart < ONE_PERSON_JOINTS)


@dataclass
class Track:
    """One person. number: from 1; box: where they were last seen, its size steadied; lost: frames since then; seen_at:
    its time in seconds; last: what was seen then, None before anything was; crowded: somebody else is in the crop."""

    number: int
    box: Box
    lost: int = 0
    seen_at: float = 0.0
    last: Sighting | None = None
    crowded: bool = False
    _walk: deque = field(default_factory=deque)

    def see(self, time: float, box: Box, sighting: Sighting) -> None:
        """Take in who was seen at a time, and the steadied box around them."""
        self.box, self.lost, self.seen_at, self.last = box, 0, time, sighting
        self._walk.append((time, *sighting.joints.mean(axis=0)))
        while time - self._walk[0][0] > WALK_SECONDS:
            self._walk.popleft()

    def expected(self, time: float) -> Box:
        """The box moved on as the person walked until they were last seen."""
        right, down = self._moved(time)
        return (self.box[0] + right, self.box[1] + down, *self.box[2:])

    def near(self, sighting: Sighting, time: float) -> bool:
        """Whether somebody is so near to where this person is expected that a crowd doesn't matter."""
        if self.last is None:
            return True
        apart = np.linalg.norm((self.last.joints + self._moved(time) - sighting.joints).mean(axis=0))
        return bool(apart <= (NEAR + NEAR_A_SECOND * (time - self.seen_at)) * _size(self.box))

    def unlike(self, sighting: Sighting, time: float) -> float:
        """How unlike what is expected somebody is: sum of their distance, that of their joints, both in the person's
        size, and the logarithms of the ratios of size and depth."""
        if self.last is None:
            return _distance(self.expected(time), sighting.box) / _size(self.box)
        size = _size(self.box)
        joints = np.linalg.norm(self.last.joints + self._moved(time) - sighting.joints, axis=-1).mean()
        return float(
            (_distance(self.expected(time), sighting.box) + joints) / size
            + abs(np.log(_size(sighting.box) / size))
            + abs(np.log(sighting.depth / self.last.depth))
        )

    def reach(self, time: float) -> float:
        """How far from where they are expected somebody may be found again, in their own size."""
        return ELSEWHERE + ELSEWHERE_A_SECOND * (time - self.seen_at)

    def _moved(self, time: float) -> np.ndarray:
        """Pixels (x, y) since the person was last seen: the walk goes on as fast.

        It goes on from where they were last seen, or in a crowd, where that may have been somebody else, along the
        straight line through the walk.
        """
        walk = np.array(self._walk)
        if len(walk) < 3:
            return np.zeros(2)
        middle = walk.mean(axis=0)
        times = walk[:, 0] - middle[0]
        speed = times @ (walk[:, 1:] - middle[1:]) / (times @ times)
        if self.crowded or self.lost:
            return middle[1:] + speed * (time - middle[0]) - walk[-1, 1:]
        return speed * (time - self.seen_at)


def note_crowds(tracks: Sequence[Track], time: float) -> None:
    """Say of every track whether another is expected so near that both are in one crop."""
    boxes = [track.expected(time) for track in tracks]
    for n, track in enumerate(tracks):
        track.crowded = any(
            _distance(boxes[n], box) < CROWD * max(_size(boxes[n]), _size(box)) for m, box in enumerate(boxes) if m != n
        )


def match(tracks: Sequence[Track], boxes: Sequence[Box], time: float = 0.0) -> dict[int, int]:
    """Index of the track -> index of its box: the pairs that overlap most come first, then for people who are lost the
    boxes nearest to where they are expected."""
    pairs = [(_likeness(track, box, time), t, b) for t, track in enumerate(tracks) for b, box in enumerate(boxes)]
    matched: dict[int, int] = {}
    for likeness, t, b in sorted(pairs, reverse=True):
        if likeness > 0 and t not in matched and b not in matched.values():
            matched[t] = b
    return matched


def assign(
    tracks: Sequence[Track | None], sightings: Sequence[Sighting | None], time: float
) -> tuple[dict[int, int], list[int]]:
    """Who was seen: index of the track -> that of the sighting, and the sightings that are of nobody followed.

    tracks: for whom each sighting was looked for, None for nobody yet; sightings: what was found there. A person found
    twice counts once, for the track that expects them most; the other's person is hidden.
    """
    people: list[list[int]] = []
    for n, sighting in enumerate(sightings):
        if sighting is not None:
            same = next((group for group in people if sightings[group[0]].is_also(sighting)), None)
            people.append([n]) if same is None else same.append(n)
    alone = sum(track is not None for track in tracks) < 2
    pairs = []
    for t, track in enumerate(tracks):
        if track is not None:
            for p, group in enumerate(people):
                found = t if t in group else group[0]
                unlike = track.unlike(sightings[found], time)
                if _may_be(track, sightings[found], time, t in group, alone):
                    pairs.append((unlike, t, p, found))
    seen: dict[int, int] = {}
    taken: set[int] = set()
    for _, t, p, found in sorted(pairs):
        if t not in seen and p not in taken:
            seen[t] = found
            taken.add(p)
    new = [group[0] for p, group in enumerate(people) if p not in taken and any(tracks[n] is None for n in group)]
    return seen, new


def _may_be(track: Track, sighting: Sighting, time: float, own: bool, alone: bool) -> bool:
    """Whether somebody may be the person. own: seen where the person was looked for; alone: nobody else is followed."""
    if own and alone:
        return True
    if track.crowded or (own and track.lost):
        return track.near(sighting, time)
    return own or track.unlike(sighting, time) < 2 * track.reach(time)


def _likeness(track: Track, box: Box, time: float) -> float:
    expected = track.expected(time)
    share = overlap(expected, box)
    if share >= SAME_PERSON:
        return 1 + share
    if not track.lost or abs(np.log(_size(box) / _size(expected))) > OTHER_SIZE:
        return 0.0
    return 1 - _distance(expected, box) / (_size(expected) * track.reach(time))


def _size(box: Box) -> float:
    return max(box[2:])


def _distance(one: Box, other: Box) -> float:
    return float(np.hypot(*(one[n] + one[n + 2] / 2 - other[n] - other[n + 2] / 2 for n in (0, 1))))
