"""The inbox: every webhook is stored first, verified with its vendor, and acted upon once."""
