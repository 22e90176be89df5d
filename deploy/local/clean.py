"""`make clean`: removes the virtual environment and a state folder with all its data; asks the lock, not the person."""

import os
import shutil
import sys
from pathlib import Path

from deploy.local.state import ROOT, Problem, State, remove_outside


def main() -> int:
    folder = Path(os.environ.get("STATE") or ROOT / ".state")
    try:
        if folder.exists():
            _require_ours(folder)
            State(folder, needed_bytes=0)
            remove_outside(folder)
            shutil.rmtree(folder)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    shutil.rmtree(ROOT / ".venv", ignore_errors=True)
    return 0


def _require_ours(folder: Path) -> None:
    """STATE may be mistyped; only a folder that this system has used is removed."""
    if not (folder / ".lock").exists():
        raise Problem(f"{folder} is not a state folder of this system; nothing was removed.")


if __name__ == "__main__":
    sys.exit(main())
