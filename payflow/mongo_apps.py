"""Django's own apps, with MongoDB's ObjectId as primary key."""

from django.contrib.admin import apps as admin
from django.contrib.auth import apps as auth
from django.contrib.contenttypes import apps as contenttypes

OBJECT_ID = "django_mongodb_backend.fields.ObjectIdAutoField"


class MongoAdminConfig(admin.AdminConfig):
    default = False
    default_site = "accounts.staff_site.StaffSite"
    default_auto_field = OBJECT_ID


class MongoAuthConfig(auth.AuthConfig):
    default_auto_field = OBJECT_ID


class MongoContentTypesConfig(contenttypes.ContentTypesConfig):
    default_auto_field = OBJECT_ID
