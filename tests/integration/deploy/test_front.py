"""nginx, Valkey and PostgreSQL as the containers start them: by the very scripts, with the programs of this machine."""

import http.client
import os
import re
import socket
import ssl
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.urls import reverse

from dars.applications.attachment_rules import MAX_BYTES
from dars.core.folders import Folders
from deploy.local import binaries
from deploy.local.state import free_port
from extracts.collection.services import MAX_UPLOAD
from tests.integration.deploy.servers import Running

ROOT = Path(__file__).parents[3]
PACKAGE = bytes(range(256)) * 40


class Web(BaseHTTPRequestHandler):
    """In the place of Django: allows one download, and tells what it was told."""

    def do_GET(self) -> None:
        if self.path.startswith("/dies"):
            return
        self.send_response(404 if self.path == "/nowhere" else 200)
        if self.path in ("/files/1", "/files/large"):
            name = "1/did.csv.age" if self.path == "/files/1" else "2/a/large.age"
            self.send_header("X-Accel-Redirect", f"/protected-delivery/{name}")
            self.send_header("Content-Disposition", 'attachment; filename="did.csv.age"')
        self.end_headers()
        self.wfile.write(f"{self.headers['X-Forwarded-For']} {self.headers['X-Forwarded-Proto']}".encode())

    def do_POST(self) -> None:
        """Answers before the body has come: what is asked here is whether nginx lets one so large begin."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def secrets(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("front") / "secrets"
    subprocess.run([ROOT / "deploy" / "make-secrets.sh", folder], check=True, capture_output=True)
    return folder


@contextmanager
def nginx(secrets: Path, run: Path, web: int, **more: str) -> Iterator[tuple[int, int, Path]]:
    """nginx by the containers' script, before whoever listens on that port; its own for HTTP and HTTPS, and its log."""
    plain, secure, log = free_port(), free_port(), run / "log"
    environment = {
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
        "RUN_FOLDER": str(run),
        "HTTP_PORT": str(plain),
        "HTTPS_PORT": str(secure),
        "PUBLIC_PORT": str(secure),
        "CERTIFICATE": str(secrets / "tls_certificate"),
        "CERTIFICATE_KEY": str(secrets / "tls_key"),
        "WEB": f"127.0.0.1:{web}",
        **more,
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [ROOT / "deploy" / "nginx" / "start.sh"], env=environment, stdout=output, stderr=output
        )
    try:
        wait_for_answer(plain, process, log)
        yield plain, secure, log
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def front(secrets, tmp_path_factory):
    """nginx before a stand-in for web."""
    delivery = tmp_path_factory.mktemp("delivery")
    for parent in (delivery, delivery.parent, delivery.parent.parent):  # as root, nginx's own workers are nobody
        parent.chmod(0o755)
    (delivery / "1").mkdir()
    (delivery / "1").chmod(0o755)
    (delivery / "1" / "did.csv.age").write_bytes(PACKAGE)
    (delivery / "1" / "did.csv.age").chmod(0o644)
    web = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        with nginx(
            secrets, tmp_path_factory.mktemp("nginx"), web.server_port, DELIVERY_ROOT=str(delivery)
        ) as addresses:
            yield addresses
    finally:
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


