"""`voxelpose train CONFIG --dry-run`: what a run would be, told before it begins."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.preflight.rehearsal import Preflight, rehearse


def preflight(config: TrainingConfig, console: Console) -> int:
    """Rehearse the run, print what was found and write the sheet of examples; returns 0."""
    from voxelpose.visualization.figures.style import save_figure
    from voxelpose.visualization.sheets.example_sheet import example_sheet

    def log(text: str) -> None:
        console.print(text, soft_wrap=True, markup=False, highlight=False)

    found = rehearse(config, log)
    sheet = Path(config.output) / f"{config.name}-preflight.png"
    figure = example_sheet(found.batch, found.example_names, found.skeleton)
    save_figure(figure, sheet)
    console.print(_sources(found))
    console.print(_costs(config, found))
    log(f"sheet of the first batch: {sheet}")
    for warning in found.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, markup=False, highlight=False, style="yellow")
    log("nothing looks wrong" if not found.warnings else f"{len(found.warnings)} to look at before the run begins")
    return 0


def _sources(found: Preflight) -> Table:
    table = Table("source", "examples", "of a batch", "with a person", "with depth", title="what it learns from")
    for source in found.sources:
        table.add_row(
            Text(source.name),
            f"{source.count:,}",
            str(source.per_batch),
            f"{source.people:.0%}",
            f"{source.with_depth:.0%}",
        )
    return table


def _costs(config: TrainingConfig, found: Preflight) -> Table:
    costs, schedule = found.costs, config.schedule
    rate = schedule.batch_size / costs.step_s
    epochs = schedule.steps / schedule.steps_per_epoch
    table = Table("what", "how much", title="what it costs here", show_header=False)
    table.add_row("network", f"{found.parameters:,} trained parameters, {found.gmac:.3g} GMAC per image")
    table.add_row("first step", f"{costs.first_s:.1f} s, with compilation")
    table.add_row("step", f"{costs.step_s:.3g} s for {schedule.batch_size} examples: {rate:.1f} examples/s")
    table.add_row("a batch", f"{costs.batch_s:.3g} s by one of {config.data.workers} workers")
    table.add_row("epoch", f"{_time(costs.epoch_s)}, of which {costs.evaluation_s:.1f} s measure and save")
    table.add_row("the whole run", f"{_time(costs.epoch_s * epochs)} for {schedule.steps:,} steps{_limit(config)}")
    table.add_row("memory of a step", _memory(found))
    if costs.process_mib is not None and costs.available_mib is not None:
        table.add_row("memory in all", f"{costs.process_mib:,.0f} MiB, {costs.available_mib:,.0f} MiB more are free")
    table.add_row("disk", f"{costs.disk_mib:,.0f} MiB, {costs.free_mib:,.0f} MiB are free")
    return table


def _memory(found: Preflight) -> str:
    estimate, measured = found.costs.estimate, found.costs.measured_mib
    parts = f"weights {estimate.weights:,.0f}, activations {estimate.activations:,.0f}"
    told = "" if measured is None else f"; measured {measured:,.0f} MiB"
    return f"estimated {estimate.total:,.0f} MiB ({parts}){told}"


def _limit(config: TrainingConfig) -> str:
    minutes = config.schedule.minutes
    return "" if minutes is None else f", but no more than {minutes:g} minutes"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
