"""Runs a script on a message: the same code in a worker process and, for trusted scripts, in the gateway itself."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import re
import struct
import time
import traceback
from types import CodeType
from typing import Any

from interceptors.contract import Answer, Request
from interceptors.routable import Routable

MOST_REPLIES = 10
"""Replies of one run; more look like a mistake, and each costs money."""

_MODULES = {"hashlib": hashlib, "re": re, "json": json, "datetime": datetime, "math": math, "struct": struct}


def compile_script(code: str, path: str) -> CodeType:
    """The script, compiled. SyntaxError or ValueError when it is none."""
    return compile(code, path, "exec", dont_inherit=True)


def run(script: CodeType, request: Request) -> Answer:
    """Runs it; what it raises becomes the answer's `error`. MemoryError is raised: the process is unfit then."""
    began = time.perf_counter()
    try:
        answer = _run(script, request)
    except MemoryError:
        raise
    except BaseException as problem:  # a script that calls sys.exit() has failed as well
        answer = Answer(error=_said(problem))
    answer.seconds = time.perf_counter() - began
    return answer


def _run(script: CodeType, request: Request) -> Answer:
    routable = Routable(request)
    replies: list[str] = []

    def reply(text: str) -> None:
        """Sends a message back to the subscriber."""
        if request.side != "MO":
            raise ValueError("reply() answers messages from subscribers, and this one goes to a subscriber")
        if not isinstance(text, str) or not text:
            raise TypeError("reply() takes a text that is not empty")
        if len(replies) >= MOST_REPLIES:
            raise ValueError(f"more than {MOST_REPLIES} replies to one message")
        replies.append(text)

    scope: dict[str, Any] = {
        "__name__": "__main__",
        "__builtins__": __builtins__,
        "routable": routable,
        "smpp_status": None,
        "http_status": None,
        "extra": {},
        "reply": reply,
        "folder": request.folder,
        **_MODULES,
    }
    exec(script, scope)  # noqa: S102 - running operators' scripts is what this is for
    return Answer(
        changed=routable.changes(request.params),
        tags=routable.tags,
        tlvs=routable.tlvs,
        locks=sorted(routable.locks),
        smpp_status=_status(scope, "smpp_status"),
        http_status=_status(scope, "http_status"),
        message_id=_message_id(scope["extra"]),
        replies=replies,
    )


def _status(scope: dict[str, Any], name: str) -> int | None:
    value = scope.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0xFFFFFFFF):
        return value
    raise TypeError(f"{name} must be a whole number or None, not {value!r}")


def _message_id(extra: Any) -> str:
    value = extra.get("message_id", "") if isinstance(extra, dict) else ""
    text = value.decode("ascii") if isinstance(value, bytes) else str(value)
    if not text.isascii() or len(text) > 64:
        raise ValueError("extra['message_id'] must be at most 64 ASCII characters (SMPP 3.4 §5.2.23)")
    return text


def _said(problem: BaseException) -> str:
    """The error with the line of the script that raised it."""
    last = "".join(traceback.format_exception_only(problem)).strip()
    frames = [each for each in traceback.extract_tb(problem.__traceback__) if each.filename != __file__]
    return f"{last} (line {frames[0].lineno})" if frames else last