def get(
    port: int, path: str, *, secrets: Path | None = None, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    if secrets:
        trust = ssl.create_default_context(cafile=secrets / "tls_certificate")
        connection = http.client.HTTPSConnection("localhost", port, context=trust, timeout=20)
    else:
        connection = http.client.HTTPConnection("localhost", port, timeout=20)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
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
def test_a_download_that_nginx_is_sending_is_cut_off_when_the_package_ends(front, secrets):
    """As `storage.tidy` ends it: an open file that was only removed would be sent to its end."""
    _, secure, log = front
    delivery = Path(re.search("alias ([^;]+)/;", (log.parent / "nginx.conf").read_text())[1])
    package = delivery / "2" / "a" / "large.age"
    package.parent.mkdir(parents=True)
    for folder in (package.parent, package.parent.parent):
        folder.chmod(0o755)
    package.write_bytes(bytes(64 << 20))
    package.chmod(0o644)
    trust = ssl.create_default_context(cafile=secrets / "tls_certificate")
    connection = http.client.HTTPSConnection("localhost", secure, context=trust, timeout=20)
    try:
        connection.request("GET", "/files/large")
        answer = connection.getresponse()
        begun = len(answer.read(1 << 20))
        Folders(delivery, mode=0o755).tidy(lambda owner: set(), owner="2", cut=True)
        assert not package.exists()
        with pytest.raises((http.client.IncompleteRead, OSError)):
            answer.read()
    finally:
        connection.close()
    assert begun == 1 << 20


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


def heading(body: bytes) -> str:
    """That of a page of nginx in the service's looks, which needs nothing from elsewhere."""
    page = body.decode()
    assert page.count("<h1>") == 1 and "<!--#" not in page and "nginx/" not in page
    assert not re.search(r"<(link|script|img|iframe)|url\(|@import", page)
    assert set(re.findall(r'(?:href|src)="([^"]*)"', page)) == {"/"}
    said = re.search("<h1>(.*)</h1>", page)[1]
    assert f"<title>{said} – Data Access Request Service</title>" in page
    return said


@pytest.mark.needs("nginx")
def test_what_is_as_large_as_the_service_takes_passes_and_more_is_refused_in_words(front, secrets):
    _, secure, _ = front

    def answer(path: str, size: int) -> tuple[int, dict[str, str], bytes]:
        return get(secure, path, secrets=secrets, method="POST", Content_Length=str(size))

    upload = reverse("collection:new")
    assert answer(upload, MAX_UPLOAD + 1_000_000)[0] == 200, "so that the service says it where the file is too large"
    assert answer("/applications/1/purpose/", MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE)[0] == 200
    for path, size in ((upload, MAX_UPLOAD + 2_000_000), ("/applications/1/purpose/", 60_000_000), ("/", MAX_UPLOAD)):
        status, headers, body = answer(path, size)
        assert (status, heading(body)) == (413, "What you sent is too large")
        assert f"up to {MAX_UPLOAD >> 30} GB, a document up to {MAX_BYTES // 1_000_000} MB" in body.decode()
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.needs("nginx")
def test_where_the_service_does_not_answer_people_read_so_and_answers_of_its_own_pass(front, secrets, tmp_path):
    _, secure, log = front
    status, _, body = get(secure, "/dies?q=9991234567", secrets=secrets)
    assert (status, heading(body)) == (502, "Sorry, the service is not available")
    status, _, body = get(secure, "/protected-delivery/1/did.csv.age", secrets=secrets)
    assert (status, heading(body)) == (404, "Page not found")
    status, _, body = get(secure, "/nowhere", secrets=secrets)
    assert (status, body) == (404, b"127.0.0.1 https")
    status, _, body = get(secure, "/x", secrets=secrets, X_Large="x" * 40_000)
    assert (status, heading(body)) == (400, "The service cannot read this request")
    assert get(secure, "/problem.html", secrets=secrets)[0] == 404
    assert get(secure, "/applications/?page=2")[0] == 308, "http:// before the port of https://"
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        nginx(secrets, tmp_path, silent.getsockname()[1], ANSWER_WITHIN="100ms") as (_, port, _),
    ):
        status, _, body = get(port, "/", secrets=secrets)
    assert (status, heading(body)) == (504, "Sorry, the service did not answer in time")
    said = log.read_text()
    assert '"GET /dies" 502' in said, "the log tells what was asked, not which page was shown"
    assert "problem.html" not in said.replace('"GET /problem.html" 404', "")
    assert "9991234567" not in said, "nor does it quote the request where it tells of the trouble"


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
