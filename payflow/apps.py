from django.apps import AppConfig


class PayflowConfig(AppConfig):
    """Registers MongoEngine on Django's client, and the Celery application.

    Both in every process: views, the admin, commands and tests publish tasks alike.
    """

    name = "payflow"

    def ready(self) -> None:
        import celery_app  # noqa: F401
        from payflow.kernel import db

        db.register()
