"""The catalogue's door: what other apps may use of it. Pure: no Django, no dars, no data."""

from extracts.catalogue import forms
from extracts.catalogue.canonical import canonical_json, sha256_hex
from extracts.catalogue.codes.imaging import Derived, ImagingCode, derive, imaging_codes
from extracts.catalogue.compile import compile_spec
from extracts.catalogue.datasets import DATASETS
from extracts.catalogue.describe import describe
from extracts.catalogue.forms import Domain
from extracts.catalogue.model import (
    GEOGRAPHY_HOLDS,
    SENSITIVITY_LABELS,
    Dataset,
    DeclarationError,
    Field,
    Form,
    Need,
    Reference,
    Sensitivity,
    SourceItem,
)
from extracts.catalogue.opt_outs import CONFIDENTIALITY_BASES, DISSEMINATION_BASES, opt_out_policy
from extracts.catalogue.reference import REFERENCE_TABLES
from extracts.catalogue.spec import (
    DEFAULT_K,
    FORMATS,
    IDENTIFIABILITY,
    IDENTIFIABLE,
    LOOSEST_MATCH_RANK,
    OPT_OUT_REASONS,
    PSEUDONYMISED,
    Cohort,
    DatasetSelection,
    ExtractSpec,
    FieldChoice,
    Filter,
    Linkage,
    OptOutPolicy,
    SpecError,
)

__all__ = [
    "CONFIDENTIALITY_BASES",
    "DATASETS",
    "DEFAULT_K",
    "DISSEMINATION_BASES",
    "FORMATS",
    "GEOGRAPHY_HOLDS",
    "IDENTIFIABILITY",
    "IDENTIFIABLE",
    "LOOSEST_MATCH_RANK",
    "OPT_OUT_REASONS",
    "PSEUDONYMISED",
    "REFERENCE_TABLES",
    "SENSITIVITY_LABELS",
    "Cohort",
    "Dataset",
    "DatasetSelection",
    "DeclarationError",
    "Derived",
    "Domain",
    "ExtractSpec",
    "Field",
    "FieldChoice",
    "Filter",
    "Form",
    "ImagingCode",
    "Linkage",
    "Need",
    "OptOutPolicy",
    "Reference",
    "Sensitivity",
    "SourceItem",
    "SpecError",
    "canonical_json",
    "compile_spec",
    "derive",
    "describe",
    "forms",
    "imaging_codes",
    "opt_out_policy",
    "sha256_hex",
]
