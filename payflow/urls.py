"""The URLs of the service."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from notifications.urls import page_urlpatterns
from payflow import health
from payflow.api.docs_pages import RedocPage, SwaggerPage
from payflow.onboarding.views import Register

api: list[URLPattern | URLResolver] = [
    path("auth/register", Register.as_view()),
    path("auth/", include("accounts.urls")),
    *page_urlpatterns,
    path("wallet/", include("wallets.urls")),
    path("airtime/", include("airtime.urls")),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SwaggerPage.as_view(url_name="schema")),
    path("redoc", RedocPage.as_view(url_name="schema")),
    *health.urlpatterns,
]
urlpatterns = [
    path("api/v1/", include(api)),
    path("admin/", admin.site.urls),
    *health.urlpatterns,
]

admin.site.site_header = admin.site.site_title = f"{settings.APP_NAME} support"
admin.site.index_title = "Wallets and transactions"

handler400 = "payflow.api.errors.bad_request"
handler404 = "payflow.api.errors.not_found"
handler500 = "payflow.api.errors.server_error"
