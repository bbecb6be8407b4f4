"""An example flow: paying for electricity. docs/adding-a-flow.md goes through it.

It is complete but for its HTTP endpoint, and its vendor is a dictionary in this process.
"""

ELECTRICITY = "ELECTRICITY"  # the type of its transactions
VENDOR = "power"
