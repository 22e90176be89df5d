"""Collects many files at once, from the command line: all that pass become visible together, in one data version."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction

from dars.accounts.public import User
from dars.audit.public import record
from dars.core import clock
from extracts.collection import folders, retention_terms, selectors, services, tables
from extracts.collection.intake.collection import Collection
from extracts.collection.intake.did import DID
from extracts.collection.intake.refused import Refused
from extracts.collection.intake.rule import Setting
from extracts.collection.intake.run import Intake, take_in
from extracts.collection.models import DataVersion, Submission
from extracts.collection.publishing import publishing
from extracts.collection.services import Delivery, KeysMoved
from extracts.collection.work import accession_key


@dataclass(frozen=True)
class Source:
    """A file to collect. `provider` is "" for a dataset that is not collected by provider."""

    collection: Collection
    provider: str
    period: str
    path: Path

    @property
    def dataset(self) -> str:
        return self.collection.dataset.name


@dataclass
class Outcome:
    """What came of each file: an intake or a refusal; and the version that holds what passed, if anything did."""

    intakes: dict[Source, Intake] = field(default_factory=dict)
    refused: dict[Source, Refused] = field(default_factory=dict)
    version: DataVersion | None = None


def collect(sources: Sequence[Source], *, by: User | None = None) -> Outcome:
    """Checks every file; those that pass replace their months together, those that don't are refused one by one."""
    outcome = Outcome()
    while pending := [source for source in sources if source not in outcome.refused]:
        with folders.staging() as room:
            checked = _Checked(pending, room)
            for source, refused in checked.refused.items():
                _note_refusal(source, refused, by)
            outcome.refused |= checked.refused
            outcome.intakes = checked.intakes
            try:
                outcome.version = _accept(checked, by) if checked.intakes else None
            except KeysMoved:  # another month of a provider changed meanwhile, or one of these was refused
                continue
        break
    return outcome


class _Checked:
    """The files after their checks. The months of one provider are checked in order, providers side by side."""

    def __init__(self, sources: Sequence[Source], room: Path) -> None:
        self.intakes: dict[Source, Intake] = {}
        self.refused: dict[Source, Refused] = {}
        self.stores: dict[str, list[str]] = {}
        self._room = room
        self._secret = accession_key()
        self._known = selectors.known_organisations()
        lines: dict[tuple[str, str], list[Source]] = {}
        for source in sorted(sources, key=lambda source: (source.dataset, source.provider, source.period)):
            lines.setdefault((source.dataset, source.provider), []).append(source)
        prepared = [(line, [self._setting(source) for source in line], self._taken(line)) for line in lines.values()]
        with ThreadPoolExecutor(settings.ENGINE_THREADS) as pool:
            for _ in pool.map(lambda line: self._check(*line), prepared):
                pass  # an error of ours, not a refusal, is raised here

    def _setting(self, source: Source) -> Setting | Refused:
        try:
            if not source.collection.across_months:
                retention_terms.check_month(source.dataset, source.period)
                return Setting(source.provider, source.period, clock.today())
            return selectors.setting(source.provider, source.period, self._known)
        except Refused as refused:
            return refused

    def _taken(self, line: Sequence[Source]) -> np.ndarray:
        if not line[0].collection.across_months:
            return np.empty(0, np.uint64)
        provider = line[0].provider
        stores = selectors.key_stores(provider, other_than=[source.period for source in line])
        self.stores[provider] = stores
        return folders.read_keys(stores)

    def _check(self, line: Sequence[Source], settings: Sequence[Setting | Refused], taken: np.ndarray) -> None:
        for source, setting in zip(line, settings, strict=True):
            folder = self._room / f"{source.dataset}-{source.provider}-{source.period}"
            folder.mkdir(mode=0o700)
            try:
                if isinstance(setting, Refused):
                    raise setting
                intake = take_in(source.path, source.collection, setting, folder, secret=self._secret, taken=taken)
            except Refused as refused:
                self.refused[source] = refused
            else:
                self.intakes[source] = intake
                if source.collection.across_months:
                    taken = np.sort(np.concatenate([taken, intake.keys]))


def _accept(checked: _Checked, by: User | None) -> DataVersion:
    deliveries = [
        Delivery(_submission(source, by), intake, tuple(checked.stores[source.provider]))
        for source, intake in checked.intakes.items()
        if source.collection is DID
    ]
    others: dict[str, dict[Source, Intake]] = {}
    for source, intake in checked.intakes.items():
        if source.collection is not DID:
            others.setdefault(source.dataset, {})[source] = intake
    with publishing() as publisher:
        if deliveries:
            services.put(publisher, deliveries)
        for intakes in others.values():
            periods = [source.period for source in intakes]
            publisher.rows(list(intakes.values()), where=tables.months(periods))
        version = publisher.publish()
        services.mark_accepted(deliveries, version, by=by)
        for intakes in others.values():
            for source, intake in intakes.items():
                _record_loaded(source, intake, version, by)
    return version


def _submission(source: Source, by: User | None) -> Submission:
    with source.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Submission(
        provider=source.provider,
        period=source.period,
        submitted_by=by,
        sha256=sha256,
        size=source.path.stat().st_size,
        created_at=clock.now(),
    )


def _record_loaded(source: Source, intake: Intake, version: DataVersion, by: User | None) -> None:
    record(
        "dataset.loaded",
        by=by,
        subject=f"dataset:{source.dataset}",
        dataset=source.dataset,
        period=source.period,
        read=intake.rows_read,
        accepted=intake.rows_kept,
        rejected=intake.rows_rejected,
        data_version=version.label,
    )


def _note_refusal(source: Source, refused: Refused, by: User | None) -> None:
    if source.collection is DID:
        services.refuse_collected(submission=_submission(source, by), refused=refused, by=by)
        return
    with transaction.atomic():
        record(
            "dataset.refused",
            by=by,
            subject=f"dataset:{source.dataset}",
            dataset=source.dataset,
            period=source.period,
            rule=refused.rule,
            field=refused.field,
            row=refused.row,
        )
