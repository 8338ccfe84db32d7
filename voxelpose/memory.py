"""Memory of this process and of the machine, as Linux tells it."""

from pathlib import Path

from voxelpose.errors import InputError

_STATUS = Path("/proc/self/status")
_PEAK_RESET = Path("/proc/self/clear_refs")
_MACHINE = Path("/proc/meminfo")


def memory_mib(field: str) -> float:
    """Memory of this process in MiB: "VmRSS" is what it holds now, "VmHWM" the most it ever held. Linux only."""
    return _field(_STATUS, field)


def available_mib() -> float:
    """MiB that programs may still take on this machine. Linux only."""
    return _field(_MACHINE, "MemAvailable")


def forget_peak() -> None:
    """Lets "VmHWM" start again from what is held now."""
    try:
        _PEAK_RESET.write_text("5")
    except OSError as error:
        raise InputError(f"Peak memory is reset through {_PEAK_RESET}, which this system refuses.") from error


def _field(path: Path, name: str) -> float:
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise InputError(f"Memory is read from {path}, which this system lacks: run it on Linux.") from error
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name + ":"))
