"""The report of an ablation, made of what is stored: tables, plots, a verdict per claim; right for partial results."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from voxelpose.evaluation.reports.report import markdown_table
from voxelpose.experiments.reports.findings import OPEN, Findings, Verdict
from voxelpose.experiments.reports.plots import draw
from voxelpose.experiments.reports.statistics import Estimate
from voxelpose.experiments.results import load_results
from voxelpose.experiments.suite import DECODER_NAMES
from voxelpose.files import write_text

_NONE = "missing"
# The paper's own numbers, as far as a table that we have read quotes them; what is only remembered is left out.
# Pavlakos, Zhou, Derpanis, Daniilidis, CVPR 2017, arXiv 1611.07828.
_PAPER = (
    "Pavlakos et al. 2017 (arXiv 1611.07828) on Human3.6M, trained on S1 and S5 to S8, tested on S9 and S11, as later "
    "papers' tables quote it"
)
_PAPER_CAVEAT = (
    "Other data and another size: what beats what can be compared, millimetres cannot. Its numbers for coordinate "
    "regression, single volumes, stacks without coarse to fine and the decoupled network are in none of those tables "
    "and are not given here."
)
_PAPER_NUMBERS = (
    ("two hourglasses, (1, 64)", "69.8"),
    ("final network, mean over frames", "71.9"),
    ("final network, after Procrustes", "51.9"),
)


def write_report(results: Path, out: Path) -> list[Path]:
    """Write the Markdown and its plots beside it; returns their paths, the Markdown first."""
    parts, plots = ["# Ablation", _HOW_TO_READ], []
    for suite, stored in load_results(results):
        findings = Findings(suite, stored)
        parts += section(findings)
        for figure in suite.figures:
            path = out.with_name(f"{out.stem}-{suite.name}-{figure.name}.png")
            draw(findings, figure, path)
            plots.append(path)
            parts.append(f"![{figure.title}]({path.name})")
    parts += ["## The paper's numbers", f"{_PAPER}. {_PAPER_CAVEAT}"]
    parts.append(markdown_table(("network", "MPJPE, mm"), _PAPER_NUMBERS))
    write_text(out, "\n\n".join(parts) + "\n")
    return [out, *plots]


_HOW_TO_READ = """\
Made by `voxelpose ablation report` of the stored results alone. Errors are MPJPE in mm over all joints, relative to the
root, with its true depth. An interval over trainings is Student's t at 95 %, from three trainings on; one over people
is a bootstrap over those who were measured on and knows nothing of how trainings differ. A verdict comes from the
interval of the ratio of errors over pairs of trainings with the same seed, three at least."""


def section(findings: Findings) -> list[str]:
    """Everything about one suite, as paragraphs of Markdown."""
    suite, done, missing = findings.suite, findings.all_results, findings.missing()
    state = f"{len(done)} of {findings.planned} trainings are done."
    if missing:
        state += f" **Missing: {', '.join(missing)}.**"
    parts = [f"## Suite {suite.name}", suite.about, f"Tuning: {suite.tuning}", state]
    if done:
        test = done[0].test
        parts.append(f"Measurement on {test['people']} people of {test['name']}, protocol {test['protocol']}.")
    if suite.claims:
        parts += ["### Claims", "\n".join(f"- {claim_line(findings.verdict(claim))}" for claim in suite.claims)]
    if suite.remarks:
        parts.append(suite.remarks.strip())
    parts += ["### Variants", _variant_table(findings)]
    if len(findings.decoders()) > 1:
        parts += ["### Ways to read them", _decoder_table(findings)]
    if findings.further_people():
        parts += ["### On other people", _further_table(findings)]
    return parts


def claim_line(verdict: Verdict) -> str:
    """One claim, what our numbers say of it, and what the paper has."""
    claim, why = verdict.claim, f" ({verdict.why})" if verdict.why else ""
    read = "" if claim.decoder is None else f", read as the {DECODER_NAMES[claim.decoder]}"
    line = f"{claim.claim} Here{read}: **{verdict.verdict}**{why}"
    if verdict.ratio is not None:
        line += f"; {claim.better} {verdict.better:.1f} mm, {claim.worse} {verdict.worse:.1f} mm, "
        line += f"ratio {_ratio(verdict.ratio)}"
        line += f", {verdict.ratio.count} {'pair' if verdict.ratio.count == 1 else 'pairs'}"
    if verdict.verdict == OPEN and verdict.ratio is None:
        line += "; nothing to compare"
    return line + "." + (f" Paper: {claim.paper}." if claim.paper else "")


def _ratio(ratio: Estimate) -> str:
    return f"{ratio.mean:.3f}" + (f" ({ratio.low:.3f} to {ratio.high:.3f})" if ratio.count > 1 else "")


def _variant_table(findings: Findings) -> str:
    header = (
        "variant", "what", "trainings", "MPJPE", "95 % interval", "over", "PA-MPJPE", "error in z", "examples",
        "minutes", "parameters, M", "GMAC",
    )  # fmt: skip
    return markdown_table(header, [_row(findings, name) for name in findings.suite.variants])


def _row(findings: Findings, name: str) -> tuple[str, ...]:
    suite, error = findings.suite, findings.error(name)
    trainings = list(findings.results[name].values())
    about = (name, suite.variants[name].about, f"{len(trainings)} of {suite.seeds_of(name)}")
    if error is None:
        return (*about, _NONE, *[""] * 8)
    aligned, z = (findings.error(name, metric=metric) for metric in ("pa_mpjpe", "error_z"))
    minutes = sum(one.train_seconds for one in trainings) / len(trainings) / 60
    return (
        *about, f"{error.mean:.1f}", f"{error.low:.1f} to {error.high:.1f}", error.over, f"{aligned.mean:.1f}",
        f"{z.mean:.1f}", f"{trainings[0].examples:,}", f"{minutes:.1f}", f"{trainings[0].parameters / 1e6:.2f}",
        f"{trainings[0].gmac:.3f}",
    )  # fmt: skip


def _decoder_table(findings: Findings) -> str:
    decoders = findings.decoders()
    rows: list[Sequence[str]] = []
    for name in findings.suite.variants:
        found = [findings.error(name, decoder) for decoder in decoders]
        if any(found):
            rows.append((name, *("" if one is None else f"{one.mean:.1f}" for one in found)))
    return markdown_table(("MPJPE", *(DECODER_NAMES[decoder] for decoder in decoders)), rows)


def _further_table(findings: Findings) -> str:
    """MPJPE and PA-MPJPE per group of further people, and over all of them where there are several groups."""
    counts = findings.further_people()
    header = ["MPJPE, PA-MPJPE", "trainings", *(f"{name} ({count})" for name, count in counts.items())]
    header += [f"all ({sum(counts.values())})"] if len(counts) > 1 else []
    rows = []
    for variant, runs in findings.results.items():
        errors = {
            name: [findings.further_error(variant, name, metric) for metric in ("mpjpe", "pa_mpjpe")] for name in counts
        }
        if any(pair[0] is not None for pair in errors.values()):
            trainings = sum(bool(one.further) for one in runs.values())
            rows.append((variant, str(trainings), *_pairs(list(errors.values()), list(counts.values()))))
    return markdown_table(header, rows)


def _pairs(errors: Sequence[Sequence[float | None]], counts: Sequence[int]) -> list[str]:
    cells = [_NONE if pair[0] is None else f"{pair[0]:.1f}, {pair[1]:.1f}" for pair in errors]
    if len(counts) > 1:
        whole = all(pair[0] is not None for pair in errors)
        mean = np.average(np.array(errors, float), axis=0, weights=counts)
        cells.append(f"{mean[0]:.1f}, {mean[1]:.1f}" if whole else _NONE)
    return cells
