from typing import Any

from django.urls import path, re_path

from notifications import pages
from notifications.consumers import WalletConsumer


async def refuse(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Refuses the handshake of a socket at an address that no consumer serves.

    Daphne answers 403: it offers no other status. Behind nginx the answer is 404, because nginx
    sends only the address of the wallet socket to Daphne.
    """
    await send({"type": "websocket.close"})


page_urlpatterns = [
    path("wallet/flutterwave/callback", pages.funding_callback),
    path("wallet/withdraw/success/<str:reference>", pages.withdrawal_outcome),
]
websocket_urlpatterns = [
    path("ws/wallet", WalletConsumer.as_asgi()),
    path("api/v1/ws/wallet", WalletConsumer.as_asgi()),
    re_path("", refuse),  # type: ignore[arg-type]  # an ASGI application, as URLRouter expects
]
