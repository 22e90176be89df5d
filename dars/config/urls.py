"""Every address of the service, by application."""

from django.urls import include, path

from dars.config.home import home

urlpatterns = [
    path("", home, name="home"),
    path("health/", include("dars.core.health_urls")),
    path("", include("dars.accounts.urls")),
    path("notices/", include("dars.notices.urls")),
    path("applications/", include("dars.applications.urls")),
    path("catalogue/", include("dars.applications.request_catalogue_urls")),
    path("applications/", include("dars.correspondence.urls")),
    path("", include("dars.panels.urls")),
    path("agreements/", include("dars.agreements.urls")),
    path("organisations/", include("dars.organisations.urls")),
    path("oversight/", include("dars.oversight.urls")),
    path("audit/", include("dars.audit.urls")),
    path("submissions/", include("extracts.collection.urls")),
    path("opt-outs/", include("extracts.collection.opt_out_urls")),
    path("erasures/", include("extracts.collection.erasure_urls")),
    path("runs/", include("extracts.production.urls")),
    path("files/", include("extracts.delivery.urls")),
    path("publications/", include("extracts.statistics.urls")),
    path("statistics/", include("extracts.statistics.public_urls")),
]

handler400 = "dars.core.views.bad_request"
handler403 = "dars.core.views.not_allowed"
handler404 = "dars.core.views.not_found"
handler500 = "dars.core.views.server_error"
