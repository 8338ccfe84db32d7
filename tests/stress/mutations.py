"""Changes of small sound files, each decided by a random generator alone: bytes, tokens, members of archives."""

import io
import random
import re
import zipfile

_TEXT = {".json", ".jsonl", ".yaml", ".yml", ".csv", ".txt", ".calibration"}
_WORDS = (
    b"null", b"true", b"-1", b"0", b"1e400", b"9" * 400, b"NaN", b"[]", b"{}", b'""', b'"text"', b"[[1], [1, 2]]",
    b"[" * 3000, b"[" * 90 + b"]" * 90, b"\xff\xfe", b'"' + b"x" * 70_000 + b'"', b"=1+1", b"&a [*a, *a]", b"\n", b"\0",
)  # fmt: skip
_NUMBERS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\xff\xff", b"\0\1")
_TOKEN = re.compile(rb'"[^"\n]*"|-?\d[\d.e+-]*|[A-Za-z_]\w*|[\[\]{}:,]')


def mutated(content: bytes, suffix: str, rng: random.Random) -> bytes:
    """The content with one to four changes of the kinds that its format invites."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if suffix in _TEXT and rng.random() < 0.7:
            content = _token_changed(content, rng)
        elif content[:2] == b"PK" and rng.random() < 0.7:
            content = _member_changed(content, rng)
        else:
            content = _bytes_changed(content, rng)
    return content


def _token_changed(content: bytes, rng: random.Random) -> bytes:
    tokens = list(_TOKEN.finditer(content))
    if not tokens:
        return content + rng.choice(_WORDS)
    one = rng.choice(tokens)
    new = rng.choice((*_WORDS, rng.choice(tokens).group(), b""))
    return content[: one.start()] + new + content[one.end() :]


def _member_changed(content: bytes, rng: random.Random) -> bytes:
    """An archive of the same members, one of which is changed within and sealed anew."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as before:
            members = {name: before.read(name) for name in before.namelist()}
    except Exception:
        return _bytes_changed(content, rng)
    if not members:
        return content
    name = rng.choice(list(members))
    kind = rng.random()
    if kind < 0.1:
        del members[name]
    elif kind < 0.2:
        members[name] = members[rng.choice(list(members))]
    else:
        # Where the arrays say what they are, most of the time.
        head, rest = members[name][:128], members[name][128:]
        members[name] = _bytes_changed(head, rng) + rest if kind < 0.7 else head + _bytes_changed(rest, rng)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as after:
        for member, data in members.items():
            after.writestr(member, data)
    return packed.getvalue()


def _bytes_changed(content: bytes, rng: random.Random) -> bytes:
    if not content:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(64)))
    at, other = rng.randrange(len(content)), rng.randrange(len(content))
    length = min(rng.choice((1, 4, 16, 200)), len(content) - at)
    kind = rng.randrange(7)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + content[at + length :]
    if kind == 2:
        return content[:at] + content[other : other + length] + content[at:]
    if kind == 3:
        return content[:at] + bytes(length) + content[at + length :]
    if kind == 4:
        new = rng.choice(_NUMBERS)
        return content[:at] + new + content[at + len(new) :]
    changed = bytearray(content)
    changed[at] = rng.randrange(256) if kind == 5 else changed[at] ^ (1 << rng.randrange(8))
    return bytes(changed)
