"""Parametric bodies: one model class for the open body and for files of the SMPL family. NumPy alone, but `layer`."""

from voxelpose.body.files import load_body, save_body
from voxelpose.body.model import BodyModel
from voxelpose.body.numpy_body import NumpyBody

__all__ = ["BodyModel", "NumpyBody", "load_body", "save_body"]
