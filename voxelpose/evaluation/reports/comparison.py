"""Two reports side by side, if their numbers mean the same."""

from collections.abc import Sequence

from voxelpose.errors import InputError
from voxelpose.evaluation.metrics.measures import MEASURES
from voxelpose.evaluation.reports.report import Report

COLUMNS = ("metric", "first", "95% interval", "second", "95% interval", "difference")

# of the differences between protocols, in a refusal; and characters of each side
_SHOWN, _LONGEST = 3, 60


def differences(first: Report, second: Report) -> list[str]:
    """What keeps the numbers of two reports from meaning the same, a phrase each: protocol, joints, data."""
    fields = sorted((first.protocol.keys() | second.protocol.keys()) - {"about"}, key=lambda field: field != "name")
    differing = [
        f"{field} of the protocol: {_short(first.protocol.get(field))} and {_short(second.protocol.get(field))}"
        for field in fields
        if first.protocol.get(field) != second.protocol.get(field)
    ]
    if list(first.joints) != list(second.joints):
        only = sorted(set(first.joints) ^ set(second.joints))
        differing.append(f"joints scored: {', '.join(only)} in one of them only")
    return differing


def data_differences(first: Report, second: Report) -> list[str]:
    """How the data of two reports differ, a phrase each."""
    return [
        f"{name} of the data: {first.data[key]} and {second.data[key]}"
        for key, name in (("dataset", "kind"), ("sha256", "SHA-256"), ("people", "number"), ("missing", "gaps"))
        if first.data[key] != second.data[key]
    ]


def compare(first: Report, second: Report, across_protocols: bool = False) -> list[tuple[str, ...]]:
    """A row of text per metric that both have, see COLUMNS.

    InputError if their protocols differ or other joints were scored, unless `across_protocols` asks for it, and if they
    have no metric in common.
    """
    differing = differences(first, second)
    if differing and not across_protocols:
        raise InputError(
            "Expected two reports of the same protocol. Received: reports that differ in the "
            + "; the ".join(differing[:_SHOWN])
            + (f"; and {len(differing) - _SHOWN} things more" if len(differing) > _SHOWN else "")
            + ". Ask for it with --across-protocols."
        )
    others = {score.metric: score for score in second.scores}
    rows = [
        (
            f"{MEASURES[one.metric].title} [{MEASURES[one.metric].unit}]",
            f"{one.value:.1f}",
            _interval(one),
            f"{others[one.metric].value:.1f}",
            _interval(others[one.metric]),
            f"{others[one.metric].value - one.value:+.1f}",
        )
        for one in first.scores
        if one.metric in others
    ]
    if not rows:
        raise InputError("Expected two reports with a metric in common. Received: reports without.")
    return rows


def _interval(score) -> str:
    return "" if score.low is None else f"{score.low:.1f} to {score.high:.1f}"


def _short(value) -> str:
    words = isinstance(value, Sequence) and not isinstance(value, str)
    text = (", ".join(map(str, value)) or "all") if words else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
