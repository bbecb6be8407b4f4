"""Password hashing that costs a test milliseconds, by the same code."""

from django.contrib.auth.hashers import BCryptSHA256PasswordHasher


class QuickBcrypt(BCryptSHA256PasswordHasher):
    rounds = 4
