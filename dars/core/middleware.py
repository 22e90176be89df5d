"""Headers on every response, and domain errors as pages. Decides nothing about the domain."""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dars.core.errors import DomainError
from dars.core.own_words import own_words

_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class SecurityHeadersMiddleware:
    """Content security policy with a nonce per request; pages of people who are signed in are not stored by caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.csp_nonce = secrets.token_urlsafe(16)
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", _POLICY.format(nonce=request.csp_nonce))
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.setdefault("Cache-Control", "no-store")
        return response


class DomainErrorMiddleware:
    """Shows a refusal as a page with the reason, under the status that the refusal carries, and gives back what the
    person wrote: somebody else may have been first while they wrote it.

    An address with a NUL leads nowhere: PostgreSQL, which would be asked for what it names, refuses the character.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            return render(request, "errors/not_found.html", status=404)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        context = {"error": exception, "back": _came_from(request), "written": own_words(request)}
        return render(request, "errors/refused.html", context, status=exception.status)


def _came_from(request: HttpRequest) -> str:
    """The path of the page of this service from which the request came; empty if there is none, or it is this one."""
    came = urlsplit(request.headers.get("Referer", ""))
    ours = came.scheme in {"http", "https"} and came.netloc == request.get_host()
    path = f"{came.path}?{came.query}" if came.query else came.path
    here = request.method != "POST" and path == request.get_full_path()
    return path if ours and path.startswith("/") and not path.startswith("//") and not here else ""
