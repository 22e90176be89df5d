"""Folders of the test's own and a collector, as collection's tests have them."""

from tests.integration.collection.conftest import collect, provider, rival, state

__all__ = ["collect", "provider", "rival", "state"]
