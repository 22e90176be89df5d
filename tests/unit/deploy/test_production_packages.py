"""What production installs is enough: the service loads where the packages of development can't be seen."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

LOAD = """
import importlib.metadata as metadata, re, sys

def plain(name):
    return re.sub("[-_.]+", "-", name).lower()


pinned = {plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", open("requirements.txt").read(), re.M)}
hidden = {
    module
    for module, packages in metadata.packages_distributions().items()
    if not any(plain(package) in pinned for package in packages)
}


class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Hide())

import django
django.setup()

import importlib, pkgutil
import celery.bin.celery, gunicorn.app.wsgiapp, kombu.transport.redis
import dars, dars.config.celery, dars.config.urls, dars.config.wsgi, deploy.healthcheck, extracts

# What EXTRACT_RUNNER=spark alone loads, beside requirements-spark.txt.
SPARK = {"extracts.engine.spark", "extracts.engine.spark_session"}
for package in (dars, extracts):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name not in SPARK:
            importlib.import_module(module.name)
print("hidden:", " ".join(sorted(hidden)))
"""


def test_every_module_loads_with_the_packages_of_production_alone(tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dars.config.settings",
        "DEVELOPMENT": "1",
        "STATE": str(tmp_path),
    }
    done = subprocess.run([sys.executable, "-c", LOAD], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert {"pytest", "playwright", "stdnum"} <= set(re.split(r"\s", done.stdout))
