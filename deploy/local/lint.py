"""`make lint`: style, formatting and the import rules; changes nothing."""

import subprocess
import sys

from deploy.local.run import BIN
from deploy.local.state import ROOT

CHECKS = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports"])


def main() -> int:
    """Runs every check, also after one has failed."""
    codes = [subprocess.run([BIN / check[0], *check[1:]], cwd=ROOT).returncode for check in CHECKS]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
