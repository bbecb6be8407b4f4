"""The product's password hashing with so few rounds that it takes milliseconds."""

from django.contrib.auth.hashers import BCryptSHA256PasswordHasher


class QuickBcrypt(BCryptSHA256PasswordHasher):
    rounds = 4
