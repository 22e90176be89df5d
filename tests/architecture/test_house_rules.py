"""How each thing is done once: rules of the house that a reader could otherwise only hope for."""

import ast
import re
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]


def sources(*sides: str) -> list[Path]:
    return [
        path
        for side in sides or ("dars", "extracts")
        for path in (ROOT / side).rglob("*.py")
        if "migrations" not in path.parts
    ]


def offenders(pattern: str, *, allowed: set[str], sides: tuple[str, ...] = ()) -> list[str]:
    """Lines of code that match, outside the files where that is done."""
    found = []
    for path in sources(*sides):
        name = str(path.relative_to(ROOT))
        if name in allowed:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{name}:{number}: {line.strip()}")
    return found


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


def test_guardian_is_wrapped_once() -> None:
    assert offenders(r"guardian\.(shortcuts|core|backends|utils)", allowed={"dars/core/permissions.py"}) == []


def test_rights_are_asked_in_one_way() -> None:
    assert (
        offenders(r"\.has_perm\(|is_superuser|is_staff|permission_required", allowed={"dars/core/permissions.py"}) == []
    )


def test_time_comes_from_the_clock() -> None:
    clock = {"dars/core/clock.py"}
    pattern = r"timezone\.now\(|datetime\.now\(|date\.today\(|utcnow\(|localdate\("
    assert offenders(pattern, allowed=clock) == []


def test_tasks_are_declared_in_one_way() -> None:
    assert offenders(r"shared_task|@app\.task|\.apply_async\(|send_task\(", allowed={"dars/core/tasks.py"}) == []


def test_no_signals_and_no_writes_in_save() -> None:
    assert offenders(r"django\.db\.models\.signals|@receiver|def save\(self|def delete\(self", allowed=set()) == []


def test_selectors_and_views_do_not_write() -> None:
    pattern = r"\.objects\.create\(|\.bulk_create\(|\.update_or_create\(|\.get_or_create\(|\.save\(|\.delete\(\)"
    readers = [
        path for path in sources() if path.name in {"selectors.py", "views.py", "api.py", "presenters.py", "rules.py"}
    ]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in readers
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert found == []


def test_nothing_is_left_undone() -> None:
    assert offenders(r"NotImplementedError|TODO|FIXME|XXX", allowed=set()) == []


def test_files_stay_rooms_of_one_purpose() -> None:
    crowded = [f"{p.relative_to(ROOT)}: {n}" for p in sources() if (n := len(p.read_text().splitlines())) > 350]
    assert crowded == []


def test_no_model_keeps_django_s_default_rights() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith(("dars.", "extracts."))]
    guardian_tables = {"UserObjectPermissionBase", "GroupObjectPermissionBase"}
    loose = [
        model.__name__
        for model in ours
        if tuple(model._meta.default_permissions) and not guardian_tables & {base.__name__ for base in model.__mro__}
    ]
    assert loose == []


def test_templates_use_no_inline_script_or_style() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "templates").rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"<script(?![^>]*src=)|\sstyle=|\son[a-z]+=\"|javascript:", line)
    ]
    assert found == []
