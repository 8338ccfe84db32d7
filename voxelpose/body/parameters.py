"""The numbers that a body is called with: which there are, how many, and what their sizes mean."""

from collections.abc import Mapping
from typing import Any

from voxelpose.body.model import BodyModel
from voxelpose.errors import InputError

# Numbers per joint of the three ways to write a rotation.
AXIS_ANGLE, SIX, MATRIX = 3, 6, 9


def check_parameters(body: BodyModel, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those that were given, in the body's order. InputError for unknown names, sizes of another model, both `pose`
    and one of its parts, or batches that differ.

    Shapes that are not known yet (None) are taken as right.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    known = ("betas", "expression", "face_units", "transl", "pose", *body.pose_groups)
    unknown = [name for name in given if name not in known]
    if unknown:
        raise InputError(f"Expected parameters among {', '.join(known)}. Received: {', '.join(unknown)}.")
    parts = [name for name in given if name in body.pose_groups]
    if "pose" in given and parts:
        raise InputError(f"Expected the pose whole or in parts. Received: pose and {', '.join(parts)}.")
    for name, value in given.items():
        _check_size(body, name, tuple(value.shape))
    batches = {name: value.shape[0] for name, value in given.items() if value.shape[0] not in (None, 1)}
    if len(set(batches.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in batches.items())
        raise InputError(f"Expected one number of bodies in all parameters. Received: {listed}.")
    return {name: given[name] for name in known if name in given}


def joints_of(body: BodyModel, name: str) -> tuple[int, ...]:
    """The joints that a pose parameter turns; `pose` turns all."""
    return tuple(range(body.joints)) if name == "pose" else tuple(body.pose_groups[name])


def hand_side(body: BodyModel, name: str, numbers: int) -> int | None:
    """0 or 1, which hand of the hand space `numbers` per body stand for; None if they are rotations."""
    space = body.hand_space
    if space is None or name not in space.groups or numbers >= AXIS_ANGLE * len(body.pose_groups[name]):
        return None
    return space.groups.index(name)


def _check_size(body: BodyModel, name: str, shape: tuple[int | None, ...]) -> None:
    if len(shape) < 2:
        raise InputError(f"Expected {name} with the bodies along its first axis. Received: shape {shape}.")
    if None in shape[1:]:
        return
    numbers = 1
    for length in shape[1:]:
        numbers *= length
    if name in ("betas", "expression", "face_units", "transl"):
        units = 0 if body.face_units is None else len(body.face_units.names)
        most = {"betas": body.shapes, "expression": body.expressions, "face_units": units, "transl": 3}[name]
        exact = name in ("face_units", "transl")
        if len(shape) != 2 or numbers > most or (exact and numbers != most):
            wanted = f"{name} (B, {most})" if exact else f"{name} (B, {most}) or fewer numbers"
            raise InputError(f"Expected {wanted} for {body.name}. Received: shape {shape}.")
        return
    joints = len(joints_of(body, name))
    if numbers in (AXIS_ANGLE * joints, SIX * joints, MATRIX * joints):
        return
    side = hand_side(body, name, numbers)
    if side is not None and numbers <= len(body.hand_space.names):
        return
    space = f", or up to {len(body.hand_space.names)} numbers of its hand space" if side is not None else ""
    raise InputError(
        f"Expected {name} of {joints} joints of {body.name} as (B, {AXIS_ANGLE * joints}) axis-angle, "
        f"(B, {SIX * joints}) 6D or (B, {MATRIX * joints}) matrices{space}. Received: shape {shape}."
    )
