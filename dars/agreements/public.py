"""The door of agreements for production and delivery: what an agreement allows, and whether it does so now."""

from dars.agreements.selectors import Terms, for_application, live_terms, terms

__all__ = ["Terms", "for_application", "live_terms", "terms"]
