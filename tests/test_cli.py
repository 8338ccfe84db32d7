import subprocess
import sys

import pytest

from voxelpose import cli


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
