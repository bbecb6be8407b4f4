from dev.sandbox.calls import Call, CallLog


def call(reference):
    return Call("2025-03-14T09:21:07.000Z", "flutterwave", "verify", "GET", "/", reference)


def test_the_log_keeps_the_newest_calls():
    """A full log forgets its oldest call."""
    log = CallLog(limit=2)

    for reference in ("a", "b", "c"):
        log.add(call(reference))

    assert [each["reference"] for each in log.shown()] == ["b", "c"]


def test_calls_are_found_by_reference():
    """One reference shows its own calls, with what they became in the meantime."""
    log = CallLog()
    log.add(call("a"))
    log.add(call("b")).status = 200

    assert [each["status"] for each in log.shown("b")] == [200]
