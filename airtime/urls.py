from django.urls import path

from airtime import views
from airtime.purchases.callbacks import VtpassWebhook
from airtime.purchases.views import Purchase, PurchaseView

urlpatterns = [
    path("services", views.Services.as_view()),
    path("services/<str:service_id>/variations", views.Variations.as_view()),
    path("foreign/countries", views.Countries.as_view()),
    path("foreign/countries/<str:code>/product-types", views.ProductTypes.as_view()),
    path("foreign/countries/<str:code>/operators", views.Operators.as_view()),
    path("foreign/operators/<str:operator_id>/variations", views.InternationalVariations.as_view()),
    path("purchase", Purchase.as_view()),
    path("transactions/<str:reference>", PurchaseView.as_view()),
    path("vtpass/webhook", VtpassWebhook.as_view()),
]
