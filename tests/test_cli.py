import subprocess
import sys

import pytest

import voxelpose
from voxelpose import cli
from voxelpose.cli import COMMANDS, main


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


def test_the_package_is_a_command_of_its_own():
    done = subprocess.run([sys.executable, "-m", "voxelpose", "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == f"voxelpose {voxelpose.__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_calls_itself_by_the_name_it_is_called_by(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert f"usage: voxelpose {name}" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["infer"], ["export"], ["visualize", "a.png"], ["prepare", "check", "a"]])
def test_a_file_is_no_folder_to_write_into(command, tmp_path, capsys):
    (tmp_path / "a.txt").write_text("kept")
    assert main([*command, "--out", str(tmp_path / "a.txt")]) == 2
    assert "Expected a folder to write into. Received: " in capsys.readouterr().err
    assert (tmp_path / "a.txt").read_text() == "kept"
