"""Parametric bodies: one model class for the open body and for files of the SMPL family. NumPy alone, but `layer`."""

from voxelpose.body.files import load_body, save_body
from voxelpose.body.keypoints import keypoint_map, keypoints
from voxelpose.body.model import BodyModel
from voxelpose.body.numpy_body import NumpyBody
from voxelpose.body.open_body import open_body
from voxelpose.body.smpl import load_smpl

__all__ = ["BodyModel", "NumpyBody", "keypoint_map", "keypoints", "load_body", "load_smpl", "open_body", "save_body"]
