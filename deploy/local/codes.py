"""`make code WHO=signatory@wessex`: what that person's authenticator app shows, to sign by hand in a demonstration."""

import json
import os
import sys
from pathlib import Path

from deploy.local.visitor import Authenticator

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Prints the code of the account whose address begins with WHO; 1 and a line that helps where there is none."""
    state, who = Path(os.environ.get("STATE") or ROOT / ".state"), os.environ.get("WHO", "")
    file = state / "demo" / "accounts.json"
    if not file.exists():
        print(f"There is no demonstration in {state}: `make run` makes one.", file=sys.stderr)
        return 1
    accounts = json.loads(file.read_text())["accounts"]
    named = [account for account in accounts if who and account["email"].startswith(who)]
    if len(named) != 1:
        print("Say whose: make code WHO=signatory@wessex", *(f"  {each['email']}" for each in accounts), sep="\n")
        return 1
    print(Authenticator.of(named[0]["totp"]).code())
    return 0


if __name__ == "__main__":
    sys.exit(main())
