"""The page of a run says what the run's files say, stands alone, and its curves lie where the values do."""

import json
import re
from html.parser import HTMLParser

import pytest

from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.run.run_folder import RunFolder
from voxelpose.visualization.runs.curve_svg import curve_svg
from voxelpose.visualization.runs.run_report import run_report


@pytest.fixture
def config(tmp_path):
    return TrainingConfig.model_validate(
        {
            "name": "walk",
            "output": str(tmp_path),
            "network": {"preset": "tiny"},
            "loss": {"integral": 1.0},
            "data": {
                "train": [{"kind": "store", "path": "a"}],
                "heldout": [{"kind": "store", "path": "b"}],
            },
            "schedule": {"steps": 400, "steps_per_epoch": 100, "batch_size": 8},
        }
    )


@pytest.fixture
def folder(config):
    folder = RunFolder(config)
    folder.path.mkdir()
    folder.csv.write_text(
        "step,train/loss,set/mpjpe,set/pck,seconds\n100,2.5,300,0.1,60\n200,1.5,150,0.4,120\n300,1.25,160,0.3,3900\n"
    )
    folder.config_file.write_text("name: walk\nnote: <b>not bold</b>\n")
    environment = {"python": "3.13", "command": ["train", "a&b"], "libraries": {"keras": "3.15"}}
    (folder.path / "environment.json").write_text(json.dumps(environment))
    return folder


def cells(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]


def test_the_page_says_what_the_files_say(folder, config):
    page = run_report(folder, config, 300, {"set": b"\x89PNG"})
    assert "<h1>walk</h1>" in page and "step 300 of 400 · 1 h 05 min" in page and "width:75.0%" in page
    assert ["set/mpjpe", "160", "150", "200"] in cells(page)
    assert ["set/pck", "0.3", "0.4", "200"] in cells(page)  # of these, more is better
    assert ["keras", "3.15"] in cells(page) and ["command", "train a&amp;b"] in cells(page)
    assert "&lt;b&gt;not bold" in page and "data:image/png;base64,iVBORw==" in page
    assert page.count("<figure>") == 3 and "<title>step 200: 150</title>" in page


def test_the_page_needs_nothing_else(folder, config):
    page = run_report(folder, config, 300, {"set": b"\x89PNG"})
    sources = []

    class Finder(HTMLParser):
        def handle_starttag(self, tag, attributes):
            sources.extend(value for name, value in attributes if name in ("src", "href"))
            assert tag not in ("script", "link")

    Finder().feed(page)
    assert all(source.startswith("data:") for source in sources)


def test_a_run_that_has_just_begun_has_a_page(config):
    page = run_report(RunFolder(config), config, 0, {})
    assert "step 0 of 400" in page and "<figure>" not in page and "Predictions" not in page


def test_a_curve_lies_where_its_values_do():
    svg = curve_svg([(0, 0.0), (50, 10.0), (100, 5.0)])
    [points] = re.findall(r'<polyline points="([^"]+)"', svg)
    (x0, y0), (x1, y1), (x2, y2) = (tuple(map(float, pair.split(","))) for pair in points.split())
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y2 == pytest.approx((y0 + y1) / 2, abs=0.2) and y1 < y0
    assert re.findall(r'text-anchor="end">([\d.]+)</text>', svg)[:-1] == ["0", "5", "10"]


@pytest.mark.parametrize(
    ("points", "lines", "dots"),
    [([(5, 1.0)], 0, 1), ([(0, 1.0), (1, float("nan")), (2, 3.0), (3, 4.0)], 1, 3), ([(0, float("inf"))], 0, 0)],
)
def test_gaps_and_single_points(points, lines, dots):
    svg = curve_svg(points)
    assert (svg.count("<polyline"), svg.count("<title>")) == (lines, dots)


def test_a_constant_is_drawn_in_the_middle_of_something():
    [points] = re.findall(r'<polyline points="([^"]+)"', curve_svg([(0, 2.0), (1, 2.0)]))
    assert len({pair.split(",")[1] for pair in points.split()}) == 1
