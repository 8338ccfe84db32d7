"""Optional packages: imported where they are needed, with one sentence where they are missing."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from voxelpose.errors import InputError


def optional(module: str, extra: str, purpose: str) -> ModuleType:
    """Import an optional package; without it an InputError says what to install.

    extra: the name in `pip install 'voxelpose[extra]'`; purpose: what needs it, e.g. "reading videos".
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise _missing(module, extra, purpose) from error


def require(module: str, extra: str, purpose: str) -> None:
    """As `optional`, without the import, which may take seconds."""
    if not installed(module):
        raise _missing(module, extra, purpose)


def installed(module: str) -> bool:
    """Whether a package could be imported."""
    return find_spec(module) is not None


def _missing(module: str, extra: str, purpose: str) -> InputError:
    return InputError(
        f"Expected the package {module.partition('.')[0]} for {purpose}. "
        f"Received: none installed; pip install 'voxelpose[{extra}]' brings it."
    )
