"""Who may import whom: the layers (import-linter) and the doors (`public.py`)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = {
    f"{side.name}.{app.name}"
    for side in (ROOT / "dars", ROOT / "extracts")
    for app in side.iterdir()
    if (app / "__init__.py").exists()
}
# The core is open to all; the entry points are nobody's to import.
OPEN = {"dars.core"}
# The engine is a library without a door: its callers name what they use.
LIBRARIES = {"extracts.engine"}


def sources() -> list[Path]:
    return [
        path for side in ("dars", "extracts") for path in (ROOT / side).rglob("*.py") if "migrations" not in path.parts
    ]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def app_of(module: str) -> str | None:
    candidate = ".".join(module.split(".")[:2])
    return candidate if candidate in APPS else None


def trespasses(path: Path) -> list[str]:
    """Imports of another application that do not go through its door."""
    own = ".".join(path.relative_to(ROOT).parts[:2])
    found = []
    for module in imports(path):
        app = app_of(module)
        if app is None or app == own or app in OPEN | LIBRARIES:
            continue
        if not module.startswith(f"{app}.public"):
            found.append(f"{path.relative_to(ROOT)}: {module}")
    return found


def test_the_layers_hold() -> None:
    # A process of its own: the tool sets up logging anew, which would silence the tests that follow.
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_other_applications_are_reached_through_their_door() -> None:
    entry_points = ROOT / "dars" / "config"
    assert [line for path in sources() if entry_points not in path.parents for line in trespasses(path)] == []


def test_a_trespass_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offender = ROOT / "dars" / "panels" / "imagined.py"
    monkeypatch.setattr(Path, "read_text", lambda self: "from dars.applications.models import Application\n")
    assert trespasses(offender) == ["dars/panels/imagined.py: dars.applications.models.Application"]


def test_nothing_imports_the_entry_points() -> None:
    entry_points = ROOT / "dars" / "config"
    offenders = [
        str(path)
        for path in sources()
        if entry_points not in path.parents and any(name.startswith("dars.config") for name in imports(path))
    ]
    assert offenders == []
