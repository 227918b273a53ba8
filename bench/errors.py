"""What can go wrong while measuring, so that cli.py can choose an exit code and show no traceback for it."""


class BenchError(Exception):
    """Base of the others; the text is for the person at the terminal."""


class ToolsFailed(BenchError):
    """The load tools cannot be built or started, or one of them ended too early."""


class DescriptionWrong(BenchError):
    """A gateway's description cannot be used."""


class GatewayFailed(BenchError):
    """The gateway did not start, stop or bind; the text ends with its own output."""


class ConsoleFailed(BenchError):
    """The gateway's console did not answer as it should."""


class CellFailed(BenchError):
    """A scenario could not be measured; the others still can."""
