"""Folders of the test's own, and the people of collection, as collection's tests have them."""

from tests.integration.collection.conftest import provider, state, submitter

__all__ = ["provider", "state", "submitter"]
