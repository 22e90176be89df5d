"""Campaigns take minutes: only where `make campaign` asks for them. Their results are recorded in docs/campaigns.md."""

import os
from importlib.util import find_spec

collect_ignore_glob = [] if os.environ.get("CAMPAIGN") == "1" else ["test_*.py"]
if not find_spec("pyspark"):  # requirements-spark.txt
    collect_ignore_glob.append("test_spark*.py")
