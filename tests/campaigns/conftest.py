"""Campaigns take minutes: only where `make campaign` asks for them. Their results are recorded in docs/campaigns.md."""

import os

collect_ignore_glob = [] if os.environ.get("CAMPAIGN") == "1" else ["test_*.py"]
