"""Only the modules that docs/security.md names may touch the vault, or ask for a secret."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
TOUCH = re.compile(
    r"from extracts\.collection import [^\n]*\b(vault|opt_out_seal)\b(?!_)"
    r"|from extracts\.collection\.vault import|VAULT_ROOT"
)
ASK = re.compile(r"\bsecret\(\"|\bsecret\(\w+\)|SecretStore\(")
# Where the folder and the store are declared.
DECLARED = {"dars/config/settings.py", "dars/core/secrets.py", "extracts/synthetic/management/commands/prepare_demo.py"}


def matching(pattern: re.Pattern[str]) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for side in ("dars", "extracts")
        for path in (ROOT / side).rglob("*.py")
        if pattern.search(path.read_text())
    }


def named_under(heading: str, until: str) -> set[str]:
    return set(re.findall(r"`((?:dars|extracts)/[\w/]+\.py)`", DOCUMENT.partition(heading)[2].partition(until)[0]))


def test_the_vault_is_touched_by_the_named_modules_alone() -> None:
    named = named_under("read or write the vault", "Keys and secrets")
    assert matching(TOUCH) - DECLARED <= named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_secrets_are_asked_for_by_the_named_modules_alone() -> None:
    named = named_under("Keys and secrets", "## How each is held")
    assert matching(ASK) - DECLARED <= named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_no_page_or_interface_touches_the_vault() -> None:
    outward = {
        name for name in matching(TOUCH) if Path(name).name in {"views.py", "api.py", "forms.py", "presenters.py"}
    }
    assert outward == set()
