"""The declared datasets; a new one is a module here and a line in this tuple."""

from .cancer import CANCER
from .did import DID
from .hes_apc import HES_APC

DATASETS = {dataset.name: dataset for dataset in (DID, HES_APC, CANCER)}
