from django.apps import AppConfig


class PayflowConfig(AppConfig):
    """Connects MongoEngine to Django's client, and loads the Celery application.

    Every process needs both: views, the admin, commands and tests all publish tasks.
    """

    name = "payflow"

    def ready(self) -> None:
        import celery_app  # noqa: F401
        from payflow.kernel import db

        db.register()
