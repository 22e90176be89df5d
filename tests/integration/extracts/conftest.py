"""Folders of the test's own, as collection's tests have them."""

from tests.integration.collection.conftest import state

__all__ = ["state"]
