"""Every test of this room fails when it logs an error it did not expect."""

from tests.fakes.logged import logged_errors  # noqa: F401
