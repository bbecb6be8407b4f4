"""What all HTTP endpoints share: request ids, errors, pages, rate limits."""
