"""Ports: the usual ones, those set by a variable, and the refusal of a taken port."""

import socket

import pytest

from dev.stack.errors import PortTaken, StackError
from dev.stack.ports import HOST, VARIABLES, Ports


@pytest.fixture
def taken():
    """A port on which a server listens."""
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


def test_unset_variables_leave_the_usual_ports():
    """Without variables, or with empty ones, a stack has its usual ports."""
    assert Ports.from_environment({}) == Ports()
    assert Ports.from_environment({"PORT": ""}) == Ports()


@pytest.mark.parametrize(("part", "variable"), VARIABLES.items())
def test_each_variable_moves_its_own_part(part, variable):
    """A variable moves the port of its part and no other."""
    moved = Ports.from_environment({variable: "12345"})

    assert moved == Ports(**{part: 12345})


@pytest.mark.parametrize("text", ["0", "65536", "-1", "eight", "8000.0"])
def test_a_variable_without_a_port_is_refused(text):
    """The refusal names the variable."""
    with pytest.raises(StackError, match="SANDBOX_PORT must be a port"):
        Ports.from_environment({"SANDBOX_PORT": text})


def test_free_ports_differ():
    """The four free ports of one stack are different."""
    free = Ports.free()

    assert len({free.web, free.sandbox, free.database, free.valkey}) == 4


def test_a_taken_port_is_refused_with_a_remedy(taken):
    """The refusal of a taken port names the port and the variable that moves it."""
    with pytest.raises(PortTaken) as refused:
        Ports(web=taken).require_free(("web",))

    assert str(refused.value) == (
        f"Port {taken} is taken; choose another one with PORT, as in: PORT={taken + 1} make run"
    )


def test_ports_of_absent_parts_may_be_taken(taken):
    """Only the ports of the parts that will listen have to be free."""
    Ports(web=taken).require_free(("database",))
