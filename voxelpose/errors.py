"""The one error that means: the input is wrong, and here is what to change."""

# Nobody reads more; names and values out of hostile files can be of any length.
LONGEST = 1000


class InputError(ValueError):
    """Bad input from the user: a file, a box, a name, a configuration.

    Its message is complete sentences that say what was expected, what was received and where, 1,000 characters at most:
    of a longer one the middle is left out.
    Commands print it on stderr without a traceback and exit with status 2.
    """

    def __init__(self, message: str):
        super().__init__(shortened(str(message)))


def shortened(message: str, longest: int = LONGEST) -> str:
    """A message, or its beginning and end with " ... " between them."""
    if len(message) <= longest:
        return message
    tail = longest // 3
    return f"{message[: longest - tail - 5]} ... {message[-tail:]}"
