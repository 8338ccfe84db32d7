"""What is wrong with values, in one sentence."""

import reprlib
from typing import Any

import numpy as np
from pydantic import ValidationError

# Of what was received, in characters; more helps nobody.
_LONGEST = 80


def sentence(error: ValidationError, inside: str = "") -> str:
    """The first fault as one sentence with what was expected and received; unknown keys are all named."""
    faults = error.errors(include_url=False)
    unknown = sorted(str(fault["loc"][-1]) for fault in faults if fault["type"] == "extra_forbidden")
    fault = next((one for one in faults if one["type"] != "extra_forbidden"), None)
    if fault is None:
        return f"Expected no further keys{inside}. Received: {', '.join(unknown)}."
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).removeprefix(".")
    if fault["type"] == "missing":
        return f"Expected {name}{inside}. Received: nothing."
    wanted = fault["msg"].replace("Input should", "to").replace("Tuple should", "to").replace("valid tuple", "list")
    return f"Expected {name}{inside} {wanted}. Received: {short(fault['input'])}."


def short(value: Any) -> str:
    """A value as a few words, however large or deep it is."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    text = " ".join(reprlib.repr(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
