"""A client of the SMPP server on another author's software, the PyPI package `smpplib`."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import smpplib.client
import smpplib.exceptions

from tests.flows.gateway import ACCOUNT
from tests.flows.process import until


class Smpplib:
    """A session of `smpplib`, with what came over it."""

    def __init__(self, port: int, username: str = ACCOUNT[0], password: str = ACCOUNT[1]) -> None:
        self.answers: list[Any] = []
        self.receipts: list[Any] = []
        self.messages: list[Any] = []
        self.client = smpplib.client.Client("127.0.0.1", port, timeout=10, allow_unknown_opt_params=True)
        self.client.set_message_sent_handler(lambda pdu: self.answers.append(pdu))
        self.client.set_message_received_handler(self._received)
        self.client.set_error_pdu_handler(lambda pdu: self.answers.append(pdu))
        self.client.connect()
        try:
            self.client.bind_transceiver(system_id=username, password=password)
        except smpplib.exceptions.PDUError:
            self.client.disconnect()
            raise

    def _received(self, pdu: Any) -> None:
        (self.receipts if pdu.esm_class & 4 else self.messages).append(pdu)

    def __enter__(self) -> Smpplib:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.client.unbind()
        self.client.disconnect()

    def send(self, **fields: Any) -> Any:
        """Sends, and waits for the answer."""
        self.client.send_message(source_addr="SHOP", source_addr_ton=5, dest_addr_ton=1, dest_addr_npi=1, **fields)
        return self.until(self.answers)

    def until(self, wanted: list[Any]) -> Any:
        """Waits for the next of these, and takes it."""

        def look() -> bool:
            self.client.poll(auto_send_enquire_link=False)
            return bool(wanted)

        until(look, "a PDU of the gateway")
        return wanted.pop(0)
