"""Record the SHA-256 of every shipped asset; run it after adding or changing one."""

import json

from voxelpose.assets import CHECKSUMS, ROOT
from voxelpose.files import sha256, write_text


def main() -> int:
    binary = [p for p in sorted(ROOT.rglob("*")) if p.is_file() and p.suffix not in {".py", ".pyc"} and p != CHECKSUMS]
    table = {p.relative_to(ROOT).as_posix(): sha256(p) for p in binary}
    write_text(CHECKSUMS, json.dumps(table, indent=2) + "\n")
    print(f"{len(table)} checksums written to {CHECKSUMS.relative_to(ROOT.parent.parent)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
