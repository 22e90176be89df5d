"""May this person do this? The only door to roles and object rights; whether the state allows it is asked elsewhere.

Deny by default. A role (a Django group of that name, see `roles.py`) gives rights over everything of a kind;
guardian gives rights over one object. Being a superuser or "staff" counts for nothing here.
"""

from typing import TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model, QuerySet
from guardian.shortcuts import assign_perm, get_objects_for_user, get_users_with_perms, remove_perm

from dars.core.errors import NotAllowed
from dars.core.rights import P
from dars.core.roles import rights_of

__all__ = ["P", "allowed", "grant", "holders", "require", "revoke", "role_rights", "visible"]

M = TypeVar("M", bound=Model)


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
    if permission in role_rights(user):
        return
    if obj is not None and _object_rights(user, permission, type(obj)._default_manager.filter(pk=obj.pk)).exists():
        return
    raise NotAllowed("You do not have permission to do this.")


def visible(user: AbstractBaseUser, permission: P, queryset: QuerySet[M]) -> QuerySet[M]:
    """The rows of `queryset` on which the person has the permission: the only filter for lists."""
    if not (user.is_authenticated and user.is_active):
        return queryset.none()
    if permission in role_rights(user):
        return queryset
    return _object_rights(user, permission, queryset)


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
    label = permission.value.partition(".")[0]
    if queryset.model._meta.app_label != label:
        raise ValueError(f"{permission} is not a right on {queryset.model.__name__}")
    return get_objects_for_user(user, permission.codename, queryset, with_superuser=False, accept_global_perms=False)
