import argparse
import subprocess
import sys
import warnings

import pytest

from voxelpose.commands.shared.entry import command_line, explain, run
from voxelpose.errors import InputError, InputWarning


def failing(error):
    def main(argv):
        raise error

    return main


def test_results_pass_through_with_the_arguments():
    seen = []
    assert run(lambda argv: seen.append(argv) or 7, ["a", "--debug", "b"]) == 7
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
    assert run(failing(error), []) == code
    assert capsys.readouterr().err == sentence


def test_debug_shows_the_traceback(capsys):
    assert run(failing(InputError("Wrong.")), ["--debug"]) == 2
    err = capsys.readouterr().err
    assert "Traceback" in err and err.endswith("Wrong.\n")


def test_our_own_faults_are_not_hidden():
    with pytest.raises(ValueError):
        run(failing(ValueError("a bug")), [])


def test_explain_names_the_file_of_a_failing_system_call():
    assert explain(OSError(28, "No space left on device", "out.npz")) == "No space left on device: out.npz."
    assert explain(InputError("Expected A. Received: B.")) == "Expected A. Received: B."


def test_a_command_line_runs_in_this_interpreter_and_passes_its_exit_code_on():
    line = command_line("infr")
    assert line[0] == sys.executable
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 2 and "Did you mean infer?" in done.stderr


@pytest.mark.parametrize(
    "arguments, value",
    [
        (["--box", "-10,5,40,50"], "-10,5,40,50"),
        (["--box", "-.5,5"], "-.5,5"),
        (["--box", "-1e-3, 2"], "-1e-3, 2"),
        (["--box", " -1, 2"], " -1, 2"),
        (["--box=-1,2"], "-1,2"),
        (["--box", "-3"], "-3"),
    ],
)
def test_values_may_begin_with_a_minus_in_every_command(arguments, value):
    def main(argv):
        parser = argparse.ArgumentParser()
        parser.add_argument("--box")
        parser.add_argument("place", nargs="*")
        assert parser.parse_args(argv).box == value
        return 0

    assert run(main, [*arguments, "there"]) == 0


def test_warnings_about_input_are_sentences_said_once(capsys):
    def main(argv):
        for _ in range(3):
            warnings.warn("A was read as B.", InputWarning, stacklevel=1)
        return 0

    assert run(main, []) == 0
    assert capsys.readouterr().err == "A was read as B.\n"
