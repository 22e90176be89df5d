"""nginx, Valkey and PostgreSQL as the containers start them: by the very scripts, with the programs of this machine."""

import http.client
import os
import ssl
import stat
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.local import binaries
from deploy.local.state import free_port
from tests.integration.deploy.servers import Running

ROOT = Path(__file__).parents[3]
PACKAGE = bytes(range(256)) * 40


class Web(BaseHTTPRequestHandler):
    """In the place of Django: allows one download, and tells what it was told."""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/files/1":
            self.send_header("X-Accel-Redirect", "/protected-delivery/1/did.csv.age")
            self.send_header("Content-Disposition", 'attachment; filename="did.csv.age"')
        self.end_headers()
        self.wfile.write(f"{self.headers['X-Forwarded-For']} {self.headers['X-Forwarded-Proto']}".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def secrets(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("front") / "secrets"
    subprocess.run([ROOT / "deploy" / "make-secrets.sh", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def front(secrets, tmp_path_factory):
    """nginx before a stand-in for web; its ports for HTTP and HTTPS, and what it logs."""
    delivery, run = tmp_path_factory.mktemp("delivery"), tmp_path_factory.mktemp("nginx")
    for parent in (delivery, delivery.parent, delivery.parent.parent):  # as root, nginx's own workers are nobody
        parent.chmod(0o755)
    (delivery / "1").mkdir()
    (delivery / "1").chmod(0o755)
    (delivery / "1" / "did.csv.age").write_bytes(PACKAGE)
    (delivery / "1" / "did.csv.age").chmod(0o644)
    web = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    plain, secure = free_port(), free_port()
    environment = {
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
        "RUN_FOLDER": str(run),
        "HTTP_PORT": str(plain),
        "HTTPS_PORT": str(secure),
        "PUBLIC_PORT": str(secure),
        "CERTIFICATE": str(secrets / "tls_certificate"),
        "CERTIFICATE_KEY": str(secrets / "tls_key"),
        "WEB": f"127.0.0.1:{web.server_port}",
        "DELIVERY_ROOT": str(delivery),
    }
    with (run / "log").open("w") as log:
        nginx = subprocess.Popen([ROOT / "deploy" / "nginx" / "start.sh"], env=environment, stdout=log, stderr=log)
    try:
        wait_for_answer(plain, nginx, run / "log")
        yield plain, secure, run / "log"
    finally:
        nginx.terminate()
        nginx.wait(timeout=20)
        web.shutdown()
        web.server_close()


def wait_for_answer(port: int, nginx: subprocess.Popen, log: Path) -> None:
    for _ in range(400):
        assert nginx.poll() is None, log.read_text()
        try:
            return get(port, "/nginx-health")
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nginx never answered")


def get(port: int, path: str, *, secrets: Path | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    if secrets:
        trust = ssl.create_default_context(cafile=secrets / "tls_certificate")
        connection = http.client.HTTPSConnection("localhost", port, context=trust, timeout=20)
    else:
        connection = http.client.HTTPConnection("localhost", port, timeout=20)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.mark.needs("nginx")
def test_nginx_is_well_and_sends_everything_else_to_https(front):
    plain, secure, _ = front
    assert get(plain, "/nginx-health")[0] == 204
    status, headers, _ = get(plain, "/applications/?page=2")
    assert (status, headers["Location"]) == (308, f"https://localhost:{secure}/applications/?page=2")


@pytest.mark.needs("nginx")
def test_a_download_that_django_allows_is_served_and_resumes(front, secrets):
    _, secure, _ = front
    status, headers, body = get(secure, "/files/1", secrets=secrets)
    assert (status, body) == (200, PACKAGE)
    assert headers["Content-Disposition"] == 'attachment; filename="did.csv.age"'
    status, headers, body = get(secure, "/files/1", secrets=secrets, Range="bytes=1000-")
    assert (status, body) == (206, PACKAGE[1000:])
    assert headers["Content-Range"] == f"bytes 1000-{len(PACKAGE) - 1}/{len(PACKAGE)}"


@pytest.mark.needs("nginx")
def test_nobody_reaches_a_package_past_django(front, secrets):
    _, secure, _ = front
    for path in ("/protected-delivery/1/did.csv.age", "/protected-delivery/", "/x/../protected-delivery/1/did.csv.age"):
        assert get(secure, path, secrets=secrets)[0] == 404


@pytest.mark.needs("nginx")
def test_what_a_client_says_of_itself_is_not_believed(front, secrets):
    _, secure, _ = front
    told = get(secure, "/", secrets=secrets, X_Forwarded_For="8.8.8.8", X_Forwarded_Proto="http")[2]
    assert told == b"127.0.0.1 https"


@pytest.mark.needs("nginx")
def test_the_log_holds_no_query(front, secrets):
    _, secure, log = front
    get(secure, "/audit/?q=9991234567", secrets=secrets)
    for _ in range(200):  # nginx writes the line after the answer
        if "/audit/" in log.read_text():
            break
        time.sleep(0.02)
    assert "/audit/" in log.read_text()
    assert "9991234567" not in log.read_text()


def test_valkey_wants_the_password_of_its_file_and_shows_it_to_nobody(secrets, tmp_path):
    port = free_port()
    environment = {
        **os.environ,
        "VALKEY_SERVER": str(binaries.valkey()),
        "VALKEY_BIND": "127.0.0.1",
        "VALKEY_PORT": str(port),
        "VALKEY_FOLDER": str(tmp_path),
        "VALKEY_PASSWORD_FILE": str(secrets / "valkey_password"),
    }
    password = (secrets / "valkey_password").read_text().strip()
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([ROOT / "deploy" / "valkey" / "start.sh"], env=environment, stdout=log, stderr=log)
    try:
        client = redis.Redis(port=port, password=password)
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
        assert password.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
        client.close()
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_the_first_start_of_postgres_makes_a_role_that_owns_its_database_only(folder, secrets, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    with Running(folder) as running:
        address = psycopg.conninfo.conninfo_to_dict(running.database_url)
        superuser = {
            **address,
            "user": "postgres",
            "dbname": "postgres",
            "password": running.state.secret("postgres_password"),
        }
        with psycopg.connect(**superuser, autocommit=True) as connection:
            connection.execute("DROP DATABASE dars")
            connection.execute("DROP ROLE dars")
        environment = {
            **os.environ,
            "PATH": f"{binaries.postgres_folder()[0]}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": address["port"],
            "PGPASSWORD": superuser["password"],
            "DATABASE_PASSWORD_FILE": str(secrets / "database_password"),
        }
        subprocess.run([ROOT / "deploy" / "postgres" / "10-dars.sh"], env=environment, check=True)
        password = (secrets / "database_password").read_text().strip()
        with psycopg.connect(**{**address, "password": password}) as connection:
            rights = "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
            assert connection.execute(rights).fetchone() == (False, False, False)
            connection.execute("CREATE TABLE mine (number int)")


def test_secrets_are_kept_in_a_folder_of_their_owner(secrets):
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
