"""The catalogue's door: what other apps may use of it. Pure: no Django, no dars, no data."""

from extracts.catalogue import forms, items
from extracts.catalogue.assessing import Assessed, EventsTold, Given, Instead, Together, assessed, register_assessments
from extracts.catalogue.canonical import canonical_json, sha256_hex
from extracts.catalogue.codes.imaging import EARLY_CANCER, Derived, ImagingCode, derive, imaging_codes
from extracts.catalogue.comparison import Comparison, FieldCompared, compare
from extracts.catalogue.compile import compile_spec
from extracts.catalogue.counting import Counted, ask, question_of, register_counter
from extracts.catalogue.counting import Question as CountQuestion
from extracts.catalogue.counts import DIMENSIONS as COUNTED_BY
from extracts.catalogue.counts import SUBNATIONAL
from extracts.catalogue.datasets import DATASETS
from extracts.catalogue.describe import describe
from extracts.catalogue.examples import PLACES, example
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
    AGGREGATED,
    DEFAULT_K,
    FORMATS,
    FREQUENCIES,
    IDENTIFIABILITY,
    IDENTIFIABLE,
    LOOSEST_MATCH_RANK,
    ONCE,
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
from extracts.catalogue.standards import CONDITION_KINDS, asks_more, condition_kind, tells_an_event

__all__ = [
    "AGGREGATED",
    "CONDITION_KINDS",
    "CONFIDENTIALITY_BASES",
    "COUNTED_BY",
    "DATASETS",
    "DEFAULT_K",
    "DISSEMINATION_BASES",
    "EARLY_CANCER",
    "FORMATS",
    "FREQUENCIES",
    "GEOGRAPHY_HOLDS",
    "IDENTIFIABILITY",
    "IDENTIFIABLE",
    "LOOSEST_MATCH_RANK",
    "ONCE",
    "OPT_OUT_REASONS",
    "PLACES",
    "PSEUDONYMISED",
    "REFERENCE_TABLES",
    "SENSITIVITY_LABELS",
    "SUBNATIONAL",
    "Assessed",
    "Cohort",
    "Comparison",
    "CountQuestion",
    "Counted",
    "Dataset",
    "DatasetSelection",
    "DeclarationError",
    "Derived",
    "Domain",
    "EventsTold",
    "ExtractSpec",
    "Field",
    "FieldChoice",
    "FieldCompared",
    "Filter",
    "Form",
    "Given",
    "ImagingCode",
    "Instead",
    "Linkage",
    "Need",
    "OptOutPolicy",
    "Reference",
    "Sensitivity",
    "SourceItem",
    "SpecError",
    "Together",
    "ask",
    "asks_more",
    "assessed",
    "canonical_json",
    "compare",
    "compile_spec",
    "condition_kind",
    "derive",
    "describe",
    "example",
    "forms",
    "imaging_codes",
    "items",
    "opt_out_policy",
    "question_of",
    "register_assessments",
    "register_counter",
    "sha256_hex",
    "tells_an_event",
]
