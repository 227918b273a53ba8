"""Two logs: `events.log` for what the gateway does, `messages.log` for what happens to every message.

A call costs about a microsecond: it keeps a tuple. Lines are formatted and written in one go a quarter of a second
later, or as soon as a thousand have gathered; errors are written at once.
"""

from jasminlike.logs.buffer import Buffer
from jasminlike.logs.events import EventLog
from jasminlike.logs.files import LogFile
from jasminlike.logs.foreign import LoggingEvents, TwistedEvents
from jasminlike.logs.lives import MessageLives
from jasminlike.logs.messages import MessageLog
from jasminlike.logs.opening import Logs, open_logs

__all__ = [
    "Buffer",
    "EventLog",
    "LogFile",
    "LoggingEvents",
    "Logs",
    "MessageLives",
    "MessageLog",
    "TwistedEvents",
    "open_logs",
]
