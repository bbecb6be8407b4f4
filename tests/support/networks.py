"""VTpass, as a test sees it: the policy, the faults and the books of the sandbox."""

from __future__ import annotations

from typing import Any

import requests

from tests.support.vendor import Vendor


class Networks:
    """The half of the sandbox that is VTpass."""

    def __init__(self, vendor: Vendor) -> None:
        self._url = vendor.url

    def behave(self, **policy: Any) -> None:
        """Set how purchases go from now on; see dev/sandbox/vtpass/policy.py."""
        self._post("/control/vtpass/policy", policy)

    def answer(self, **forced: Any) -> None:
        """Force the answer to the next /pay: code, status, http_status, record, patch."""
        self.behave(force=[forced])

    def answer_requery(self, *forced: dict[str, Any]) -> None:
        self.behave(force_requery=list(forced))

    def end(self, request_id: str, status: str, *, callback: bool = False) -> None:
        """Give the purchase this status, whether it was decided before or not."""
        ending = {"status": status, "callback": callback}
        self._post(f"/control/vtpass/purchases/{request_id}", ending)

    def respell(self, spelling: str) -> None:
        """Spell recipients otherwise in answers: same, international, number or prefixed."""
        self.behave(recipient_spelling=spelling)

    def charge_fees(self, **fees: str) -> None:
        """Set the convenience fee of services: `charge_fees(mtn="N100")`; others have none."""
        self.behave(convenience_fees=fees)

    def balance(self) -> int:
        """Our float in kobo."""
        kobo: int = self.books()["balance_kobo"]
        return kobo

    def movements(self) -> list[dict[str, Any]]:
        """Every change of our float, oldest first."""
        return self.books()["movements"]

    def fault(self, kind: str, endpoint: str = "pay", times: int = 1, **more: Any) -> None:
        fault = {"vendor": "vtpass", "endpoint": endpoint, "kind": kind, "times": times, **more}
        self._post("/control/faults", fault)

    def set_float(self, naira: str) -> None:
        """Set our balance at VTpass, from which it takes the cost of every purchase."""
        self._post("/control/vtpass/float", {"naira": naira})

    def change_plans(self, service_id: str, **changes: Any) -> None:
        self._post("/control/vtpass/variations", {"serviceID": service_id, **changes})

    def callbacks(self, **policy: Any) -> None:
        self._post("/control/webhooks", {"vendor": "vtpass", **policy})

    def books(self) -> dict[str, Any]:
        return requests.get(f"{self._url}/control/books", timeout=10).json()["vtpass"]

    def purchases(self, phone: str) -> list[dict[str, Any]]:
        return [each for each in self.books()["purchases"] if each["recipient"] == phone]

    def purchase(self, request_id: str | None) -> dict[str, Any] | None:
        """The purchase under this id, if it arrived."""
        found = [each for each in self.books()["purchases"] if each["request_id"] == request_id]
        return found[0] if found else None

    def calls(self, endpoint: str) -> list[dict[str, Any]]:
        """Oldest first; a call's reference is our request id."""
        calls = requests.get(f"{self._url}/control/calls", timeout=10).json()["calls"]
        return [each for each in calls if each["endpoint"] == endpoint]

    def count_pays(self) -> int:
        """How often /pay was called."""
        return len(self.calls("pay"))

    def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = requests.post(self._url + path, json=body, timeout=10)
        assert answer.status_code == 200, answer.text
