"""SMPP 3.4 without a socket: bytes and the time come in, events and bytes go out. Standard library only.

From the outside in: ``session`` (what a user holds) over ``link`` (binding and staying alive), ``window``, ``timers``,
``states`` and ``events``; ``framer`` and ``codec`` (bytes <-> PDU) over ``pdu`` and ``compiled``, which are made from
the one table in ``specs``. Beside them what is inside a message: ``receipt_text``, ``smpptime``, ``udh``.
"""
