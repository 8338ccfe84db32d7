"""The one error that means: the input is wrong, and here is what to change; and the warning: it was used anyway."""


class InputError(ValueError):
    """Bad input from the user: a file, a box, a name, a configuration.

    Its message is complete sentences that say what was expected, what was received and where.
    Commands print it on stderr without a traceback and exit with status 2.
    """


class InputWarning(UserWarning):
    """Input that was used, but not as it stands, or that is likely not meant so: a sentence that says what and where.

    Commands print it on stderr.
    """


def first_line(error: BaseException) -> str:
    """The first line of a library's message, at most 200 characters without a full stop; else its class's name."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".")[:200] if lines else type(error).__name__
