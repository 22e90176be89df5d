"""The catalogue's door: what other apps may use of it. Pure: no Django, no dars, no data."""

from . import forms
from .canonical import canonical_json, sha256_hex
from .codes.imaging import Derived, ImagingCode, derive, imaging_codes
from .compile import compile_spec
from .datasets import DATASETS
from .describe import describe
from .forms import Domain
from .model import (
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
from .opt_outs import CONFIDENTIALITY_BASES, DISSEMINATION_BASES, opt_out_policy
from .reference import REFERENCE_TABLES
from .spec import (
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
