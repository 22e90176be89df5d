"""The service's own settings on a state folder of this test process alone, with quick password hashing."""

import os
import tempfile

# Set before the real settings are read. Processes that a test starts inherit both.
os.environ["STATE"] = tempfile.mkdtemp(prefix="dars-test-")
os.environ["DEVELOPMENT"] = "1"

from dars.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir()  # noqa: F405 - else the middleware that serves it warns, and a warning fails a test
