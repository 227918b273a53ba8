"""What scripts see and may do: Jasmin's surface."""

from __future__ import annotations

from typing import Any

import pytest

from interceptors.contract import Answer
from interceptors.execution import compile_script, run
from tests.interceptors.conftest import a_request


def script(code: str, side: str = "MT", **fields: Any) -> Answer:
    return run(compile_script(code, "/srv/x.py"), a_request(None, side, **fields))


def good(code: str, side: str = "MT", **fields: Any) -> Answer:
    answer = script(code, side, **fields)
    assert answer.error == ""
    return answer


def test_nothing_changed() -> None:
    answer = good("pass", tags=["a"], tlvs=[(0x1401, b"x")], locks=["data_coding"])
    assert (answer.changed, answer.tags, answer.tlvs, answer.locks) == ({}, ["a"], [(0x1401, b"x")], ["data_coding"])
    assert (answer.smpp_status, answer.http_status, answer.message_id) == (None, None, "")


def test_what_is_given() -> None:
    good(
        """
assert routable.pdu.params['destination_addr'] == b'447700900123'
assert routable.pdu.params['short_message'] == b'hello'
assert (routable.user.uid, routable.user.username, routable.user.group.gid) == ('u1', 'shop', 'g1')
assert extra == {} and smpp_status is None and http_status is None and folder == '/tmp'
assert [m.__name__ for m in (hashlib, re, json, datetime, math, struct)]
assert routable.datetime.year == 2027
assert routable.text == 'hello' and routable.connector is None
import urllib.parse
""",
        user=("u1", "shop", "g1"),
        folder="/tmp",
    )
    good("assert routable.connector.cid == 'north' and routable.user is None", "MO", connector="north")


def test_parameters() -> None:
    answer = good("""
routable.pdu.params['source_addr'] = 'Shöp'
routable.pdu.params['destination_addr'] = b'4917'
routable.pdu.params['priority_flag'] = 2
routable.pdu.params['validity_period'] = None
del routable.pdu.params['data_coding']
""")
    assert answer.changed == {
        "source_addr": b"Sh\xf6p", "destination_addr": b"4917", "priority_flag": 2, "data_coding": None,
    }  # fmt: skip


def test_a_text_chooses_its_coding() -> None:
    assert good("routable.pdu.params['short_message'] = 'a{b'").changed == {"short_message": b"a\x1b(b"}
    changed = good("routable.pdu.params['short_message'] = 'д'").changed
    assert changed == {"short_message": b"\x04\x34", "data_coding": 8}


def test_enumerations_of_other_libraries_count_by_their_names() -> None:
    code = "from smpp.pdu.pdu_types import AddrTon\nroutable.pdu.params['source_addr_ton'] = AddrTon.ALPHANUMERIC"
    request = a_request()
    request.params["source_addr_ton"] = 1
    assert run(compile_script(code, "x"), request).changed == {"source_addr_ton": 5}
    code = "from smpp.pdu.pdu_types import *\n"
    code += "routable.pdu.params['data_coding'] = DataCoding(schemeData=DataCodingDefault.UCS2)"
    assert good(code).changed == {"data_coding": 8}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("routable.pdu.params['priority_flag'] = 4", "priority_flag is 4, it goes from 0 to 3"),
        ("routable.pdu.params['data_coding'] = '8'", "data_coding must be a number, not str"),
        ("routable.pdu.params['esm_class'] = 256", "esm_class is 256, it goes from 0 to 255"),
        ("routable.pdu.params['source_addr'] = 5", "source_addr must be octets, not int"),
        ("routable.pdu.params['source_addr'] = 'x' * 21", "source_addr has 21 octets, at most 20 fit"),
        ("routable.pdu.params['source_adr'] = b'x'", "no parameter is called source_adr"),
        ("routable.pdu.params['colour']", "'colour' (line 1)"),
        ("routable.addTag(1.5)", "a tag is a number or a text, not float"),
        ("routable.removeTag('x')", "the message has no tag x"),
        ("routable.lockPduParam('colour')", "'colour'"),
        ("routable.setTlvParam('colour', 1)", "'colour' is neither the name nor the number of a TLV"),
        ("routable.addCustomTlv(0x1401, 'Int3', 1)", "Int3 is no type of a TLV"),
        ("routable.addCustomTlv(0x1401, 'Int2', 1, 4)", "the value has 2 octets, not 4"),
        ("smpp_status = 'no'", "smpp_status must be a whole number or None, not 'no'"),
        ("http_status = -1", "http_status must be a whole number or None, not -1"),
        ("extra['message_id'] = 'x' * 65", "extra['message_id'] must be at most 64 ASCII characters"),
        ("reply('x')", "reply() answers messages from subscribers"),
        ("exit(2)", "SystemExit: 2"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_mistakes_are_failures_that_say_why(code: str, error: str) -> None:
    assert error in script(code).error


def test_tags() -> None:
    answer = good("""
routable.addTag(5); routable.addTag('5'); routable.addTag('x'); routable.removeTag('old')
assert routable.hasTag('5') and routable.hasTag(5) and not routable.hasTag('y')
assert routable.getTags() == ['5', 'x']
""", tags=["old"])  # fmt: skip
    assert answer.tags == ["5", "x"]
    assert good("routable.flushTags()", tags=["old"]).tags == []


def test_locks() -> None:
    answer = good("routable.lockPduParam('source_addr_ton')\nassert routable.pduParamIsLocked('source_addr_ton')")
    assert answer.locks == ["source_addr_ton"]
    assert good("routable.flushPduLocks()", locks=["data_coding"]).locks == []


def test_tlvs() -> None:
    answer = good("""
assert routable.getTlvParam('user_message_reference') == 7
assert routable.getTlvParam('source_port', 'none') == 'none'
assert routable.getCustomTlvs() == [(0x1401, 1, 'OctetString', b'x')]
routable.setTlvParam('user_message_reference', 8)
routable.addCustomTlv(0x1402, 'Int2', 513)
routable.addCustomTlv(0x1403, 'COctetString', 'ab')
""", tlvs=[(0x0204, b"\0\7"), (0x1401, b"x")])  # fmt: skip
    assert answer.tlvs == [(0x1401, b"x"), (0x0204, b"\0\x08"), (0x1402, b"\x02\x01"), (0x1403, b"ab\0")]


def test_statuses() -> None:
    answer = good("smpp_status = 0\nhttp_status = 520\nextra['message_id'] = 'abc'")
    assert (answer.smpp_status, answer.http_status, answer.message_id) == (0, 520, "abc")


def test_replies() -> None:
    assert good("reply('one')\nreply('two')", "MO").replies == ["one", "two"]
    assert "more than 10 replies" in script("for n in range(11): reply('x')", "MO").error
    assert "reply() takes a text" in script("reply(b'x')", "MO").error
