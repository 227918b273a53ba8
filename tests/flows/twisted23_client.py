"""Runs under .venv/twisted23: a client on the package `smpp.twisted3`. Reads commands, prints what happens, as JSON.

{"host": .., "port": .., "username": .., "password": ..}    is its one argument
{"submit": {field: value, ..}}                              a submit_sm; texts are ASCII, numbers are as on the wire
{"unbind": true}                                            unbinds and ends
"""

import json
import sys
import threading

from smpp.pdu.operations import DeliverSM, SubmitSM
from smpp.pdu.pdu_types import RegisteredDelivery, RegisteredDeliveryReceipt
from smpp.twisted.client import SMPPClientTransceiver
from smpp.twisted.config import SMPPClientConfig
from twisted.internet import reactor


def told(event, **values):
    """Something happened."""
    print(json.dumps({"event": event, **values}), flush=True)


def readable(value):
    """A parameter of a PDU as JSON can say it."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def received(_session, pdu):
    """A request of the gateway; returning nothing acknowledges it."""
    kind = "delivered" if isinstance(pdu, DeliverSM) else "other"
    told(kind, **{name: readable(value) for name, value in pdu.params.items() if value is not None})


class Client:
    """One session."""

    def __init__(self, arguments):
        config = SMPPClientConfig(**arguments)
        self.session = None
        SMPPClientTransceiver(config, received).connectAndBind().addCallbacks(self.bound, self.refused)

    def bound(self, session):
        """The session is there: commands may come."""
        self.session = session
        session.getDisconnectedDeferred().addCallback(self.gone)
        told("bound")
        threading.Thread(target=self.read, daemon=True).start()

    def refused(self, failure):
        """There will be no session."""
        told("refused", why=str(failure.value))
        reactor.stop()

    def gone(self, _result):
        """The end."""
        told("disconnected")
        reactor.stop()

    def read(self):
        """In a thread of its own: hands on each line."""
        for line in sys.stdin:
            reactor.callFromThread(self.do, json.loads(line))

    def do(self, command):
        """One command."""
        if command.get("unbind"):
            self.session.unbindAndDisconnect()
            return
        fields = {
            name: value.encode() if isinstance(value, str) else value for name, value in command["submit"].items()
        }
        wanted = RegisteredDelivery(RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED)
        pdu = SubmitSM(registered_delivery=wanted, **fields)
        self.session.sendDataRequest(pdu).addCallbacks(self.answered, self.failed)

    def answered(self, transaction):
        """The gateway took it."""
        told("answer", status=transaction.response.status.name, id=readable(transaction.response.params["message_id"]))

    def failed(self, failure):
        """It did not."""
        told("failed", why=str(failure.value))


client = Client(json.loads(sys.argv[1]))
reactor.run()
