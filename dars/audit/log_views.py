"""The log as an auditor's programs read it (C2SP tlog-tiles), and the proof of one event. Serves no payload.

Whoever reads entries is recorded; hashes and checkpoints tell nothing about anybody and are not.
"""

import uuid

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dars.audit import checkpoints, exports, tiles
from dars.audit.services import record
from dars.core.permissions import P, require

_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint with its cosignatures."""
    require(request.user, P.AUDIT_VIEW)
    head = checkpoints.newest()
    if head is None:
        raise Http404
    return HttpResponse(checkpoints.with_cosignatures(head), content_type=_TEXT)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The log's public key. An auditor should hold it from elsewhere; this is to compare."""
    require(request.user, P.AUDIT_VIEW)
    head = checkpoints.newest()
    if head is None:
        raise Http404
    return HttpResponse(f"{head.key}\n", content_type=_TEXT)


@require_safe
def tile(request: HttpRequest, name: str) -> HttpResponse:
    """A tile of hashes or a bundle of entries, as far as a checkpoint covers it."""
    require(request.user, P.AUDIT_VIEW)
    path = f"tile/{name}"
    found, head = tiles.parsed(path), checkpoints.newest()
    if found is None or head is None or not _covered(found, head.size):
        raise Http404
    try:
        if found[0] != "entries":
            return HttpResponse(checkpoints.fetch(path), content_type=_BYTES)
        data = exports.entries(path)
    except FileNotFoundError:
        raise Http404 from None
    with transaction.atomic():
        record("audit.entries_read", by=request.user, subject="log:audit", first=found[1] * tiles.WIDTH, count=found[2])
    return HttpResponse(data, content_type=_BYTES)


@require_safe
def proof(request: HttpRequest, event: uuid.UUID) -> HttpResponse:
    """A proof file that this event is in the log, for whoever it concerns to keep."""
    require(request.user, P.AUDIT_VIEW)
    text = exports.proof(str(event))
    with transaction.atomic():
        record("audit.proof_given", by=request.user, subject=f"event:{event}")
    response = HttpResponse(text, content_type=_TEXT)
    response["Content-Disposition"] = f'attachment; filename="{event}.tlog-proof"'
    return response


def _covered(found: tuple[int | str, int, int], size: int) -> bool:
    level, index, width = found
    hashes = size >> (tiles.HEIGHT * (0 if level == "entries" else int(level)))
    return index * tiles.WIDTH + width <= hashes
