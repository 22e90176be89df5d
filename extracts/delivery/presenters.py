"""Packages as pages and the JSON interface show them. Reads nothing itself."""

from typing import Any

from django.urls import reverse
from django.utils.timezone import localtime

from dars.accounts.public import User
from extracts.delivery.models import Package, PackageFile

_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def size(number: int) -> str:
    """`612 bytes`, `1.2 MB` (1 KB = 1,000 bytes)."""
    value, unit = float(number), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 99.5 else f"{value:.1f} {_UNITS[unit]}"


def package(row: Package, user: User, downloadable: set[int]) -> dict[str, Any]:
    """One package for the page; `own_keys` are the fingerprints with which this person can decrypt it.

    `downloadable`: keys of the packages that this person may download now.
    """
    return {
        "row": row,
        "files": [file(item, row) for item in row.files.all()],
        "own_keys": [key.fingerprint for key in row.keys.all() if key.user_id == user.pk],
        "last_day": localtime(row.expires_at) if row.expires_at else None,
        "available": row.pk in downloadable,
    }


def file(item: PackageFile, row: Package) -> dict[str, Any]:
    """One file, with its address and its name once decrypted."""
    return {
        "name": item.name,
        "plain_name": item.name.removesuffix(".age"),
        "size": size(item.size),
        "sha256": item.sha256,
        "address": reverse("delivery:download", args=[row.uuid, item.name]),
    }


def as_json(row: Package) -> dict[str, Any]:
    """One package for the JSON interface: sizes in bytes, instants in ISO 8601."""
    return {
        "id": str(row.uuid),
        "agreement": row.agreement.reference,
        "number": row.number,
        "period": row.period,
        "state": row.state,
        "released_at": row.released_at.isoformat() if row.released_at else None,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "keys": [key.fingerprint for key in row.keys.all()],
        "files": [
            {
                "name": item.name,
                "size": item.size,
                "sha256": item.sha256,
                "plain_size": item.plain_size,
                "plain_sha256": item.plain_sha256,
                "url": reverse("delivery:download", args=[row.uuid, item.name]),
            }
            for item in row.files.all()
        ],
    }
