"""What shows the customer the truth at once: sockets, pushes, and the outcome pages."""
