"""People followed through a video: one pose per person and frame."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from voxelpose.geometry import Camera
from voxelpose.inference.inputs.boxes import Box, check_box
from voxelpose.inference.inputs.detected import Detector, check_most, refinements_of
from voxelpose.inference.inputs.requests import DETECTED, WHOLE, Answer, Request
from voxelpose.inference.video.frames import DEFAULT_FPS, Frame, open_frames
from voxelpose.inference.video.prefetch import read_ahead
from voxelpose.inference.video.tracks import LOST_SECONDS, Sighting, Track, assign, match, note_crowds
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D

# By what share of the difference a followed box grows and shrinks in a frame.
GROWING, SHRINKING = 0.5, 0.1
FOLLOWED = "last frame's joints"
HIDDEN = "where the person is expected, which shows somebody else"
# The detector that ships costs as much as two people do: somebody new is seen within so many frames.
LOOK_EVERY = 5
# Frames that wait for the network; each holds a picture.
READ_AHEAD = 4


class Estimator(Protocol):
    """What answers requests, such as a PoseEstimator; its detector finds whom nobody else says where to look for."""

    @property
    def detector(self) -> Detector | None: ...

    def answer(self, requests: Sequence[Request]) -> list[Answer]: ...


@dataclass(frozen=True, eq=False)
class Seen:
    """One frame and its people: (track number, Pose3D, or Nobody where a followed person is not seen)."""

    frame: Frame
    people: tuple[tuple[int, Pose3D | Nobody], ...]


class Follower:
    """Finds people in each frame, and tells which of them are the same.

    Where to look: in boxes given for the frame; for people who are followed already, around the last frame's joints;
    for others, where the detector finds them. Without a detector, and with nobody in sight, the network looks for one
    person in the whole picture.
    """

    def __init__(
        self,
        estimator: Estimator,
        detector: Detector | None = None,
        boxes: Mapping[int, Sequence[Box]] | None = None,
        camera: tuple[Camera, str] | None = None,
        name: str | None = None,
        most: int | None = None,
        look_every: int = 1,
    ):
        """boxes: x, y, width, height of people by frame number; camera: with its source; name: the video's; most: the
        detector's largest people only, so many at a time; look_every: frames from one look of the detector to the
        next, unless somebody is lost or nobody is there."""
        self._estimator, self._detector, self._boxes = estimator, detector, boxes or {}
        self._camera, self._name, self._most = camera, name, check_most(most)
        self._look_every = look_every
        self._tracks: list[Track] = []
        self._count = 0

    def __call__(self, frame: Frame) -> Seen:
        """The people in the next frame."""
        if frame.index == 0:
            self._check_boxes(frame)
        note_crowds(self._tracks, frame.time)
        places, source = self._places(frame)
        pairs = match(self._tracks, places, frame.time)
        wanted = [
            self._where(frame, track, places[pairs[n]] if n in pairs else None, source)
            for n, track in enumerate(self._tracks)
        ]
        others = [place for n, place in enumerate(places) if n not in pairs.values()]
        if source == DETECTED and self._most is not None:
            others = sorted(others, key=lambda box: -box[2] * box[3])[: max(self._most - len(wanted), 0)]
        wanted += [(None, place, source) for place in others]
        tracks: list[Track | None] = [track for track, _, _ in wanted]
        answers = self._estimator.answer([self._request(frame, box, source) for _, box, source in wanted])
        if self._detector is None and len(tracks) < 2 and not any(answer.result for answer in answers):
            tracks, answers = self._search(frame, tracks, answers)
        people = self._people(frame, tracks, answers)
        self._tracks = [track for track, _ in people if frame.time - track.seen_at <= LOST_SECONDS]
        kept = {track.number for track in self._tracks}
        return Seen(frame, tuple((track.number, result) for track, result in people if track.number in kept))

    def _people(
        self, frame: Frame, tracks: Sequence[Track | None], answers: Sequence[Answer]
    ) -> list[tuple[Track, Pose3D | Nobody]]:
        """Every followed person with what was seen of them, and then those who are new."""
        sightings = [Sighting.of(answer) if answer.result else None for answer in answers]
        seen, new = assign(tracks, sightings, frame.time)
        people: list[tuple[Track, Pose3D | Nobody]] = []
        for n, track in enumerate(tracks):
            if track is None:
                continue
            if n not in seen:
                track.lost += 1
                # A pose there is somebody else's, who stands before this person.
                people.append((track, _hidden(answers[n].result) if answers[n].result else answers[n].result))
                continue
            people.append((track, self._update(frame, track, answers[seen[n]], sightings[seen[n]])))
        for n in new:
            self._count += 1
            track = Track(self._count, answers[n].result.box)
            people.append((track, self._update(frame, track, answers[n], sightings[n])))
        return people

    @staticmethod
    def _where(frame: Frame, track: Track, place: Box | None, source: str) -> tuple[Track, Box, str]:
        """A box that is given counts; one that is detected only for somebody lost: the joints' box is as tight as those
        of the training, and doesn't jump."""
        if place is None or (source == DETECTED and not track.lost):
            away = track.lost or track.crowded
            box = _within(track.expected(frame.time), frame.image) if away else track.box
            return track, box, FOLLOWED
        return track, place, source

    def _check_boxes(self, frame: Frame) -> None:
        """Boxes that cannot be are told before any work, not in the middle of it."""
        height, width = frame.image.shape[:2]
        for boxes in self._boxes.values():
            for box in boxes:
                check_box(box, width, height)

    def _places(self, frame: Frame) -> tuple[Sequence[Box], str]:
        if frame.index in self._boxes:
            return self._boxes[frame.index], "given"
        if self._detector is None:
            return (), FOLLOWED
        sought = not self._tracks or any(track.lost for track in self._tracks) or frame.index % self._look_every == 0
        return (self._detector(frame.image) if sought else ()), DETECTED

    def _request(self, frame: Frame, box: Box | None, source: str) -> Request:
        camera, camera_source = self._camera or (None, "given")
        refinements = refinements_of(self._detector) if source == DETECTED else 0
        return Request(frame.image, box, camera, None, self._name, source, camera_source, refinements)

    def _search(
        self, frame: Frame, tracks: list[Track | None], answers: list[Answer]
    ) -> tuple[list[Track | None], list[Answer]]:
        """Look in the whole picture: whoever is there continues the only track, or begins one."""
        found = self._estimator.answer([self._request(frame, None, WHOLE)])
        return (tracks or [None], found) if found[0].result or not tracks else (tracks, answers)

    @staticmethod
    def _update(frame: Frame, track: Track, answer: Answer, sighting: Sighting) -> Pose3D:
        track.see(frame.time, steady(sighting.box, answer.result.box), sighting)
        return answer.result


