"""The report of an evaluation: numbers, and everything that says how they were made. JSON, Markdown, terminal."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from voxelpose.evaluation.metrics.measures import MEASURES
from voxelpose.evaluation.metrics.scores import Score
from voxelpose.evaluation.protocols.protocol import Protocol
from voxelpose.files import write_text
from voxelpose.reading.guard import guarded
from voxelpose.reading.json_text import read_json

SCHEMA = "voxelpose.evaluation"
SCHEMA_VERSION = 1
# Names of fields in files, where they differ.
_STORED_NAMES = {"cell_centres": "floor"}
# what must be known of each part of a report
_KEYS = {
    "protocol": {f.name for f in fields(Protocol)},
    "predictor": {"name"},
    "data": {"name", "dataset", "part", "sha256", "people", "sequences", "not_in_protocol", "missing", "skipped"},
}


@dataclass(frozen=True)
class Report:
    """An evaluation.

    protocol: every field of the Protocol. predictor: what was scored (name, weights' SHA-256, how it was read).
    data: name, data set, SHA-256 of its labels or manifest, counts. joints: those scored; left_out: those of the
    protocol that prediction or truth lack. scores: the headline first; cell_centres: the same for a network that puts
    every joint into the right cell, empty where that is not known; in the file they are called floor. diagnosis: see
    `voxelpose.evaluation.reports.diagnosis`.
    """

    protocol: Mapping[str, Any]
    predictor: Mapping[str, Any]
    data: Mapping[str, Any]
    joints: Sequence[str]
    left_out: Sequence[str]
    scores: Sequence[Score]
    cell_centres: Sequence[Score] = ()
    diagnosis: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        values = {_STORED_NAMES.get(name, name): value for name, value in asdict(self).items()}
        return {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, **values}

    def save(self, path: str | os.PathLike) -> None:
        """Write JSON, whole or not at all."""
        write_text(path, json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Report":
        """Read what `save` wrote; InputError if it is missing, damaged or something else."""
        with guarded(path, "a report of `voxelpose evaluate` (.json)"):
            content = read_json(path, "a report of `voxelpose evaluate` (.json)")
            found = (content.pop("schema", None), content.pop("schema_version", None))
            if found != (SCHEMA, SCHEMA_VERSION):
                raise ValueError(f"its schema is {found[0]}, version {found[1]}")
            scores = {
                name: [Score(**score) for score in content.pop(_STORED_NAMES.get(name, name))]
                for name in ("scores", "cell_centres")
            }
            for part, keys in _KEYS.items():
                absent = sorted(keys - content.get(part, {}).keys())
                if absent:
                    raise ValueError(f"its {part} lacks {', '.join(absent)}")
            return cls(**content, **scores)


def markdown(report: Report) -> str:
    """The whole report as Markdown."""
    parts = [
        f"# {report.predictor['name']} on {report.data['name']}, protocol {report.protocol['name']}",
        "\n".join(f"- {line}" for line in facts(report)),
        markdown_table(SCORE_COLUMNS, score_rows(report)),
    ]
    parts += [f"## {title}\n\n{markdown_table(header, rows)}" for title, header, rows in diagnoses(report)]
    parts += [f"## Per {header[0]}\n\n{markdown_table(header, rows)}" for header, rows in breakdowns(report)]
    return "\n\n".join(parts) + "\n"


SCORE_COLUMNS = ("metric", "value", "95% interval", "cell centres", "of")


def score_rows(report: Report) -> list[tuple[str, ...]]:
    """One row of text per metric, see SCORE_COLUMNS."""
    at_centres = {score.metric: score for score in report.cell_centres}
    rows = []
    for score in report.scores:
        interval = "" if score.low is None else f"{score.low:.1f} to {score.high:.1f}"
        centre = f"{at_centres[score.metric].value:.1f}" if score.metric in at_centres else ""
        rows.append((_title(score), f"{score.value:.1f}", interval, centre, str(score.count)))
    headline = report.scores[0] if report.scores else None
    if headline is not None and headline.mean_of_actions is not None:
        # some papers count every action the same
        rows.insert(1, (f"{_title(headline)}, mean of actions", f"{headline.mean_of_actions:.1f}", "", "", ""))
    return rows


def breakdowns(report: Report) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Header and rows of the means per group, per joint and per limb: a line per name, a column per metric."""
    groups = dict.fromkeys(key for score in report.scores for key in score.groups)
    limbs = [score for score in report.scores if MEASURES[score.metric].limbs]
    joints = [score for score in report.scores if not MEASURES[score.metric].limbs]
    tables = [_breakdown(key, [(score, score.groups[key]) for score in report.scores]) for key in groups]
    tables += [
        _breakdown(key, [(s, s.columns) for s in scores]) for key, scores in (("joint", joints), ("limb", limbs))
    ]
    return [table for table in tables if table[1]]


def diagnoses(report: Report) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Title, header and rows of what the diagnosis found."""
    found = report.diagnosis
    tables = []
    if found.get("parts"):
        rows = [(part["name"], f"{part['alone']:.1f}", f"{part['gain']:.1f}") for part in found["parts"]]
        tables.append(
            ("Parts of the error", ("part", "MPJPE if only this were wrong", "gain if this were right"), rows)
        )
    if found.get("swapped_sides"):
        rows = [(kind, f"{100 * rate:.1f}") for kind, rate in found["swapped_sides"].items()]
        tables.append(("Left and right swapped", ("joints", "% of people"), rows))
    if found.get("calibration"):
        promised = [f"in the {100 * share:.0f}% interval" for share in found["calibration"][0]["promised"]]
        rows = [
            (one["axis"], *(f"{100 * share:.1f}" for share in one["coverage"]), f"{one['scale']:.2f}")
            for one in found["calibration"]
        ]
        tables.append(("Errors in the stated intervals, %", ("axis", *promised, "variance should be times"), rows))
    return tables


def _breakdown(key: str, tables: Sequence[tuple[Score, Mapping[str, float]]]):
    names = dict.fromkeys(name for _, table in tables for name in table)
    header = (key, *(MEASURES[score.metric].title for score, _ in tables))
    return header, [(n, *(f"{table[n]:.1f}" if n in table else "" for _, table in tables)) for n in names]


def facts(report: Report) -> list[str]:
    """How the numbers were made, a sentence each."""
    protocol, data = report.protocol, report.data
    chosen = "; ".join(f"{name} {', '.join(protocol[name]) or 'all'}" for name in ("subjects", "cameras", "actions"))
    lacking = f", without {', '.join(report.left_out)}, which are not there" if report.left_out else ""
    aligned = f"; relative to the {protocol['root']}; root depth: {protocol['root_depth']}" if protocol["root"] else ""
    part = f", {data['part']}" if data["part"] else ""
    skipped = "".join(f"; left out, {reason}: {count}" for reason, count in data["skipped"].items())
    missing = "; ".join(f"{key} {', '.join(names)}" for key, names in data["missing"].items())
    cells = (
        "Cell centres: what a network would score that puts every joint into the right cell of its finest grid and "
        "answers the cell's centre, with the true root depth. The mean of a likelihood can be nearer."
    )
    return [
        f"Protocol {protocol['name']}: {protocol['about']}",
        f"It takes {chosen}; frame step {protocol['frame_step']}; {len(report.joints)} joints{lacking}{aligned}",
        f"Data: {data['name']} ({data['dataset']}{part}), SHA-256 {data['sha256']}; {data['people']} people in "
        f"{data['sequences']} sequences scored, {data['not_in_protocol']} not in the protocol{skipped}",
        "Predictions: " + "; ".join(f"{key.replace('_', ' ')} {value}" for key, value in report.predictor.items()),
        *([f"INCOMPLETE: the protocol asks for what is not in the data: {missing}."] if missing else []),
        *([cells] if report.cell_centres else []),
    ]


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table of text; the first column to the left, the others to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _title(score: Score) -> str:
    return f"{MEASURES[score.metric].title} [{MEASURES[score.metric].unit}]"
