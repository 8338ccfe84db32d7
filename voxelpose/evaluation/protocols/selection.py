"""Which of some people a protocol measures on."""

import numpy as np

from voxelpose.errors import InputError
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.protocols.protocol import Protocol
from voxelpose.evaluation.protocols.table import fitting_protocols


def selected_rows(people: People, protocol: Protocol) -> np.ndarray:
    """Indices of those who take part. InputError for data of another kind, or where nobody is left."""
    if protocol.datasets and people.dataset not in protocol.datasets:
        fitting = ", ".join(other.name for other in fitting_protocols(people))
        raise InputError(
            f"The protocol {protocol.name} is for {', '.join(protocol.datasets)}. Received: {people.name}, which is "
            f"{people.dataset} and has the protocols {fitting}."
        )
    if protocol.parts and people.part not in protocol.parts:
        raise InputError(
            f"The protocol {protocol.name} is for the part {' or '.join(protocol.parts)} of {people.dataset}. "
            f"Received: {people.name}, which is the part {people.part or 'without a name'}."
        )
    tags, criteria = people.tags, _criteria(people, protocol)
    chosen = np.all(
        [np.isin(there, names) for names, there in criteria.values() if names] or [np.ones(len(people), bool)],
        axis=0,
    )
    if protocol.frame_step > 1:
        chosen &= _every(protocol.frame_step, tags.sequence, tags.camera, tags.frame)
    if not chosen.any():
        wanted = "; ".join(f"{key} {', '.join(names) or 'all'}" for key, (names, _) in criteria.items())
        there = "; ".join(f"{key} {_listed(names)}" for key, (_, names) in criteria.items())
        raise InputError(
            f"Nobody in {people.name} takes part in the protocol {protocol.name}. Expected {wanted}. Received: {there}."
        )
    return np.flatnonzero(chosen)


def missing_names(people: People, protocol: Protocol) -> dict[str, list[str]]:
    """Subjects, cameras and actions that the protocol asks for by name and none of these people has."""
    absent = {
        key: [name for name in wanted if name not in there]
        for key, (wanted, there) in _criteria(people, protocol).items()
    }
    return {key: names for key, names in absent.items() if names}


def _criteria(people: People, protocol: Protocol) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """What the protocol asks for, and what each of the people is."""
    tags = people.tags
    return {
        "subjects": (protocol.subjects, tags.subject),
        "cameras": (protocol.cameras, tags.camera),
        "actions": (protocol.actions, tags.action),
    }


def _every(step: int, sequence: np.ndarray, camera: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Frames whose number is a multiple of `step` beyond the first of their sequence and camera."""
    chosen = np.zeros(len(frame), bool)
    _, group = np.unique(np.stack([sequence, camera], axis=-1), axis=0, return_inverse=True)
    for number in range(group.max() + 1):
        rows = np.flatnonzero(group.ravel() == number)
        chosen[rows] = (frame[rows] - frame[rows].min()) % step == 0
    return chosen


def _listed(values: np.ndarray) -> str:
    names = [str(name) or "not told" for name in np.unique(values)]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
