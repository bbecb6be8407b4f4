# One image for web, ws, worker, beat and migrate; only the command differs. A second, small image
# for the vendor sandbox. Neither contains the embedded servers.

FROM python:3.11-slim-bookworm AS python
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
RUN groupadd --system --gid 10001 payflow \
    && useradd --system --uid 10001 --gid payflow --no-create-home --home-dir /app payflow

# Builds the wheels in a separate stage, so that build tools do not get into the images.
FROM python AS wheels
COPY requirements/base.txt requirements/sandbox.txt /requirements/
RUN pip wheel --wheel-dir /wheels/base --requirement /requirements/base.txt \
    && pip wheel --wheel-dir /wheels/sandbox --requirement /requirements/sandbox.txt

FROM python AS sandbox
RUN --mount=type=bind,from=wheels,source=/wheels/sandbox,target=/wheels \
    pip install --no-index --no-deps /wheels/*.whl
COPY dev/__init__.py dev/
COPY dev/sandbox dev/sandbox
USER payflow
EXPOSE 9100
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9100/health', timeout=2)"]
ENTRYPOINT ["python", "-m", "dev.sandbox", "--host", "0.0.0.0"]

# The last stage is the one that a plain `docker build .` creates.
FROM python AS payflow
RUN --mount=type=bind,from=wheels,source=/wheels/base,target=/wheels \
    pip install --no-index --no-deps /wheels/*.whl
COPY manage.py celery_app.py ./
COPY accounts accounts
COPY airtime airtime
COPY notifications notifications
COPY payflow payflow
COPY wallets wallets
ENV DJANGO_SETTINGS_MODULE=payflow.settings.production
# Collecting static files needs settings but no real secrets: these random values are used here only.
RUN random() { python -c "import secrets; print(secrets.token_hex(32))"; } \
    && MONGO_URI=mongodb://build REDIS_URL=redis://build RABBITMQ_URL=amqp://build \
    JWT_SECRET_KEY="$(random)" FLUTTERWAVE_SECRET_KEY="$(random)" \
    FLUTTERWAVE_WEBHOOK_HASH="$(random)" \
    python manage.py collectstatic --no-input --verbosity 0 \
    && install --directory --owner payflow --group payflow /var/lib/payflow
USER payflow
EXPOSE 8000
# Sends the public host name, because Django answers to no other.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import os, urllib.parse as u, urllib.request as r; \
r.urlopen(r.Request('http://127.0.0.1:8000/health/live', headers={'Host': \
u.urlsplit(os.environ['APP_ADDRESS']).hostname}), timeout=4)"]
CMD ["gunicorn", "payflow.wsgi:application", "--bind", "0.0.0.0:8000", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--timeout", "60", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
