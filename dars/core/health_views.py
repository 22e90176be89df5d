"""The two addresses that load balancers and containers ask, without signing in; they tell names of parts, no more."""

from dataclasses import asdict

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from dars.core import health


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 while this process answers at all."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when every part is well, else 503; each part by name with what is wrong."""
    checks = health.checks()
    well = all(check.ok for check in checks.values())
    body = {"status": "ok" if well else "not ready", "checks": {name: asdict(check) for name, check in checks.items()}}
    return JsonResponse(body, status=200 if well else 503)
