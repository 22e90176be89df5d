"""May this person do this? The only door to roles and object rights; whether the state allows it is asked elsewhere.

Deny by default. A role (a Django group of that name, see `roles.py`) gives rights over everything of a kind;
guardian gives rights over one object. Being a superuser or "staff" counts for nothing here. An object can be closed to
a person (`register_closed`): then no role opens it, and only a right of their own does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, Q, QuerySet
from guardian.shortcuts import assign_perm, get_objects_for_user, get_users_with_perms, remove_perm

from dars.core.errors import NotAllowed
from dars.core.rights import P
from dars.core.roles import ROLES, rights_of

__all__ = [
    "P",
    "allowed",
    "grant",
    "holders",
    "lacking",
    "register_closed",
    "require",
    "require_open",
    "revoke",
    "role_rights",
    "visible",
]

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class _Closed:
    """`rows(user)`: the objects that are closed to the person; `words`: why, for that person to read."""

    rows: Callable[[AbstractBaseUser], QuerySet]
    words: str


_closed: dict[str, _Closed] = {}


def register_closed(model: type[Model], rows: Callable[[AbstractBaseUser], QuerySet], words: str) -> None:
    """From an app's `ready`: which objects of a model no role opens to a person, whatever the right, and why."""
    _closed[model._meta.label] = _Closed(rows, words)


def allowed(user: AbstractBaseUser, permission: P, obj: Model | None = None) -> bool:
    """True if `require` would not raise."""
    try:
        require(user, permission, obj)
    except NotAllowed:
        return False
    return True


def require(user: AbstractBaseUser, permission: P, obj: Model | None = None) -> None:
    """Raises NotAllowed unless a role of the person, or a right on `obj`, gives the permission."""
    if not (user.is_authenticated and user.is_active):
        raise NotAllowed("Sign in to do this.")
    by_role = permission in role_rights(user)
    closed = _why_closed(user, obj) if by_role else ""
    if by_role and not closed:
        return
    if obj is not None and _object_rights(user, permission, type(obj)._default_manager.filter(pk=obj.pk)).exists():
        return
    if closed:
        raise NotAllowed(closed, rule="closed")
    raise NotAllowed(lacking(permission))


def lacking(*any_of: P) -> str:
    """What somebody is told who has none of these rights: also which roles give one, where roles do."""
    roles = [role.label for role, rights in ROLES.items() if rights & set(any_of)]
    which = f"this role: {roles[0]}" if len(roles) == 1 else f"one of these roles: {', '.join(roles)}"
    return f"You do not have permission to do this.{f' It takes {which}.' if roles else ''}"


def require_open(user: AbstractBaseUser, permission: P, obj: Model) -> None:
    """Raises NotAllowed, with the reason, for somebody whose role gives the permission and to whom `obj` is closed."""
    if permission in role_rights(user) and (reason := _why_closed(user, obj)):
        raise NotAllowed(reason, rule="closed")


def visible(user: AbstractBaseUser, permission: P, queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows of `queryset` on which the person has the permission: the only filter for lists."""
    if not (user.is_authenticated and user.is_active):
        return queryset.none()
    if permission not in role_rights(user):
        return _object_rights(user, permission, queryset)
    closed = _closed.get(queryset.model._meta.label)
    if closed is None:
        return queryset
    own = _object_rights(user, permission, queryset.model._default_manager.all())
    return queryset.filter(~Q(pk__in=closed.rows(user).values("pk")) | Q(pk__in=own.values("pk")))


def role_rights(user: AbstractBaseUser) -> frozenset[P]:
    """The rights that the person's roles give over every object of a kind; asked once per request."""
    if not hasattr(user, "_role_rights"):
        user._role_rights = rights_of(user.groups.values_list("name", flat=True))
    return user._role_rights


def grant(user: AbstractBaseUser, permission: P, obj: Model) -> None:
    """Gives the person the right on this one object. The caller audits it."""
    assign_perm(permission.codename, user, obj)


def revoke(user: AbstractBaseUser, permission: P, obj: Model) -> None:
    """Takes the right on this one object away; no error if there was none. The caller audits it."""
    remove_perm(permission.codename, user, obj)


def holders(permission: P, obj: Model) -> QuerySet:
    """The active people with a right of their own on `obj` (roles not counted)."""
    people = get_users_with_perms(obj, only_with_perms_in=[permission.codename], with_group_users=False)
    return get_user_model().objects.filter(pk__in=people.values("pk"), is_active=True)


def _object_rights(user: AbstractBaseUser, permission: P, queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows on which the person has the right themselves: such rights are given to people, never to roles."""
    label = permission.value.partition(".")[0]
    if queryset.model._meta.app_label != label:
        raise ValueError(f"{permission} is not a right on {queryset.model.__name__}")
    alone = {"use_groups": False, "with_superuser": False, "accept_global_perms": False}
    return get_objects_for_user(user, permission.codename, queryset, **alone)


def _why_closed(user: AbstractBaseUser, obj: Model | None) -> str:
    closed = _closed.get(obj._meta.label) if obj is not None else None
    return closed.words if closed and closed.rows(user).filter(pk=obj.pk).exists() else ""
