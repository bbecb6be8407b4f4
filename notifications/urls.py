from django.urls import path

from notifications.consumers import WalletConsumer

websocket_urlpatterns = [
    path("ws/wallet", WalletConsumer.as_asgi()),
    path("api/v1/ws/wallet", WalletConsumer.as_asgi()),
]
