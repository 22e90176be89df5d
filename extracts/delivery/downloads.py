"""Sends the bytes that an offer allows, in pieces; decides nothing about who may have them."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from extracts.delivery.ranges import Span
from extracts.delivery.services import Offer

PIECE = 1 << 20
# An internal location of nginx that stands for DELIVERY_ROOT; nobody outside can ask for it.
X_ACCEL_PREFIX = "/protected-delivery/"
_TYPE = "application/octet-stream"


def respond(offer: Offer, *, head: bool) -> HttpResponseBase:
    """200 or 206 with the bytes, or with the place where nginx finds them (it then reads the Range header itself)."""
    if settings.X_ACCEL:
        response: HttpResponseBase = HttpResponse(content_type=_TYPE)
        response["X-Accel-Redirect"] = X_ACCEL_PREFIX + quote(str(offer.path.relative_to(settings.DELIVERY_ROOT)))
    else:
        response = _direct(offer, head=head)
    response["Content-Disposition"] = f'attachment; filename="{offer.file.name}"'
    response["ETag"] = offer.etag
    response["Cache-Control"] = "private, no-store"
    return response


def beyond_the_end(size: int) -> HttpResponse:
    """416: the bytes asked for are not in the file."""
    return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})


def _direct(offer: Offer, *, head: bool) -> HttpResponseBase:
    span = offer.span
    content = () if head else pieces(offer.path, span)
    response = StreamingHttpResponse(content, content_type=_TYPE)
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(span.length)
    if span.partial:
        response.status_code = 206
        response["Content-Range"] = f"bytes {span.first}-{span.last}/{offer.file.size}"
    return response


def pieces(path: Path, span: Span) -> Iterator[bytes]:
    """The bytes of the span, a piece at a time."""
    left = span.length
    with path.open("rb") as file:
        file.seek(span.first)
        while left:
            piece = file.read(min(PIECE, left))
            if not piece:
                return
            left -= len(piece)
            yield piece
