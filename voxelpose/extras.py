"""Optional packages: imported where they are needed, with one sentence where they are missing."""

from importlib import import_module
from types import ModuleType

from voxelpose.errors import InputError


def optional(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional package; without it an InputError says what to install.

    extra: the name in `pip install 'voxelpose[extra]'`; purpose: what needs it, e.g. "reading videos".
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(
            f"Expected the package {module.partition('.')[0]} for {purpose}. "
            f"Received: none installed; pip install 'voxelpose[{extra}]' brings it."
        ) from error
