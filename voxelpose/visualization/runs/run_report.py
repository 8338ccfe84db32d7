"""One page about one run, for a browser and without any other file: curves, predictions, configuration, machine."""

import base64
import html
import json
from collections.abc import Mapping, Sequence

from voxelpose.evaluation.metrics.directions import more_is_better
from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.run.logs import read_rows
from voxelpose.training.run.run_folder import RunFolder
from voxelpose.visualization.runs.curve_svg import curve_svg

_STYLE = """
:root { color-scheme: light dark; --ink: #222; --soft: #667; --line: #ccd; --page: #fff; --panel: #f6f7f9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6ea; --soft: #9aa; --line: #3a3d45; --page: #16181d; --panel: #1f2229; }
}
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 1120px;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
.soft { color: var(--soft); } .bar { height: 6px; border-radius: 3px; background: var(--line); margin: .7rem 0; }
.bar div { height: 100%; border-radius: 3px; background: #0072B2; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); gap: .8rem; }
figure { margin: 0; padding: .6rem .7rem; background: var(--panel); border-radius: 8px; }
figcaption { font-weight: 600; display: flex; justify-content: space-between; }
figcaption span { font-weight: 400; color: var(--soft); }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 10px; fill: var(--soft); }
img { max-width: 100%; background: #fff; border-radius: 8px; }
table { border-collapse: collapse; } td, th { padding: .2rem .9rem .2rem 0; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: var(--panel); padding: .8rem; border-radius: 8px; overflow: auto; font-size: 12.5px; }
"""


def run_report(folder: RunFolder, config: TrainingConfig, step: int, pictures: Mapping[str, bytes]) -> str:
    """The page as HTML.

    folder: whose log, configuration and environment are shown; step: steps done; pictures: PNG files by caption.
    """
    rows = read_rows(folder.csv)
    columns = _columns(rows)
    losses = {name: values for name, values in columns.items() if name.startswith("train/")}
    errors = {n: v for n, v in columns.items() if n not in losses and n not in ("step", "seconds")}
    seconds = float(rows[-1].get("seconds") or 0) if rows else 0.0
    parts = [
        _heading(config, step, seconds),
        _section("Held-out errors", _error_table(errors) + _curves(errors)),
        _section("Losses, mean of each epoch", _curves(losses)),
        _section("Predictions now", "".join(_picture(name, content) for name, content in pictures.items())),
        _section("Configuration", f"<pre>{html.escape(_text(folder.config_file))}</pre>"),
        _section("Environment", _environment(_text(folder.path / "environment.json"))),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(config.name)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _heading(config: TrainingConfig, step: int, seconds: float) -> str:
    total = config.schedule.steps
    network = html.escape(config.network.preset or "a network of its own")
    return (
        f"<h1>{html.escape(config.name)}</h1>"
        f'<div class="soft">{network} · step {step:,} of {total:,} · {_duration(seconds)} of training · '
        f"batches of {config.schedule.batch_size} · {config.precision}</div>"
        f'<div class="bar"><div style="width:{100 * min(1.0, step / total):.1f}%"></div></div>'
    )


def _section(title: str, content: str) -> str:
    return f"<h2>{title}</h2>{content}" if content else ""


def _error_table(errors: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    if not errors:
        return ""
    rows = []
    for name, points in errors.items():
        more = more_is_better(name)
        cells = ["", ""]
        if more is not None:
            best_step, best = (max if more else min)(points, key=lambda point: point[1])
            cells = [f"{best:.4g}", f"{best_step:,}"]
        numbers = "".join(f'<td class="number">{cell}</td>' for cell in (f"{points[-1][1]:.4g}", *cells))
        rows.append(f"<tr><td>{html.escape(name)}</td>{numbers}</tr>")
    return f"<table><tr><th></th><th>now</th><th>best</th><th>at step</th></tr>{''.join(rows)}</table><p></p>"


def _curves(columns: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    figures = [
        f"<figure><figcaption>{html.escape(name)}<span>{points[-1][1]:.4g}</span></figcaption>{curve_svg(points)}</figure>"
        for name, points in columns.items()
    ]
    return f'<div class="grid">{"".join(figures)}</div>' if figures else ""


def _picture(name: str, content: bytes) -> str:
    encoded = base64.b64encode(content).decode()
    return f'<p><img alt="predictions on {html.escape(name)}" src="data:image/png;base64,{encoded}"></p>'


def _environment(text: str) -> str:
    values = json.loads(text) if text else {}
    flat = {name: value for name, value in values.items() if name != "libraries"} | values.get("libraries", {})
    rows = [
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(_words(value))}</td></tr>" for name, value in flat.items()
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _words(value) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _columns(rows: Sequence[Mapping[str, str]]) -> dict[str, list[tuple[int, float]]]:
    """(step, value) pairs of every column of the log, where there is a value."""
    columns: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        for name, text in row.items():
            if text:
                columns.setdefault(name, []).append((int(row["step"]), float(text)))
    return columns


def _text(path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
