"""Use cases that write. Each is one function that a view, a task or an operator calls."""