def follow(
    estimator: Estimator,
    source: str | os.PathLike | int | Iterable[np.ndarray],
    box: Sequence[float] | None = None,
    camera: Camera | None = None,
    detector: Detector | None = None,
    fps: float = DEFAULT_FPS,
) -> Iterator[Seen]:
    """The people in every frame of a source; see PoseEstimator.follow."""
    name = os.fspath(source) if isinstance(source, (str, os.PathLike)) else None
    boxes, look_every = None if box is None else {0: [box]}, 1
    if detector is None and box is None:
        detector, look_every = estimator.detector, LOOK_EVERY
    with_source = None if camera is None else (camera, "given")
    follower = Follower(estimator, detector, boxes, with_source, name, look_every=look_every)
    with open_frames(source, fps) as frames, read_ahead(frames, READ_AHEAD) as ahead:
        yield from map(follower, ahead)


def steady(box: Box, last: Box) -> Box:
    """The box around its own middle, but of a size that follows the last one's slowly, more so when it shrinks.

    A person's size hardly changes from frame to frame, the spread of the joints does. A box that shrank at once would
    cut off the feet that the next frame's network needs to see.
    """
    x, y, width, height = box
    longer, before = max(width, height), max(last[2:])
    share = GROWING if longer > before else SHRINKING
    scale = (before + share * (longer - before)) / longer
    return (x + width / 2 * (1 - scale), y + height / 2 * (1 - scale), width * scale, height * scale)


def _within(box: Box, image: np.ndarray) -> Box:
    """The box, moved so that a part of it is in the image (H, W, 3): people walk out of pictures."""
    height, width = image.shape[:2]
    x, y, w, h = box
    return (min(max(x, -w / 2), width - w / 2), min(max(y, -h / 2), height - h / 2), w, h)


def _hidden(pose: Pose3D) -> Nobody:
    """The result of a person whose place shows somebody else."""
    return Nobody(
        presence=None,
        threshold=1.0,
        box=pose.box,
        provenance=pose.provenance.replace(box_source=HIDDEN, camera_source=None, root_depth_source=None),
        image=pose.image,
        image_size=pose.image_size,
    )
