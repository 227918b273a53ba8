"""A client's message through the real pipeline, on a real journal, and its receipt back to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from jasminlike.accounts.billing import Purses
from jasminlike.accounts.model import MtAuthorization, MtQuota, MtValueFilter
from jasminlike.broker import tables as broker_tables
from jasminlike.broker.embedded import EmbeddedBroker
from jasminlike.errors import NO_ROUTE, GatewayError
from jasminlike.fate import Fate
from jasminlike.filters.subject import Subject
from jasminlike.interfaces import Delivery, Plan
from jasminlike.journal import Journal
from jasminlike.message import envelope
from jasminlike.message.model import Address, Part, Receipt
from jasminlike.pipeline.accept import Intake, Limits
from jasminlike.pipeline.receipt_ids import IdRule
from jasminlike.pipeline.receipts import Receipts
from jasminlike.pipeline.submitted import Submitted
from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import QuerySm, SubmitSm
from jasminlike.store import tables as store_tables
from jasminlike.store.index import EmbeddedIndex
from jasminlike.store.ledger import EmbeddedLedger
from jasminlike.store.records import EmbeddedRecords
from tests.smpps.esme import Place, account, until

SILENT = SimpleNamespace(accepted=lambda *_: None, sent=lambda *_: None, receipt=lambda *_: None)
LINKS = SimpleNamespace(exists=lambda cid: cid == "c", bound=lambda cid: cid == "c")


class Routing:
    def plan(self, subject: Subject) -> Plan:
        if subject.destination.startswith("9"):
            raise GatewayError(NO_ROUTE)
        return Plan(("gone",) if subject.destination.startswith("8") else ("c",), 500_000, "r")


class Gateway:
    """What is behind the server; `sent` has the parts that waited for the connector."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "gateway.db", reactor, broker_tables.SCHEMA + store_tables.SCHEMA)
        self.broker = EmbeddedBroker(self.journal, reactor, time.time)
        self.records = EmbeddedRecords(self.journal)
        index = EmbeddedIndex(self.journal, time.time, 86400.0)
        ledger = EmbeddedLedger(self.journal, time.time)
        self.purses = Purses()
        self.place = Place(broker=self.broker)
        stats, notices = self.place.stats, self.place.server.notices
        intake = Intake(
            Routing(), self.broker, self.records, self.purses, ledger, LINKS, stats, SILENT, Limits(), time.time
        )
        self.place.intake.accept = intake.accept  # type: ignore[method-assign]
        self.place.records.find = self.records.find  # type: ignore[method-assign]
        self.receipts = Receipts(self.records, index, notices, stats, SILENT, lambda _cid: IdRule())
        self.submitted = Submitted(self.records, index, notices, self.purses, ledger, self.receipts, SILENT, time.time)
        self.parts: list[Part] = []
        self.broker.consume("submit.sm.c", self._send, 100)

    def _send(self, delivery: Delivery) -> Deferred[Fate]:
        part = envelope.decode(delivery.body, Part)
        self.parts.append(part)
        done: Deferred[Fate] = Deferred()
        done.callback(self.submitted.sent(part, delivery, f"smsc-{len(self.parts)}"))
        return done

    async def close(self) -> None:
        await self.place.close()
        self.broker.close()
        await self.journal.close()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    made = Gateway(tmp_path)
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.close()))


def sm(**fields: Any) -> SubmitSm:
    values = {"source_addr": b"Shop", "destination_addr": b"33612", "short_message": b"hi", "registered_delivery": 1}
    return SubmitSm(**(values | fields))


@pytest_twisted.ensureDeferred
async def test_a_message_and_its_receipt(gateway: Gateway) -> None:
    esme = await gateway.place.bound()
    submitted = sm(tlvs=((0x1401, b"v"),), priority_flag=2, validity_period=b"000001000000000R")
    answer = await esme.ask(submitted)
    assert answer.status == 0
    await until(lambda: gateway.parts)
    (part,) = gateway.parts
    assert (part.message, part.destination, part.priority) == (answer.message_id.decode(), Address("33612"), 2)
    assert (part.tlvs, part.registered_delivery, part.validity) == (((0x1401, b"v"),), 1, b"000001000000000R")
    assert abs(part.expires_at - time.time() - 86400) < 60
    queried = await esme.ask(QuerySm(message_id=answer.message_id, source_addr=b"Shop"))
    assert (queried.status, queried.message_state, queried.final_date) == (0, 1, b"")
    await until(lambda: not gateway.broker.depth("submit.sm.c"))
    assert await gateway.receipts.handle(Receipt("c", "smsc-1", "DELIVRD", "000", received_at=time.time()), "33612")
    (receipt,) = await esme.have(1)
    assert receipt.tlv(0x1E) == answer.message_id + b"\0"
    assert receipt.short_message.startswith(b"id:" + answer.message_id + b" submit date:")
    assert (await esme.ask(QuerySm(message_id=answer.message_id))).message_state == 2
    await until(lambda: not gateway.broker.depth())


