"""Both databases of one state, started by the launcher's own code."""

from pathlib import Path

import psycopg

from deploy.local.databases import Databases
from deploy.local.services import Supervisor
from deploy.local.state import Problem, State


class Running:
    """Both databases of one state, started here."""

    def __init__(self, folder: Path, *, for_tests: bool = True) -> None:
        self.state = State(folder / "state")
        self.supervisor = Supervisor()
        self.databases = Databases(self.state, self.supervisor, for_tests=for_tests)
        try:
            self.database_url, self.redis_url = self.databases.start()
        except Problem:
            self.__exit__()
            raise

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.supervisor.stop()
        self.state.release()

    def query(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []
