"""Every address of the service, by application."""

from django.urls import include, path

from dars.config.home import home

urlpatterns = [
    path("", home, name="home"),
    path("health/", include("dars.core.health_urls")),
    path("", include("dars.accounts.urls")),
    path("applications/", include("dars.applications.urls")),
    path("", include("dars.panels.urls")),
    path("agreements/", include("dars.agreements.urls")),
    path("audit/", include("dars.audit.urls")),
    path("submissions/", include("extracts.collection.urls")),
    path("opt-outs/", include("extracts.collection.opt_out_urls")),
    path("runs/", include("extracts.production.urls")),
    path("files/", include("extracts.delivery.urls")),
]

handler403 = "dars.core.views.not_allowed"
handler404 = "dars.core.views.not_found"
handler500 = "dars.core.views.server_error"
