"""The declared datasets; a new one is a module here and a line in this tuple."""

from extracts.catalogue.datasets.cancer import CANCER
from extracts.catalogue.datasets.deaths import DEATHS
from extracts.catalogue.datasets.did import DID
from extracts.catalogue.datasets.hes_apc import HES_APC

DATASETS = {dataset.name: dataset for dataset in (DID, HES_APC, CANCER, DEATHS)}
