"""What developers run beside the product: its servers on one machine, and both vendors simulated.

The product never imports this package, and no production image contains it.
"""
