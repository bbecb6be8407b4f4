import pytest

from dev.sandbox.config import DEV_FLUTTERWAVE_SECRET_KEY, read_config


def test_defaults_are_the_development_defaults():
    """Without options the sandbox listens on its usual port and takes the development key."""
    config = read_config([], {})

    assert (config.host, config.port) == ("127.0.0.1", 9100)
    assert config.flutterwave_secret_key == DEV_FLUTTERWAVE_SECRET_KEY


def test_the_command_line_wins_over_the_environment():
    """An option given both ways takes the command line's value."""
    environment = {"SANDBOX_PORT": "9200", "SANDBOX_WEBHOOK_RETRY_S": "1800"}

    config = read_config(["--port", "9300"], environment)

    assert config.port == 9300
    assert config.webhook_retry_s == 1800.0


@pytest.mark.parametrize(
    "environment",
    [
        {"SANDBOX_PORT": "65536"},
        {"SANDBOX_WEBHOOK_RETRY_S": "nan"},
        {"SANDBOX_WEBHOOK_TIMEOUT_S": "-1"},
        {"SANDBOX_FLUTTERWAVE_DUPLICATE_TX_REF": "sometimes"},
    ],
)
def test_a_wrong_value_ends_the_program(environment, capsys):
    """A value that cannot be meant is refused at the start, with a message."""
    with pytest.raises(SystemExit) as stopped:
        read_config([], environment)

    assert stopped.value.code == 2
    assert "error:" in capsys.readouterr().err
