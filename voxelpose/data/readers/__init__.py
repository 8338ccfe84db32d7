"""One small file per data set: from its own files to records, lazily, one person after the other.

Every reader is a function `read(source, part, **options)` that returns a `Dataset`; its keyword arguments are the
options that `voxelpose prepare` offers for it. `open_dataset` finds it by the name of the data set.
"""

from voxelpose.data.readers.catalogue import DATASETS, describe, open_dataset
from voxelpose.data.readers.dataset import Dataset

__all__ = ["DATASETS", "Dataset", "describe", "open_dataset"]
