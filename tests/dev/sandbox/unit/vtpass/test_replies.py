from dev.sandbox.vtpass.replies import overlaid, refusal_body


def test_a_refusal_says_what_it_means():
    """The code with the vendor's words for it, and an empty list of errors."""
    assert refusal_body("018") == {
        "code": "018",
        "response_description": "LOW WALLET BALANCE",
        "content": {"errors": []},
    }


def test_two_refusals_have_shapes_of_their_own():
    """Wrong keys have a message, and a system error no words."""
    assert refusal_body("087") == {"code": "087", "message": "INVALID CREDENTIALS"}
    assert refusal_body("083") == {"code": "083", "content": {"errors": []}}


def test_an_unknown_code_can_be_said_too():
    """Clients meet codes that no table has."""
    assert refusal_body("777")["response_description"] == "UNEXPECTED RESPONSE"


def test_a_patch_goes_into_objects():
    """Objects are merged, and everything else is replaced."""
    body = {"a": {"b": 1, "c": 2}, "d": [1]}

    assert overlaid(body, {"a": {"b": 3}, "d": [2], "e": {}}) == {
        "a": {"b": 3, "c": 2},
        "d": [2],
        "e": {},
    }
    assert body == {"a": {"b": 1, "c": 2}, "d": [1]}
