"""What the JSON interfaces share: one shape for refusals."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from dars.core.errors import DomainError


def domain_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """A refusal as `{"code", "message", "field", "rule"}`; everything else as REST framework does it."""
    if isinstance(error, DomainError):
        body = {"code": error.code, "message": error.message, "field": error.field, "rule": error.rule}
        return Response(body, status=error.status)
    return exception_handler(error, context)
