"""The data sets by name, and how the options of their readers are written on a command line."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from voxelpose.data.readers.dataset import Dataset
from voxelpose.errors import InputError

_HERE = "voxelpose.data.readers"

# name -> module, function, and what it reads.
DATASETS: Mapping[str, tuple[str, str, str]] = {
    "h36m-authors": (f"{_HERE}.human36m.authors", "read", "Human3.6M as Pavlakos et al. released it (.h5, .mat)"),
    "h36m-fetch": (f"{_HERE}.human36m.fetch", "read", "Human3.6M as h36m-fetch lays it out (annot.h5)"),
    "h36m-npz": (f"{_HERE}.human36m.npz", "read", "Human3.6M as data_3d_h36m.npz with cameras.pkl"),
    "h36m-small": (f"{_HERE}.small_npz", "read_h36m", "Human3.6M in mmpose's small .npz"),
    "mpi-inf-3dhp": (f"{_HERE}.mpi_inf_3dhp", "read", "MPI-INF-3DHP, official (annot.mat, annot_data.mat)"),
    "mpi-inf-3dhp-small": (f"{_HERE}.small_npz", "read_3dhp", "MPI-INF-3DHP in mmpose's small .npz"),
    "3dpw": (f"{_HERE}.pw3d", "read", "3DPW, official sequence pickles"),
    "humaneva": (f"{_HERE}.humaneva", "read", "HumanEva-I, converted joints with official cameras and videos"),
    "kth-football": (f"{_HERE}.kth", "read", "KTH Multiview Football II"),
    "mpii": (f"{_HERE}.mpii", "read_official", "MPII, official .mat"),
    "mpii-h5": (f"{_HERE}.mpii", "read_h5", "MPII in the hourglass .h5"),
    "mpii-json": (f"{_HERE}.mpii", "read_json", "MPII in the JSON of the simple baselines"),
    "coco": (f"{_HERE}.coco", "read", "COCO keypoints"),
    "lsp": (f"{_HERE}.lsp", "read_lsp", "Leeds Sports Pose"),
    "lspet": (f"{_HERE}.lsp", "read_lspet", "Leeds Sports Pose Extended"),
    "lspet-packed": (f"{_HERE}.lsp", "read_packed", "Leeds Sports Pose Extended in one .npz"),
    "exercises-packed": (f"{_HERE}.exercises", "read", "people exercising, labelled by two networks, in one .npz"),
    "own": (f"{_HERE}.own", "read", "your own people.jsonl"),
}


def open_dataset(
    name: str,
    source: Path,
    part: str,
    options: Mapping[str, str],
    datasets: Mapping[str, tuple[str, str, str]] = DATASETS,
) -> tuple[Dataset, dict[str, Any]]:
    """A data set that was found and is about to be read, and its options with their defaults.

    options: texts, as a command line gives them.

    InputError for an unknown data set or option, and for whatever the reader finds wrong.
    """
    _, read = _reader(name, datasets)
    values = {**_defaults(read), **{key: _typed(name, read, key, text) for key, text in options.items()}}
    return read(Path(source), part, **values), values


def describe(name: str, datasets: Mapping[str, tuple[str, str, str]] = DATASETS) -> str:
    """What a reader reads, its parts and its options with their defaults; InputError for an unknown data set."""
    module, read = _reader(name, datasets)
    options = [f"  {key}={default}" for key, default in _defaults(read).items()]
    return "\n".join([module.__doc__.strip(), "", inspect.getdoc(read), "", "options:", *(options or ["  (none)"])])


def _reader(name: str, datasets: Mapping[str, tuple[str, str, str]]):
    if name not in datasets:
        raise InputError(f"Expected a data set among {', '.join(datasets)}. Received: {name}.")
    module = import_module(datasets[name][0])
    return module, getattr(module, datasets[name][1])


def _defaults(read) -> dict[str, Any]:
    return {key: parameter.default for key, parameter in _options(read).items()}


def _options(read) -> dict[str, inspect.Parameter]:
    return dict(list(inspect.signature(read).parameters.items())[2:])


def _typed(name: str, read, key: str, text: str) -> Any:
    known = _options(read)
    if key not in known:
        raise InputError(f"Expected an option of {name} among {', '.join(known) or '(none)'}. Received: {key}.")
    kind = known[key].annotation
    try:
        return _BOOLEANS[text.lower()] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise InputError(f"Expected {key} of {name} to be a {kind.__name__}. Received: {text}.") from None


_BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
