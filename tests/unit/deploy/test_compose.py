"""The Compose file against the specification's schema, and against what we promise about it."""

import json
import re
import stat
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from jsonschema.validators import validator_for

ROOT = Path(__file__).parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
LONG_RUNNING = sorted(set(SERVICES) - {"migrate"})
APPLICATION = ["web", "worker", "vault-worker", "beat", "relay", "migrate"]


def violations(compose: dict) -> list[str]:
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec" / "compose-spec.json").read_text())
    return [error.message for error in validator_for(schema)(schema).iter_errors(compose)]


def mounts(service: str) -> dict[str, str]:
    """Where each named volume or file of a service is mounted: target and mode."""
    return {entry.split(":")[0]: entry.split(":", 1)[1] for entry in SERVICES[service].get("volumes", [])}


def test_the_file_keeps_to_the_specification():
    assert not violations(COMPOSE)


def test_the_schema_would_notice_a_mistake():
    assert violations({"services": {"web": {"imagge": "x"}}})


def test_every_part_is_there():
    assert {"postgres", "valkey", "clamav", "web", "worker", "vault-worker", "beat", "relay", "nginx"} <= set(SERVICES)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_container_runs_as_root_or_gains_rights(service):
    user = SERVICES[service]["user"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number: an image's own name for it could be root"
    assert SERVICES[service]["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in SERVICES[service]["security_opt"]
    assert SERVICES[service]["read_only"] is True
    assert not SERVICES[service].get("privileged")
    assert "cap_add" not in SERVICES[service]


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_every_long_running_service_has_a_health_check(service):
    assert SERVICES[service]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_secrets_come_from_files_alone(service):
    environment = SERVICES[service].get("environment", {})
    for name, value in environment.items():
        secretive = re.search(r"PASSWORD|SECRET|KEY|URL", name) and not name.startswith(("CSRF", "SERVICE"))
        assert not secretive or str(value).startswith("/run/secrets"), f"{name} of {service}"
    assert set(SERVICES[service].get("secrets", [])) <= set(COMPOSE["secrets"])


def test_every_secret_is_a_file_that_the_script_makes_and_git_ignores(tmp_path):
    import subprocess

    script = ROOT / "deploy" / "make-secrets.sh"
    subprocess.run([script, tmp_path / "secrets"], check=True, capture_output=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(COMPOSE["secrets"])
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {f"./deploy/secrets/{name}" for name in made} == {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert made["database_password"].strip() in made["database_url"]

    subprocess.run([script, tmp_path / "secrets"], check=True, capture_output=True)
    again = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert again == made, "what exists is kept"


def test_every_secret_that_the_code_asks_for_is_mounted_where_it_runs():
    asked = set()
    for path in [*(ROOT / "dars").rglob("*.py"), *(ROOT / "extracts").rglob("*.py")]:
        asked |= set(re.findall(r"""(?:\bsecret|\.text)\(\s*["']([a-z_-]+)["']\s*\)""", path.read_text()))
    asked.remove("demo")  # the demonstration's password: prepare_demo refuses to run outside development
    mounted = {service: asked & set(SERVICES[service]["secrets"]) for service in ("web", "worker", "vault-worker")}
    assert asked == set().union(*mounted.values())
    assert all("django" in SERVICES[service]["secrets"] for service in APPLICATION)
    # Pages seal the numbers of direct opt-outs; what makes pseudonyms stays with the worker.
    assert mounted["web"] == {"django", "vault", "second-factors"}
    # Pages show the audit trail's checkpoints and can sign none.
    assert mounted["worker"] == {"django", "audit-log"}


def test_only_the_vault_worker_can_open_the_vault():
    holders = {name for name in SERVICES if {"vault", "staging", "data"} & set(mounts(name))}
    assert holders == {"vault-worker"}
    queues = {name: SERVICES[name]["environment"].get("QUEUES") for name in ("worker", "vault-worker")}
    assert queues == {"worker": "default", "vault-worker": "vault"}


def test_the_worker_that_packs_sees_the_plain_files_and_the_packages():
    from django.conf import settings

    assert settings.CELERY_TASK_ROUTES["delivery.pack"] == {"queue": "vault"}
    assert {"staging", "delivery"} <= set(mounts("vault-worker"))


# Who names a folder of the state, and which tasks work in which: tasks and modules that are not here fail.
NAMED_IN = {
    "dars/applications/attachment_files.py": {"documents"},
    "dars/core/storage.py": {"uploads", "documents", "reports", "delivery", "data", "vault", "staging"},
    "extracts/collection/erasure_search.py": {"uploads", "staging"},
    "extracts/collection/folders.py": {"uploads", "staging", "data", "reports"},
    "extracts/collection/tables.py": {"data"},
    "extracts/collection/vault.py": {"vault"},
    "extracts/delivery/downloads.py": {"delivery"},
    "extracts/delivery/storage.py": {"delivery"},
    "extracts/production/digests.py": {"data"},
    "extracts/production/staging.py": {"staging"},
    "extracts/statistics/counting.py": {"staging"},
    "extracts/synthetic/management/commands/prepare_demo.py": {"demo", "synthetic"},  # in development only
}
_EXTRACT = {"data", "vault", "staging"}
WORKS_IN = {
    "accounts.lapse_proposals": set(),
    "agreements.keep_terms": set(),
    "applications.scan": {"documents"},
    "applications.sweep_documents": set(),
    "applications.write_letter": set(),
    "audit.sequence": set(),
    "audit.show_witnesses": set(),
    "collection.compact": _EXTRACT,
    "collection.announce_retention": _EXTRACT,
    "collection.erase": {"uploads", "reports", *_EXTRACT},
    "collection.process": {"uploads", "reports", *_EXTRACT},
    "collection.sweep": {"uploads", "reports", *_EXTRACT},
    "collection.sweep_erasures": {"uploads", *_EXTRACT},
    "core.deliver_event": {"delivery"},  # packages of an agreement that has ended are removed
    "core.sweep_outbox": set(),
    "delivery.expire": {"delivery"},
    "delivery.pack": {"staging", "delivery"},
    "notices.send": set(),
    "notices.sweep": set(),
    "oversight.watch": set(),
    "panels.make_pack": {"documents"},
    "panels.write_letter": set(),
    "production.assess": _EXTRACT,
    "production.recur": set(),
    "production.sweep": _EXTRACT,
    "production.work": _EXTRACT,
    "statistics.build": _EXTRACT,
    "statistics.sweep": _EXTRACT,
    "statistics.make_edition": _EXTRACT,
    "statistics.sweep_publications": _EXTRACT,
}
PAGES_WORK_IN = {"uploads": "", "documents": "", "reports": "", "delivery": "ro"}


def folders_of(service: str) -> dict[str, str]:
    """The folders of the state that a service mounts, each with the mode of its mount."""
    targets = {name: target.partition(":") for name, target in mounts(service).items()}
    assert all(path == f"/srv/state/{name}" for name, (path, _, _) in targets.items())
    return {name: mode for name, (_, _, mode) in targets.items()}


def test_whoever_names_a_folder_of_the_state_is_known():
    named = {}
    for path in [*(ROOT / "dars").rglob("*.py"), *(ROOT / "extracts").rglob("*.py")]:
        text = path.read_text()
        roots = set(re.findall(r"settings\.(\w+)_ROOT", text)) - {"STATE", "STATIC"}
        folders = {{"UPLOAD": "uploads", "DOCUMENT": "documents"}.get(root, root.lower()) for root in roots}
        folders |= set(re.findall(r'settings\.STATE_ROOT / "(\w+)"', text))
        assert "config" in path.parts or text.count("STATE_ROOT") == text.count('STATE_ROOT / "')
        if folders:
            named[str(path.relative_to(ROOT))] = folders
    assert named == NAMED_IN


def test_each_queue_is_worked_where_its_folders_are_mounted():
    from django.conf import settings

    from dars.config.celery import app
    from dars.core import storage

    app.loader.import_default_modules()
    assert {name for name in app.tasks if not name.startswith(("celery.", "test."))} == set(WORKS_IN)
    service_of = {SERVICES[name]["environment"]["QUEUES"]: name for name in ("worker", "vault-worker")}
    needed = {name: set() for name in service_of.values()}
    for task, folders in WORKS_IN.items():
        routed = [to["queue"] for pattern, to in settings.CELERY_TASK_ROUTES.items() if fnmatch(task, pattern)]
        queue = routed[0] if routed else settings.CELERY_TASK_DEFAULT_QUEUE
        needed[service_of[queue]] |= folders
    assert {name: set(folders_of(name)) for name in needed} == needed
    assert not any(mode for name in needed for mode in folders_of(name).values()), "a worker writes where it works"
    assert folders_of("web") == PAGES_WORK_IN
    # GET /health/ready asks each process of these.
    assert {service_of[queue]: set(folders) for queue, folders in storage.QUEUE_WRITES.items()} == needed
    assert {*storage.WEB_WRITES, *storage.WEB_READS} == set(PAGES_WORK_IN)
    for name in ("beat", "relay", "migrate"):
        assert not mounts(name)


def test_folders_that_are_mounted_exist_in_the_image_and_belong_to_its_user():
    made = re.search(r"for name in ([a-z ]+); do", (ROOT / "deploy" / "Dockerfile").read_text())[1].split()
    assert set(made) == set().union(*(folders_of(name) for name in ("web", "worker", "vault-worker")))
    assert set(made) | {"postgres", "valkey", "signatures"} == set(COMPOSE["volumes"])


def test_documents_are_looked_into_by_a_scanner_that_can_be_reached():
    from dars.applications.attachment_rules import MAX_BYTES

    worker = SERVICES["worker"]["environment"]
    assert (worker["ATTACHMENT_SCANNER"], worker["CLAMAV"]) == ("clamav", "tcp://clamav:3310")
    assert set(SERVICES["worker"]["networks"]) & set(SERVICES["clamav"]["networks"]) >= {"inside"}
    assert "${PORT:-3310}" in (ROOT / "deploy" / "clamav" / "start.sh").read_text()
    limits = (ROOT / "deploy" / "clamav" / "clamd.conf.template").read_text()
    assert int(re.search(r"^StreamMaxLength (\d+)M$", limits, re.MULTILINE)[1]) * 1_000_000 > MAX_BYTES
    # It sees what it is sent, and no folder of the state.
    assert set(mounts("clamav")) == {"signatures"}
    assert "secrets" not in SERVICES["clamav"]


def test_error_reports_reach_those_who_sent_the_file():
    assert "/srv/state/reports" == mounts("web")["reports"] == mounts("vault-worker")["reports"]


def test_nginx_and_web_read_packages_and_write_none():
    for service in ("nginx", "web"):
        assert mounts(service)["delivery"].endswith(":ro")


def test_nginx_serves_packages_where_django_sends_it():
    from extracts.delivery.downloads import X_ACCEL_PREFIX

    assert f"${{ACCEL_PREFIX:-{X_ACCEL_PREFIX}}}" in (ROOT / "deploy" / "nginx" / "start.sh").read_text()


def test_databases_are_not_published():
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["nginx"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in SERVICES:
        assert "inside" in SERVICES[name]["networks"]
    assert [name for name in SERVICES if "outside" in SERVICES[name]["networks"]] == ["clamav", "worker", "nginx"]


def test_the_image_leaves_root_before_it_starts_anything():
    lines = (ROOT / "deploy" / "Dockerfile").read_text().splitlines()
    assert "USER 10001:10001" in lines
    assert lines.index("USER 10001:10001") < next(i for i, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    assert any("--require-hashes" in line for line in lines)


@pytest.mark.parametrize("service", APPLICATION)
def test_each_command_is_a_role_of_the_entry_point(service):
    roles = re.findall(r"^(\w+)\)$", (ROOT / "deploy" / "entrypoint.sh").read_text(), re.MULTILINE)
    assert SERVICES[service]["command"][0] in roles


@pytest.mark.parametrize(
    "path",
    [
        "entrypoint.sh",
        "make-secrets.sh",
        "clamav/start.sh",
        "nginx/start.sh",
        "valkey/start.sh",
        "postgres/10-dars.sh",
    ],
)
def test_scripts_can_be_run(path):
    assert (ROOT / "deploy" / path).stat().st_mode & 0o111
