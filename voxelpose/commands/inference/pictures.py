"""`voxelpose infer` on pictures: pose files, overlays, skeletons and volumes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from voxelpose.commands.inference.earlier import (
    ENDINGS,
    OVERLAY,
    POSE,
    SKELETON,
    VOLUME,
    numbered_stems,
    remove_earlier,
    with_ending,
)
from voxelpose.commands.inference.tools import Tools
from voxelpose.commands.shared.animation_options import Animation
from voxelpose.commands.shared.entry import explain
from voxelpose.commands.shared.input_options import Inputs
from voxelpose.commands.shared.options import chosen_joints
from voxelpose.errors import InputError
from voxelpose.inference.inputs.boxes import Box
from voxelpose.inference.inputs.detected import found_nobody
from voxelpose.inference.inputs.images import read_image
from voxelpose.inference.inputs.requests import Request
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import PoseSequence
from voxelpose.results.stored_volumes import VOLUMES_ENDING, StoredVolumes, save_volumes

if TYPE_CHECKING:
    from voxelpose.inference.estimator import Inspection


def infer_pictures(
    pictures: Sequence[Path],
    boxes: Mapping[str, Mapping[int, Sequence[Box]]],
    inputs: Inputs,
    tools: Tools,
    out: Path,
    joints: str | None,
    animation: Animation,
    volumes: bool = False,
) -> list[str]:
    """Work through the pictures and return a sentence for every one that failed; the others' results are kept.

    boxes: by picture, those of frame 0; joints: names of those shown in the volume figure, or None for the limbs' ends;
    animation: further files for every person; volumes: whether to store the volumes beside the poses.
    """
    work = _Work(inputs, tools, out, joints, animation, volumes)
    failures = []
    for picture in pictures:
        try:
            image, requests = work.prepare(picture, boxes[str(picture)].get(0, ()))
        except InputError as error:
            failures.append(str(error))
            continue
        # The network loads for the first sound picture: a mistyped name is answered at once. If it doesn't load, no
        # picture can be read.
        estimator = tools.estimator
        try:
            failures += work.finish(picture, image, requests, estimator.inspect_requests(requests))
        except (InputError, OSError) as error:
            failures.append(explain(error))
    return failures


@dataclass(frozen=True, eq=False)
class _Work:
    """What is done with every picture."""

    inputs: Inputs
    tools: Tools
    out: Path
    joints: str | None
    animation: Animation
    volumes: bool

    def prepare(self, picture: Path, boxes: Sequence[Box]) -> tuple[np.ndarray, list[Request]]:
        """Read the picture and say what to look at; InputError if picture, box or camera cannot be."""
        image = read_image(picture)
        name = str(picture.resolve())
        return image, self.inputs.requests(picture, image, boxes, self.tools.detector, name)

    def finish(
        self, picture: Path, image: np.ndarray, requests: Sequence[Request], inspections: Sequence["Inspection"]
    ) -> list[str]:
        """Write the files of the people who were found, or say that there are none.

        Returns a sentence for every further file that could not be made; InputError or OSError where the poses can't.
        """
        people = [inspection for inspection in inspections if inspection.result]
        if people:
            scores = [request.score for request, one in zip(requests, inspections, strict=True) if one.result]
            return self._save(picture, image, people, scores)
        if inspections:
            self._save_nobody(picture, image, inspections[0].result)
        else:
            self._save_nobody(picture, image, self.tools.estimator.nobody(Request(image, name=str(picture.resolve()))))
        return []

    def _save_nobody(self, picture: Path, image: np.ndarray, nobody: Nobody) -> None:
        from voxelpose.visualization import overlay, save_figure

        (stem,) = numbered_stems(self.out, picture, 1)
        save_figure(overlay([], image), with_ending(stem, OVERLAY))
        nobody.save(with_ending(stem, POSE))
        # What an earlier run left would show a skeleton beside a result that has none.
        remove_earlier(self.out, picture, [stem], nobody=True)
        why = (
            found_nobody(self.tools.detector)
            if nobody.presence is None
            else f"a person is there with probability {nobody.presence:.2f}, below {nobody.threshold:.2f}"
        )
        print(f"{picture.name}: nobody; {why}")
        print(f"Written: {stem}" + "{" + f"{POSE},{OVERLAY}" + "}")

    def _save(
        self, picture: Path, image: np.ndarray, people: Sequence["Inspection"], scores: Sequence[float | None]
    ) -> list[str]:
        from voxelpose.visualization import overlay, save_figure

        stems, failures = numbered_stems(self.out, picture, len(people)), []
        own = self.out / picture.stem
        save_figure(overlay([person.pose for person in people], image), with_ending(own, OVERLAY))
        for stem, person in zip(stems, people, strict=True):
            failures += self._save_person(stem, person)
        remove_earlier(self.out, picture, stems)
        if len(people) == 1:
            _show(picture, people[0].pose)
            print(f"Written: {own}" + "{" + ",".join(ENDINGS) + "}")
        else:
            _show_people(picture, [person.pose for person in people], scores)
            print(f"Written: {own}{OVERLAY}, {own}.N" + "{" + ",".join((POSE, SKELETON, VOLUME)) + "}")
        return failures

    def _save_person(self, stem: Path, person: "Inspection") -> list[str]:
        from voxelpose.visualization import save_figure, skeleton_views, volume_projections

        shown = chosen_joints(person.pose.skeleton, self.joints)
        names = person.pose.joint_names
        save_figure(skeleton_views(person.pose), with_ending(stem, SKELETON))
        projections = volume_projections(person.volumes[-1], person.crop_image, person.grid, shown, names)
        save_figure(projections, with_ending(stem, VOLUME))
        if self.volumes:
            stored = StoredVolumes(person.volumes, person.crop, person.grid, person.crop_image)
            save_volumes(with_ending(stem, VOLUMES_ENDING), person.pose, stored)
            print(f"Volumes stored: {with_ending(stem, VOLUMES_ENDING)}")
        person.pose.save(with_ending(stem, POSE))
        if not self.animation.formats:
            return []
        return self.animation.write(PoseSequence.from_poses([person.pose], [0.0], fps=1.0), stem)


def _show(picture: Path, pose: Pose3D) -> None:
    print(f"{picture.name}: {_summary(pose)}")
    Console().print(_table(pose))
    print(f"Joints in {pose.unit}, frame {pose.frame}")


def _show_people(picture: Path, poses: Sequence[Pose3D], scores: Sequence[float | None]) -> None:
    """One table for all, a person a row; the joints are in the files."""
    first = poses[0]
    print(
        f"{picture.name}: {len(poses)} people, from left to right (camera {first.camera_source}; "
        f"boxes {first.box_source}; model {first.model})"
    )
    table = Table(box=SIMPLE)
    for column in ("", "box x,y,w,h", "away m", "std mm", "inside", "presence", "detected"):
        table.add_column(column, justify="right", no_wrap=True)
    for number, (pose, score) in enumerate(zip(poses, scores, strict=True), start=1):
        spread = "" if pose.root_depth_std is None else f" +- {pose.root_depth_std / 1000:.2f}"
        table.add_row(
            str(number),
            ",".join(f"{value:.0f}" for value in pose.box),
            f"{pose.root_depth / 1000:.2f}{spread}",
            f"{np.sqrt((pose.std**2).sum(axis=1)).mean():.0f}",
            f"{(~pose.outside_crop).sum()}/{len(pose.outside_crop)}",
            "" if pose.presence is None else f"{pose.presence:.2f}",
            "" if score is None else f"{score:.2f}",
        )
    Console().print(table)


def _summary(pose: Pose3D) -> str:
    spread = "" if pose.root_depth_std is None else f" +- {pose.root_depth_std / 1000:.2f}"
    presence = "" if pose.presence is None else f", a person is there with probability {pose.presence:.2f}"
    return (
        f"{pose.joint_names[pose.skeleton.root]} {pose.root_depth / 1000:.2f}{spread} m away "
        f"({pose.root_depth_source}; camera {pose.camera_source}; box {pose.box_source}; model {pose.model}){presence}"
    )


def _table(pose: Pose3D) -> Table:
    table = Table(box=SIMPLE)
    table.add_column("joint", no_wrap=True)
    for column in ("x mm", "y mm", "z mm", "std mm", "confidence", "in the crop"):
        table.add_column(column, justify="right", no_wrap=True)
    spread = np.sqrt((pose.std**2).sum(axis=1))
    for joint, name in enumerate(pose.joint_names):
        numbers = [f"{value:.0f}" for value in (*pose.joints[joint], spread[joint])]
        where = "at the edge" if pose.outside_crop[joint] else "inside"
        table.add_row(Text(name), *numbers, f"{pose.confidence[joint]:.2f}", where)
    return table
