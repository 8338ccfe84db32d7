"""The notebooks run from top to bottom, shortened by the environment variables that their first cells read."""

from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
SECONDS = 600


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")


def run(name, workplace, monkeypatch):
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    book = nbformat.read(FOLDER / name, as_version=4)
    client = NotebookClient(book, timeout=SECONDS, resources={"metadata": {"path": str(workplace)}})
    client.execute()
    return book


def outputs(book):
    """Everything that the cells put out, in order."""
    return [out for cell in book.cells if cell.cell_type == "code" for out in cell.outputs]


def shown(book, kind):
    return [out.data[kind] for out in outputs(book) if kind in out.get("data", {})]


def printed(book):
    return "".join(out.text for out in outputs(book) if out.output_type == "stream")


def test_there_are_three_without_outputs():
    assert len(NAMES) == 3
    for name in NAMES:
        for cell in nbformat.read(FOLDER / name, as_version=4).cells:
            if cell.cell_type == "code":
                assert cell.outputs == [] and cell.execution_count is None, f"clear the outputs of {name}"


def test_they_run(workplace, monkeypatch):
    """In this order, so that the network that the second one trains is looked at by the others."""
    monkeypatch.setenv("VOXELPOSE_NOTEBOOK_MINUTES", "0.05")
    monkeypatch.setenv("VOXELPOSE_NOTEBOOK_PEOPLE", "16")
    training = run(NAMES[1], workplace, monkeypatch)
    weights = workplace / "runs" / "quickstart" / "best.weights.h5"
    assert weights.is_file() and "heldout/mpjpe" in printed(training)
    assert len(shown(training, "image/png")) == 3
    monkeypatch.setenv("VOXELPOSE_NOTEBOOK_WEIGHTS", str(weights))
    photograph = run(NAMES[0], workplace, monkeypatch)
    assert len(shown(photograph, "image/png")) == 5
    assert "right_wrist" in printed(photograph) and (workplace / "photograph.html").stat().st_size > 100_000
    evaluation = run(NAMES[2], workplace, monkeypatch)
    (report,) = shown(evaluation, "text/markdown")
    assert "MPJPE" in report and "Left and right swapped" in report and "Parts of the error" in report
    assert len(shown(evaluation, "image/png")) == 2
