"""The open body, which ships: CC0 data, SMPL-X's joints, hands, face and landmarks."""

from functools import cache

from voxelpose.assets import verified_asset
from voxelpose.body.files import load_body
from voxelpose.body.model import BodyModel

OPEN_ASSET = "bodies/open.npz"


@cache
def open_body() -> BodyModel:
    """19,158 vertices (13,492 of them skin), 55 joints in SMPL-X's order and T-pose, 16 shapes and a 17th that leads to
    the mean child, 10 expressions, 52 face units, 102 landmarks, levels "2k" (watertight) and "1k".

    Metres, y up, facing +z. The mean is of adults as tall as adults are; a beta is a standard deviation of them.
    Read once and kept: treat its arrays as constants.
    """
    return load_body(verified_asset(OPEN_ASSET))
