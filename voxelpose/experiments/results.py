"""What is kept of a run: one small JSON file, enough for every table, interval and plot of the report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from voxelpose.errors import InputError
from voxelpose.experiments.suite import Run, Suite, suite_from, suite_text
from voxelpose.files import write_text
from voxelpose.reading.guard import guarded
from voxelpose.reading.json_text import read_json

SCHEMA, VERSION = "voxelpose.ablation", 1
# Names of fields in files, where they differ: results are read by whoever has an older version, and the reverse.
_STORED_NAMES = {"scores": "readings"}
_SUITE_ENDING, _RESULT_ENDING = ".suite.json", ".result.json"


@dataclass(frozen=True)
class Scores:
    """Errors of one way to decode a network.

    metrics: by the names of `evaluation.measures`, over all joints of all people; people_mm: each person's MPJPE,
    rounded to a millimetre, in the order of the data.
    """

    metrics: Mapping[str, float]
    people_mm: Sequence[int]


@dataclass(frozen=True)
class Measurement:
    """What a run was measured to do on some people. test: name, SHA-256 of the labels, protocol, number of people;
    scores: by decoder."""

    test: Mapping[str, Any]
    scores: Mapping[str, Scores]


@dataclass(frozen=True)
class Result:
    """A run that is finished.

    fingerprint: see `configs.fingerprint`; examples: steps times batch size; train_seconds: of the training loop;
    parameters: trainable ones if nothing were frozen, of all networks that are needed; gmac: multiply-accumulates of
    one picture in 1e9. test, scores: as of `Measurement`, on the suite's test people. machine: what it was trained
    with. further: the same on others, by the name that the suite has for them.
    """

    suite: str
    variant: str
    seed: int
    fingerprint: str
    steps: int
    examples: int
    train_seconds: float
    parameters: int
    gmac: float
    test: Mapping[str, Any]
    scores: Mapping[str, Scores]
    machine: Mapping[str, Any]
    further: Mapping[str, Measurement] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        return Run(self.variant, self.seed)

    def save(self, folder: Path) -> Path:
        """Write it into the folder of results, whole or not at all; returns where."""
        path = result_path(folder, self.suite, self.run)
        content = {_STORED_NAMES.get(name, name): value for name, value in asdict(self).items()}
        content["further"] = {
            name: {"test": measured["test"], "readings": measured["scores"]}
            for name, measured in content["further"].items()
        }
        content = {"schema": SCHEMA, "schema_version": VERSION, **content}
        write_text(path, _compact(json.dumps(content, indent=1)) + "\n")
        return path

    @classmethod
    def load(cls, path: Path) -> "Result":
        """Read what `save` wrote; InputError if it is damaged or something else."""
        with guarded(path, "a result of `voxelpose ablation run`"):
            content = read_json(path, "a result of `voxelpose ablation run`")
            found = (content.pop("schema", None), content.pop("schema_version", None))
            if found != (SCHEMA, VERSION):
                raise ValueError(f"its schema is {found[0]}, version {found[1]}")
            further = {
                name: Measurement(measured["test"], _scores(measured["readings"]))
                for name, measured in content.pop("further", {}).items()
            }
            scores = _scores(content.pop("readings"))
            return cls(**content, scores=scores, further=further)


def _scores(content: Mapping[str, Any]) -> dict[str, Scores]:
    return {name: Scores(**scores) for name, scores in content.items()}


def result_path(folder: Path, suite: str, run: Run) -> Path:
    """Where the result of a run lies."""
    return Path(folder) / f"{suite}.{run.name}{_RESULT_ENDING}"


def save_suite(folder: Path, suite: Suite) -> None:
    """Write the suite beside its results, so that a report can say what is missing."""
    write_text(Path(folder) / f"{suite.name}{_SUITE_ENDING}", suite_text(suite))


def load_results(folder: Path) -> list[tuple[Suite, list[Result]]]:
    """Every suite in a folder with those of its results that are there; InputError where there is none."""
    paths = sorted(Path(folder).glob(f"*{_SUITE_ENDING}"))
    if not paths:
        raise InputError(f"Expected a folder that `voxelpose ablation run` wrote results into. Received: {folder}.")
    found = []
    for path in paths:
        suite = suite_from(read_json(path, "the suite of an ablation"), str(path))
        results = [Result.load(each) for each in sorted(Path(folder).glob(f"{suite.name}.*{_RESULT_ENDING}"))]
        found.append((suite, [one for one in results if one.suite == suite.name and one.variant in suite.variants]))
    return found


def _compact(text: str) -> str:
    """Indented JSON whose lists of numbers stand on one line each."""
    lines, inside = [], False
    for line in text.split("\n"):
        if inside:
            lines[-1] += line.strip()
            inside = not line.strip().startswith("]")
        else:
            lines.append(line)
            inside = line.endswith("[")
    return "\n".join(lines)
