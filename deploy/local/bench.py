"""`make bench` and `make growth`: how fast, in ratios inside one run, and how that grows; changes nothing else."""

import subprocess
import sys

from deploy.local.run import BIN
from deploy.local.state import ROOT


def main() -> int:
    module = ".".join(["tests.bench", *sys.argv[1:]])
    return subprocess.run([BIN / "python", "-m", module], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
