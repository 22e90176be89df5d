"""The model of links by probability, learnt from the present data version, and a page of what it would link.

Opens the vault for it, as an event; what it writes and returns holds levels of agreement, weights and counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from django.conf import settings

from dars.core.errors import WrongState
from extracts.collection import people, probable_links, publishing, tables, vault
from extracts.engine import link_page

DEFAULT_THRESHOLD = 0.99  # a report's, where the service has none


def learn_anew() -> str:
    """Learns a model from the present records and keeps it; the name of the model. Serves from the next map on."""
    with publishing.nobody_publishing(), _worked_out() as con:
        model = probable_links.learn(con, people.LINKED)
        probable_links.keep(model)
    return model.digest


def write_report(folder: Path) -> Path:
    """A page with its charts, by the model that is kept; the page's path. WrongState where there is no model."""
    model = probable_links.kept()
    if model is None:
        raise WrongState("There is no model yet: learn one first.")
    with _worked_out() as con:
        probable_links.weigh(con, people.LINKED, model)
        found = probable_links.found(con, model, settings.PROBABLE_LINKS or DEFAULT_THRESHOLD)
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in link_page.pictures(found).items():
        (folder / name).write_text(svg)
    path = folder / "probable-links.md"
    path.write_text(f"# Links by probability\n\nModel {model.digest}.\n\n{link_page.page(found)}")
    return path


@contextmanager
def _worked_out() -> Iterator[duckdb.DuckDBPyConnection]:
    """People and links by rule of the present data version, as relations."""
    version = publishing.current()
    if version is None or not version.person_map:
        raise WrongState("There are no records yet.")
    vault.opened(what="identity", purpose="linkage", by=None, subject=version)
    in_use = {name: tables.files(name, number) for name, number in version.versions.items()}
    with vault.connection() as con:
        people.work_out(con, version.person_map, version.tuple_files, in_use, 0)
        yield con
