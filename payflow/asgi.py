"""The ASGI application, for Daphne: HTTP and WebSockets."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payflow.settings.production")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

http = get_asgi_application()

from notifications.urls import websocket_urlpatterns  # noqa: E402
from payflow.access_log import use_access_log_without_queries  # noqa: E402

use_access_log_without_queries()

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
