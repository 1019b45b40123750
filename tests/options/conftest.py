"""What the tests of options share with those of the command line."""

from tests.cli.conftest import _plain_environment, asked, configuration

__all__ = ["_plain_environment", "asked", "configuration"]
