"""The HTTP edge that all apps share: request ids, errors, pages, throttles."""
