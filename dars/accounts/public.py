"""The door of accounts for other applications."""

from dars.accounts.models import User
from dars.accounts.services import create_account, grant_role

__all__ = ["User", "create_account", "grant_role"]
