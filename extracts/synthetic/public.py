"""The door of the synthetic England: `make_world` makes one, `truth_answers` is what to hold results against."""

from extracts.synthetic.answers import truth_answers
from extracts.synthetic.world import FIRST_MONTH, Manifest, WorldError, default_providers, make_world

__all__ = ["FIRST_MONTH", "Manifest", "WorldError", "default_providers", "make_world", "truth_answers"]
