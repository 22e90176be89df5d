"""Migrations whose changes of tables are made in one go: Django renders all models anew for each, which takes minutes.

Changes the speed, and nothing of what a migration does. Must not be used where a migration alters one field twice.
"""

from itertools import groupby
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_STEPS_OF_THEIR_OWN = (migrations.RunPython, migrations.RunSQL, migrations.SeparateDatabaseAndState)


class Together(Operation):
    """Operations on tables that are applied between one state before and one after all of them.

    A table that is among those created is created in its final form, so that what follows for it is done already.
    """

    reduces_to_sql = True
    reversible = False

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # rendered again when it is asked for: once, not for each operation
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        created = {each.name_lower for each in self.operations if isinstance(each, migrations.CreateModel)}
        for operation in self.operations:
            table = getattr(operation, "model_name_lower", None) or operation.name_lower
            if isinstance(operation, migrations.CreateModel) or table not in created:
                operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


class Migration(migrations.Migration):
    """A migration like any other, in fewer steps. Steps of SQL or Python stay where they are."""

    def apply(self, project_state: ProjectState, schema_editor: Any, collect_sql: bool = False) -> ProjectState:
        each_by_itself = self.operations
        self.operations = []
        for alone, group in groupby(each_by_itself, lambda operation: isinstance(operation, _STEPS_OF_THEIR_OWN)):
            steps = list(group)
            self.operations += steps if alone else [Together(steps)]
        try:
            return super().apply(project_state, schema_editor, collect_sql)
        finally:
            self.operations = each_by_itself
