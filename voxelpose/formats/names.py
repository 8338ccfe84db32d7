"""Names out of foreign files, as text formats and spreadsheets may have them."""

import re

# A cell that begins with one of these is a formula to a spreadsheet, unless it is a number.
_FORMULA = re.compile(r"(?:^|(?<=[,;]))(\s*)([=+\-@][^,;]*)")


def plain_name(name: str) -> str:
    """A name as one word: what ends words, lines or blocks of BVH and TRC files becomes an underscore."""
    return re.sub(r"[\s\x00-\x1f\x7f{}]+", "_", name.strip()) or "_"


def harmless(text: str) -> str:
    """A text on one line in which no cell that a spreadsheet makes of it is a formula."""
    line = re.sub(r"[\s\x00-\x1f\x7f]+", " ", text)
    return _FORMULA.sub(lambda cell: cell[1] + ("" if _is_number(cell[2]) else "'") + cell[2], line)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
