"""Entry point: `python -m dev.stack run`, and `demo`."""

import sys

# Checked before any import that an older Python cannot parse, in syntax that it can parse.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("PayFlow needs Python 3.11 or newer; this is %s." % sys.version.split()[0])  # noqa: UP031

from dev.stack.cli import main

if __name__ == "__main__":
    sys.exit(main())
