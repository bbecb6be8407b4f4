"""Ports: chosen, moved by a variable, and refused in one sentence."""

import socket

import pytest

from dev.stack.errors import PortTaken, StackError
from dev.stack.ports import HOST, VARIABLES, Ports


@pytest.fixture
def taken():
    """A port that somebody listens on."""
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


def test_unset_variables_leave_the_usual_ports():
    """Without variables, and with empty ones, a stack has its usual ports."""
    assert Ports.from_environment({}) == Ports()
    assert Ports.from_environment({"PORT": ""}) == Ports()


@pytest.mark.parametrize(("part", "variable"), VARIABLES.items())
def test_each_variable_moves_its_own_part(part, variable):
    """A variable moves the port of its part and no other."""
    moved = Ports.from_environment({variable: "12345"})

    assert moved == Ports(**{part: 12345})


@pytest.mark.parametrize("text", ["0", "65536", "-1", "eight", "8000.0"])
def test_what_is_no_port_is_refused_by_name(text):
    """A variable that holds no port is named in the refusal."""
    with pytest.raises(StackError, match="SANDBOX_PORT must be a port"):
        Ports.from_environment({"SANDBOX_PORT": text})


def test_free_ports_are_four_different_ones():
    """The free ports of one stack do not collide with each other."""
    free = Ports.free()

    assert len({free.web, free.sandbox, free.database, free.valkey}) == 4


def test_a_taken_port_is_told_with_its_way_out(taken):
    """The refusal of a taken port names the port and the variable that moves it."""
    with pytest.raises(PortTaken) as refused:
        Ports(web=taken).require_free(("web",))

    assert str(refused.value) == (
        f"Port {taken} is taken; choose another one with PORT, as in: PORT={taken + 1} make run"
    )


def test_ports_of_absent_parts_may_be_taken(taken):
    """Only the ports of the parts that will listen have to be free."""
    Ports(web=taken).require_free(("database",))
