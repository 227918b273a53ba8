"""An SMS gateway and messaging platform on Twisted."""

__version__ = "0.1.0"
