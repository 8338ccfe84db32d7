"""Any result from its file: which of them it is stands in it."""

import os

from voxelpose.errors import InputError
from voxelpose.results.files import read_json
from voxelpose.results.nobody import Nobody
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import PoseSequence


def read_result(path: str | os.PathLike) -> Pose3D | Nobody | PoseSequence:
    """The result in a .json or .npz file; raises InputError if it is missing, damaged or something else."""
    if str(path).endswith(".npz"):
        return PoseSequence.load(path)
    content = read_json(path, "result")
    # A sequence has its schema among its facts.
    if isinstance(content, dict) and "facts" in content:
        return PoseSequence.from_json(content, str(path))
    schema = content.get("schema") if isinstance(content, dict) else None
    for kind in (Pose3D, Nobody):
        if schema == kind.SCHEMA:
            return kind.from_dict(content, str(path))
    raise InputError(f"{path} is not a voxelpose result. Expected a pose, a sequence or nobody.")
