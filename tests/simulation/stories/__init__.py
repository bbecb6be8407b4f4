"""What customers ask for and vendors do, and what must be true at the end: one story per flow.

After the first outcome a vendor may change it. Each of its webhooks may be lost, doubled or late.
"""

from tests.simulation.stories.airtime import Airtime
from tests.simulation.stories.money_in import MoneyIn
from tests.simulation.stories.money_out import MoneyOut

KINDS = (MoneyIn, MoneyOut, Airtime)
