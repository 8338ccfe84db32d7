import subprocess
import sys

import pytest

from voxelpose import cli
from voxelpose.errors import InputError


def failing(error):
    def main(argv):
        raise error

    return main


def test_results_pass_through_with_the_arguments():
    seen = []
    assert cli.run(lambda argv: seen.append(argv) or 7, ["a", "--debug", "b"]) == 7
    assert seen == [["a", "b"]]


@pytest.mark.parametrize(
    "error, code, sentence",
    [
        (InputError("Expected A. Received: B."), 2, "Expected A. Received: B.\n"),
        (FileNotFoundError(2, "No such file or directory", "x.jpg"), 2, "No such file or directory: x.jpg.\n"),
        (OSError(28, "No space left on device"), 2, "No space left on device.\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
)
def test_errors_become_one_sentence(capsys, error, code, sentence):
    assert cli.run(failing(error), []) == code
    assert capsys.readouterr().err == sentence


def test_debug_shows_the_traceback(capsys):
    assert cli.run(failing(InputError("Wrong.")), ["--debug"]) == 2
    err = capsys.readouterr().err
    assert "Traceback" in err and err.endswith("Wrong.\n")


def test_our_own_faults_are_not_hidden():
    with pytest.raises(ValueError):
        cli.run(failing(ValueError("a bug")), [])


def test_usage_and_version(capsys):
    assert cli.main(["--help"]) == 0
    usage = capsys.readouterr().out
    assert all(name in usage for name in cli.COMMANDS)
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("voxelpose ")
    assert cli.main([]) == 2


def test_unknown_command_is_answered_with_the_nearest(capsys):
    assert cli.main(["infr"]) == 2
    assert "Received: infr. Did you mean infer?" in capsys.readouterr().err


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_exists_and_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([name, "--help"])
    assert stop.value.code == 0
    assert "usage" in capsys.readouterr().out


def test_the_package_and_the_commands_load_without_tensorflow():
    code = (
        "import sys, voxelpose, voxelpose.cli, voxelpose.commands.infer, voxelpose.commands.visualize;"
        "import voxelpose.results.pose;"
        "heavy = {'tensorflow', 'keras', 'matplotlib'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
