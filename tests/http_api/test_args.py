"""Arguments: read from URLs, forms and JSON; declared; refused in Jasmin's order and words."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_api.args import MOST_ARGUMENTS, Argument, Declaration, UnknownBody, any_text, read, text_or_structure
from http_api.send import SEND
from jasminlike.errors import BAD_ARGUMENT, GatewayError

GOOD = {"username": "foo", "password": "bar", "to": "33612", "content": "hi"}


@pytest.mark.parametrize(
    ("query", "args"),
    [
        (b"", {}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1&a=2", {"a": "1"}),
        (b"a=&a=2", {"a": ""}),
        (b"a", {"a": ""}),
        (b"&&a=1&&", {"a": "1"}),
        (b"=1", {}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=x+y%20z%2B", {"a": "x y z+"}),
        (b"a%20b=1&c+d=2", {"a b": "1", "c d": "2"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"a=%C3%A4%E2%82%AC", {"a": "ä€"}),
        ("a=ä".encode(), {"a": "ä"}),
        (b"a=%FF%00", {"a": "\udcff\0"}),
        (b"a=\xff", {"a": "\udcff"}),
        (b"a=%", {"a": "%"}),
        (b"a=%zz%4", {"a": "%zz%4"}),
    ],
)
def test_pairs(query: bytes, args: dict[str, str]) -> None:
    assert read(query, b"", b"") == args
    assert read(b"", b"application/x-www-form-urlencoded; charset=UTF-8", query) == args
    assert read(b"", b"", query) == args


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=8))
def test_whatever_a_client_encodes_is_read_back(args: dict[str, str]) -> None:
    assert read(urlencode(args).encode(), b"", b"") == args


@given(st.binary(max_size=60))
def test_octets_come_through_whole(octets: bytes) -> None:
    query = b"a=" + b"".join(b"%%%02X" % octet for octet in octets)
    assert read(query, b"", b"")["a"].encode("utf-8", "surrogateescape") == octets


def test_the_body_overrides_the_url() -> None:
    assert read(b"a=1&b=2", b"", b"b=3&c=4") == {"a": "1", "b": "3", "c": "4"}
    assert read(b"a=1&b=2", b"application/json", b'{"b": "3"}') == {"a": "1", "b": "3"}


@pytest.mark.parametrize("kind", [b"application/json", b"Application/JSON; charset=utf-8", b"application/json;x=y"])
def test_json(kind: bytes) -> None:
    body = '{"to": 33612, "content": "hä", "dlr": true, "x": false, "from": null, "t": {"a": [1]}, "f": 1.5}'
    assert read(b"", kind, body.encode()) == {
        "to": "33612",
        "content": "hä",
        "dlr": "yes",
        "x": "no",
        "t": {"a": [1]},
        "f": 1.5,
    }


def test_json_in_another_charset() -> None:
    assert read(b"", b'application/json; charset="cp1251"', '{"a": "Привет"}'.encode("cp1251")) == {"a": "Привет"}


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        (b"application/json", b"{", "The body is not valid JSON."),
        (b"application/json", b'{"a": "\xff"}', "The body is not valid JSON."),
        (b"application/json", b"[" * 100_000, "The body is not valid JSON."),
        (b"application/json", b"[1]", "The body is not a JSON object."),
        (b"application/json; charset=klingon", b"{}", "The charset [klingon] is unknown."),
        (b"multipart/form-data; boundary=x", b"nothing", "The body is not a multipart form."),
        (b"multipart/form-data", b"nothing", "The body is not a multipart form."),
        (b"multipart/form-data; boundary=x", b"--x\r\n\r\nv\r\n--x--\r\n", "A part of the multipart form has no name."),
    ],
)
def test_bodies_that_cannot_be_read(kind: bytes, body: bytes, text: str) -> None:
    with pytest.raises(GatewayError) as caught:
        read(b"", kind, body)
    assert (caught.value.reason, caught.value.public) == (BAD_ARGUMENT, text)


@pytest.mark.parametrize("kind", [b"text/plain", b"application/xml", b"application/octet-stream"])
def test_bodies_of_other_kinds_are_refused_unless_empty(kind: bytes) -> None:
    with pytest.raises(UnknownBody, match=re.escape(kind.decode())):
        read(b"a=1", kind, b"x")
    assert read(b"a=1", kind, b"") == {"a": "1"}


def multipart(*parts: tuple[str, bytes]) -> bytes:
    head = '--XX\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    return b"".join((head % name).encode() + value + b"\r\n" for name, value in parts) + b"--XX--"


def test_multipart() -> None:
    body = multipart(("to", b"33612"), ("content", "hä\r\nthere".encode()), ("to", b"2"), ("raw", b"\xff\x00"))
    assert read(b"", b"multipart/form-data; boundary=XX", body) == {
        "to": "33612",
        "content": "hä\r\nthere",
        "raw": "\udcff\0",
    }


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"", b"&".join(b"a%d=1" % n for n in range(MOST_ARGUMENTS + 1))),
        (b"application/json", b"{" + b",".join(b'"a%d":"1"' % n for n in range(MOST_ARGUMENTS + 1)) + b"}"),
        (b"multipart/form-data; boundary=XX", multipart(*((f"a{n}", b"1") for n in range(MOST_ARGUMENTS + 1)))),
    ],
)
def test_there_is_an_end_to_arguments(kind: bytes, body: bytes) -> None:
    with pytest.raises(GatewayError, match="More than 200 arguments"):
        read(b"", kind, body)


def refusal(args: dict[str, Any], declaration: Declaration = SEND) -> tuple[str, str]:
    with pytest.raises(GatewayError) as caught:
        declaration.check(args)
    assert caught.value.reason is BAD_ARGUMENT
    return caught.value.public, caught.value.where


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"to": "+" + "1" * 19},
        {"to": "1" * 20},
        {"from": "A" * 20},
        {"from": "ä" * 10},
        {"from": ""},
        {"coding": "14"},
        {"priority": "3"},
        {"validity-period": "0"},
        {"validity-period": "5270400"},
        {"sdt": "240229235959948+"},
        {"sdt": "000007120000000R"},
        {"dlr": "no"},
        {"dlr-url": "https://h"},
        {"dlr-url": "HTTP://user:pw@h:1/ü?a=b#c"},
        {"dlr-url": "http://[::1]/x"},
        {"dlr-level": "3"},
        {"dlr-method": "gEt"},
        {"tags": "a,B-1,,2"},
        {"tags": ""},
        {"content": ""},
        {"content": "\udcff"},
        {"hex-content": "zz"},
        {"custom_tlvs": "{}"},
        {"custom_tlvs": {}},
        {"custom_tlvs": [[1, None, None, "x"]]},
        {"username": "ü" * 16},
    ],
)
def test_values_that_send_takes(more: dict[str, Any]) -> None:
    SEND.check({**GOOD, **more})


BAD_VALUES: list[tuple[str, Any]] = [
    ("to", ""),
    ("to", "+"),
    ("to", "abc"),
    ("to", "1\n"),
    ("to", "1" * 21),
    ("to", "+" + "1" * 20),
    ("to", "٣"),
    ("from", "A" * 21),
    ("from", "ä" * 11),
    ("from", "a\0b"),
    ("from", "\udcff"),
    ("coding", "11"),
    ("coding", "12"),
    ("coding", "15"),
    ("coding", ""),
    ("coding", "08"),
    ("priority", "4"),
    ("priority", "-1"),
    ("validity-period", "1.5"),
    ("validity-period", "-1"),
    ("validity-period", "5270401"),
    ("validity-period", "9" * 5000),
    ("sdt", "soon"),
    ("sdt", "240230000000000+"),
    ("sdt", "240101240000000+"),
    ("sdt", "240101000000049+"),
    ("sdt", "000007120000001R"),
    ("sdt", "24010100000000+"),
    ("sdt", "ää"),
    ("dlr", "YES"),
    ("dlr", "1"),
    ("dlr-url", ""),
    ("dlr-url", "h/x"),
    ("dlr-url", "ftp://h/"),
    ("dlr-url", "http:///x"),
    ("dlr-url", "http://:80/"),
    ("dlr-url", "http://a b/"),
    ("dlr-url", "http://h/\r\nX: y"),
    ("dlr-level", "0"),
    ("dlr-level", "4"),
    ("dlr-method", "PUT"),
    ("tags", "a b"),
    ("tags", "a;b"),
    ("username", ""),
    ("username", "x" * 17),
    ("username", "\udcff"),
    ("password", "x" * 17),
    ("content", ["hi"]),
    ("content", 1.5),
    ("to", {"a": 1}),
    ("custom_tlvs", 1.5),
]


@pytest.mark.parametrize(("name", "value"), BAD_VALUES)
def test_values_that_send_refuses(name: str, value: Any) -> None:
    text, where = refusal({**GOOD, name: value})
    assert (text, where) == (f"Argument [{name}] has an invalid value: [{value}].", name)


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ({}, "Mandatory argument [to] is not found."),
        ({"foo": "1"}, "Argument [foo] is unknown."),
        ({"foo": "1", "to": "abc"}, "Argument [foo] is unknown."),
        ({"to": "1", "foo": "1"}, "Mandatory argument [username] is not found."),
        ({**GOOD, "foo": "1"}, "Argument [foo] is unknown."),
        ({**GOOD, "to": "abc", "foo": "1"}, "Argument [to] has an invalid value: [abc]."),
        ({"username": "", "to": ""}, "Argument [to] has an invalid value: []."),
        ({"priority": "9", "username": "foo", "to": "1"}, "Mandatory argument [password] is not found."),
        ({"password": "bar", "username": "foo"}, "Mandatory argument [to] is not found."),
    ],
)
def test_of_several_errors_the_client_reads_the_one_jasmin_finds_first(args: dict[str, str], text: str) -> None:
    assert refusal(args)[0] == text


def test_an_endpoint_without_defaults_has_a_word_for_an_empty_request() -> None:
    declaration = SEND.only("username", "password")
    text, _ = refusal({}, declaration)
    assert text == "Mandatory arguments not found, please refer to the HTTPAPI specifications."
    assert refusal({"username": "foo"}, declaration)[0] == "Mandatory argument [password] is not found."
    assert refusal({"to": "1"}, declaration)[0] == "Argument [to] is unknown."


def test_only_keeps_the_order_of_checks() -> None:
    assert [each.name for each in SEND.only("password", "to", "coding").arguments] == ["to", "coding", "password"]


def test_texts_are_not_structures() -> None:
    declaration = Declaration(Argument("text", any_text), Argument("any", text_or_structure))
    declaration.check({"text": "", "any": {}})
    assert refusal({"text": {}}, declaration) == ("Argument [text] has an invalid value: [{}].", "text")
