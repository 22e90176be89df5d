"""Until when each dataset's months are kept, by the catalogue or the setting RETENTION_YEARS. Opens nothing."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from dars.core import clock
from extracts.catalogue.public import DATASETS
from extracts.collection import retention_rules
from extracts.collection.intake.refused import Refused


def kept_years(dataset: str) -> int:
    """For how many years after its end a month is kept."""
    return settings.RETENTION_YEARS.get(dataset, DATASETS[dataset].kept_years)


def first_kept(dataset: str) -> str:
    """The earliest month of today ('YYYY-MM') that is kept; all before it are past their period."""
    return retention_rules.first_kept(kept_years(dataset), clock.today())


def check_month(dataset: str, period: str) -> None:
    """Refuses a month that would be removed again."""
    if period < first_kept(dataset):
        message = f"This month is past its retention period: records are kept from {first_kept(dataset)} on."
        raise Refused("period.past_retention", message, field="period")


def check_setting() -> None:
    """Raises ImproperlyConfigured for a dataset that there is not."""
    if unknown := set(settings.RETENTION_YEARS) - set(DATASETS):
        raise ImproperlyConfigured(f"RETENTION_YEARS names no dataset: {', '.join(sorted(unknown))}")
