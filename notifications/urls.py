from django.urls import path

from notifications import pages
from notifications.consumers import WalletConsumer

page_urlpatterns = [
    path("wallet/flutterwave/callback", pages.funding_callback),
    path("wallet/withdraw/success/<str:reference>", pages.withdrawal_outcome),
]
websocket_urlpatterns = [
    path("ws/wallet", WalletConsumer.as_asgi()),
    path("api/v1/ws/wallet", WalletConsumer.as_asgi()),
]