@pytest_twisted.ensureDeferred
async def test_the_operators_answer_is_told_when_that_is_switched_on(gateway: Gateway) -> None:
    await gateway.place.again(smpp_receipt_on_success_submit_sm_resp=True)
    gateway.submitted._notices = gateway.place.server.notices
    esme = await gateway.place.bound()
    await esme.ask(sm(registered_delivery=0))
    await esme.ask(sm())
    (accepted,) = await esme.have(1)
    assert b"stat:ACCEPTD err:000" in accepted.short_message
    await until(lambda: not gateway.broker.depth())
    assert len(esme.received) == 1


@pytest.mark.parametrize(
    ("changes", "fields", "status"),
    [
        ({"mt_authorization": MtAuthorization(smpps_send=False)}, {}, s.ESME_RINVSYSID),
        ({"mt_authorization": MtAuthorization(set_dlr_level=False)}, {}, s.ESME_RINVSYSID),
        ({"mt_authorization": MtAuthorization(set_source_address=False)}, {}, s.ESME_RINVSYSID),
        ({"mt_authorization": MtAuthorization(set_priority=False)}, {"priority_flag": 1}, s.ESME_RINVSYSID),
        ({"mt_authorization": MtAuthorization(set_priority=False)}, {"priority_flag": 0}, 0),
        ({"mt_authorization": MtAuthorization(set_dlr_level=False)}, {"registered_delivery": 0}, 0),
        ({"mt_authorization": MtAuthorization(set_source_address=False)}, {"source_addr": b""}, 0),
        ({"mt_authorization": MtAuthorization(set_validity_period=False)}, {"validity_period": b"000001000000000R"}, 0),
        ({"mt_authorization": MtAuthorization(http_send=False)}, {}, 0),
        ({"mt_valuefilter": MtValueFilter(destination_address="^44")}, {}, s.ESME_RINVDSTADR),
        ({"mt_valuefilter": MtValueFilter(source_address="^44")}, {}, s.ESME_RINVSRCADR),
        ({"mt_valuefilter": MtValueFilter(priority="^0$")}, {"priority_flag": 3}, s.ESME_RINVPRTFLG),
        ({"mt_valuefilter": MtValueFilter(content="^ok")}, {}, s.ESME_RSYSERR),
        ({}, {"destination_addr": b"999"}, s.ESME_RINVDSTADR),
        ({}, {"destination_addr": b"888"}, s.ESME_RSUBMITFAIL),
        ({}, {}, 0),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_the_pipeline_refuses(
    gateway: Gateway, changes: dict[str, Any], fields: dict[str, Any], status: int
) -> None:
    gateway.place.directory.user(account(**changes))
    esme = await gateway.place.bound()
    assert (await esme.ask(sm(**fields))).status == status


@pytest_twisted.ensureDeferred
async def test_money_and_throughput(gateway: Gateway) -> None:
    user = gateway.place.directory.user(account(mt_quota=MtQuota(smpps_throughput=1.0)))
    gateway.purses.of(user.uid).balance = 700_000
    esme = await gateway.place.bound()
    assert (await esme.ask(sm())).status == 0
    assert (await esme.ask(sm())).status == s.ESME_RTHROTTLED
    gateway.place.directory.user(account())
    assert (await esme.ask(sm())).status == s.ESME_RSYSERR
    assert gateway.purses.of(user.uid).balance == 200_000
    assert gateway.place.stats.smpps.throttling_error_count == 1


@pytest_twisted.ensureDeferred
async def test_a_long_text_is_sent_whole(gateway: Gateway) -> None:
    esme = await gateway.place.bound()
    text = bytes(range(256)) * 4
    assert (await esme.ask(sm(short_message=b"", data_coding=4, tlvs=((0x0424, text),)))).status == 0
    await until(lambda: gateway.parts)
    assert (gateway.parts[0].payload, gateway.parts[0].tlvs, gateway.parts[0].total) == (text, (), 1)
