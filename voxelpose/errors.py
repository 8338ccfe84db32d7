"""The one error that means: the input is wrong, and here is what to change."""


class InputError(ValueError):
    """Bad input from the user: a file, a box, a name, a configuration.

    Its message is complete sentences that say what was expected, what was received and where.
    Commands print it on stderr without a traceback and exit with status 2.
    """
