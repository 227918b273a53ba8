"""Whatever is wrong is said, and after it a good request is served: no nonsense takes the gateway away from others."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.flows.gateway import ACCOUNT, FORM, Gateway, ask, form
from tests.flows.operators import Operator
from tests.flows.process import JASMIND, Program, until
from tests.flows.raw_session import BIND, BIND_TRANSCEIVER, ENQUIRE_LINK, GENERIC_NACK, MESSAGE, SUBMIT_SM, Raw, write
from tests.flows.smpplib_session import Smpplib

LOGIN = {"username": ACCOUNT[0], "password": ACCOUNT[1]}
INVALID_LENGTH, INVALID_COMMAND, INVALID_BIND_STATUS = 0x02, 0x03, 0x04


@pytest.fixture(scope="module")
def busy(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Operator]]:
    """The gateway with an operator for numbers that begin with 336; 44 leads to one who asks for money."""
    with Operator(tmp_path_factory.mktemp("operator")) as operator:
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "336")
        gateway.add_connector("dear", operator.port)
        gateway.add_route("dear", "44", 5)
        gateway.set_up("user -u acme\nmt_messaging_cred quota balance 1\nok")
        yield gateway, operator


@pytest.fixture
def wronged(busy: tuple[Gateway, Operator]) -> Iterator[Gateway]:
    """The gateway; whatever the test does to it, it then takes and sends a good message over HTTP and over SMPP."""
    gateway, _operator = busy
    before = len(gateway.errors())
    yield gateway
    message = gateway.send(to="33612345678", content="a good one").id
    gateway.until_state(message, "sent")
    with Smpplib(gateway.ports["smpps"]) as session:
        assert session.send(destination_addr="33612345678", short_message=b"a good one").status == 0
    assert gateway.errors()[before:] == [], "a client's nonsense is no error of the gateway"


# --- HTTP ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        ({"to": "336", "content": "x", "foo": "1"}, 400, "Argument [foo] is unknown."),
        ({"to": "abc", "content": "x"}, 400, "Argument [to] has an invalid value: [abc]."),
        ({"to": "", "content": "x"}, 400, "Argument [to] has an invalid value: []."),
        ({"content": "x"}, 400, "Mandatory argument [to] is not found."),
        ({"to": "336"}, 400, "content or hex-content not present."),
        ({"to": "336", "content": "x", "hex_content": "78"}, 400, "cannot be used both"),
        ({"to": "336", "hex_content": "7"}, 400, "Invalid hex-content data"),
        ({"to": "336", "hex_content": "zz"}, 400, "Invalid hex-content data"),
        ({"to": "336", "content": "x" * 10_000}, 400, "The text needs 66 parts, 20 are allowed"),
        ({"to": "336", "content": "x", "coding": 99}, 400, "Argument [coding]"),
        ({"to": "336", "content": "x", "priority": 7}, 400, "Argument [priority]"),
        ({"to": "336", "content": "x", "validity_period": "soon"}, 400, "Argument [validity-period]"),
        ({"to": "336", "content": "x", "dlr_url": "http://"}, 400, "Argument [dlr-url]"),
        ({"to": "336", "content": "x", "dlr_level": 4}, 400, "Argument [dlr-level]"),
        ({"to": "336", "content": "x", "sdt": "tomorrow"}, 400, "Argument [sdt]"),
        ({"to": "336", "content": "x", "custom_tlvs": "{"}, 400, "custom_tlvs"),
        ({"to": "336", "content": "x", "from_": "x" * 21}, 400, "Argument [from]"),
        ({"to": "336" + "1" * 18, "content": "x"}, 400, "Argument [to]"),
        ({"to": "999", "content": "x"}, 412, "No route found"),
        ({"to": "441", "content": "x"}, 403, "Cannot charge submit_sm"),
        ({"to": "336", "content": "x", "password": "wrong"}, 403, "Authentication failure for username:acme"),
        ({"to": "336", "content": "x", "username": "nobody"}, 403, "Authentication failure for username:nobody"),
        ({"to": "336", "content": "x", "username": ""}, 400, "Argument [username]"),
    ],
    ids=lambda value: str(value)[:40] if not isinstance(value, dict) else ",".join(value),
)
def test_wrong_arguments_are_named(wronged: Gateway, arguments: dict[str, object], status: int, text: str) -> None:
    answer = wronged.send(**arguments)
    assert answer.status == status, answer
    assert answer.text.startswith('Error "'), answer
    assert text in answer.text


def test_of_a_repeated_argument_the_first_counts(wronged: Gateway, busy: tuple[Gateway, Operator]) -> None:
    query = urlencode([*LOGIN.items(), ("to", "33600000001"), ("to", "33600000002"), ("content", "twice")])
    assert wronged.request("GET", f"/send?{query}").status == 200
    busy[1].until_taken(1, "33600000001")
    assert busy[1].taken("33600000002") == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_octets_that_are_no_utf8_are_refused(wronged: Gateway, method: str) -> None:
    arguments = f"{urlencode({**LOGIN, 'to': '336'})}&content=%FF%FE"
    if method == "GET":
        answer = wronged.request("GET", f"/send?{arguments}")
    else:
        answer = wronged.request("POST", "/send", arguments.encode(), FORM)
    assert (answer.status, answer.text) == (400, 'Error "Argument [content] is not valid UTF-8."')


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"to": {"a": 1}}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"to=336", "text/csv", 415),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 400),
        (b"", "application/x-www-form-urlencoded", 400),
        (b"%%%=&&&==", "application/x-www-form-urlencoded", 400),
    ],
)
def test_bodies_that_cannot_be_read(wronged: Gateway, body: bytes, content_type: str, status: int) -> None:
    answer = wronged.request("POST", "/send", body, {"Content-Type": content_type})
    assert answer.status == status, answer
    assert answer.text.startswith('Error "')


def test_a_body_over_the_limit(wronged: Gateway) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", wronged.ports["http"], timeout=10)
    with contextlib.closing(connection):
        connection.putrequest("POST", "/send")
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.putheader("Content-Length", str(10 << 20))
        connection.endheaders()
        response = connection.getresponse()
        assert response.status == 413


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /send HTTP/9.9\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60) + b"\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", b"4"),
        (b"GET /send HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", b"4"),
        (b"POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST /send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b"4"),
        (b"DELETE /send HTTP/1.1\r\nHost: x\r\n\r\n", b"501"),
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
    ],
)
def test_requests_that_are_none(wronged: Gateway, octets: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", wronged.ports["http"]), 10) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(octets)
        answer = b""
        with contextlib.suppress(ConnectionError):
            answer = connection.recv(4096)
    assert answer == b"" or answer.split(b" ")[1].startswith(status), answer[:200]


@pytest.mark.parametrize(
    "octets", [b"", b"G", b"POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nusername="]
)
def test_half_requests_disturb_nobody(wronged: Gateway, octets: bytes) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(200):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", wronged.ports["http"]), 10))
            connection.sendall(octets)
        wronged.send(to="33612345678", content="in between").id
        with Smpplib(wronged.ports["smpps"]) as session:
            assert session.send(destination_addr="33612345678", short_message=b"x").status == 0


def test_a_client_that_goes_before_its_answer(wronged: Gateway) -> None:
    body = form(to="33612345678", content="gone")
    head = (
        f"POST /send HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", wronged.ports["http"]), 10) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(head.encode() + body)


def test_one_request_after_another_on_one_connection(wronged: Gateway) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", wronged.ports["http"], timeout=10)
    with contextlib.closing(connection):
        for status, arguments in [(400, {}), (200, {"to": "33612345678", "content": "x"}), (412, {"to": "9"})] * 5:
            answer = ask(connection, "POST", "/send", form(**{"content": "x", **arguments}), FORM)
            assert answer.status == status, answer
            assert ask(connection, "GET", "/ping").text == "Jasmin/PONG"


def test_status_of_what_is_not_yours(wronged: Gateway) -> None:
    for id, status in (("nonsense", 400), ("019c1634-9a1f-7c2e-8a53-0b1f6f2f9d11", 404), ("", 400)):
        answer = wronged.request("GET", f"/status?{urlencode({**LOGIN, 'id': id})}")
        assert answer.status == status
        assert "error" in json.loads(answer.text)


# --- SMPP ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"GET /send?to=336 HTTP/1.1\r\nHost: x\r\n\r\n",
        struct.pack(">4I", 0, ENQUIRE_LINK, 0, 7),
        struct.pack(">4I", 15, ENQUIRE_LINK, 0, 7),
        struct.pack(">4I", 16 << 20, SUBMIT_SM, 0, 7) + bytes(1000),
        b"\xff" * 64,
    ],
    ids=["tls", "http", "length 0", "length 15", "length 16 MB", "ff"],
)
def test_a_stream_that_is_no_smpp_is_closed(wronged: Gateway, octets: bytes, bound: bool) -> None:
    with Raw(wronged) as raw:
        if bound:
            raw.bind()
        raw.send(octets)
        answer = raw.pdu()
        if answer is not None:
            assert answer[:2] == (GENERIC_NACK, INVALID_LENGTH)
            assert raw.pdu() is None


def test_what_is_wrong_with_one_pdu_leaves_the_session(wronged: Gateway) -> None:
    with Raw(wronged) as raw:
        raw.bind()
        raw.send(write(0x7777, 2))
        assert raw.pdu() == (GENERIC_NACK, INVALID_COMMAND, 2)
        raw.send(write(SUBMIT_SM, 3, MESSAGE[:20]))
        command, status, sequence = raw.pdu() or (0, 0, 0)
        assert (command, sequence) in ((0x80000000 | SUBMIT_SM, 3), (GENERIC_NACK, 3))
        assert status != 0
        raw.send(write(SUBMIT_SM, 4, MESSAGE + struct.pack(">HH", 0x1401, 500) + b"too short"))
        command, status, sequence = raw.pdu() or (0, 0, 0)
        assert (command, sequence) == (0x80000000 | SUBMIT_SM, 4)
        assert status != 0
        raw.send(write(BIND_TRANSCEIVER, 5, BIND[16:]))
        command, status, sequence = raw.pdu() or (0, 0, 0)
        assert (command, sequence) == (0x80000000 | BIND_TRANSCEIVER, 5)
        assert status == 5, "ESME_RALYBND"
        raw.send(write(0x80000000 | SUBMIT_SM, 77))
        raw.send(write(ENQUIRE_LINK, 6))
        assert raw.pdu() == (0x80000000 | ENQUIRE_LINK, 0, 6)
        raw.send(write(SUBMIT_SM, 8, MESSAGE + struct.pack(">HH", 0x1401, 4) + b"okay"))
        assert raw.pdu() == (0x80000000 | SUBMIT_SM, 0, 8)


def test_a_message_before_the_bind_is_refused(wronged: Gateway) -> None:
    with Raw(wronged) as raw:
        raw.send(write(SUBMIT_SM, 2, MESSAGE))
        answer = raw.pdu()
        assert answer is None or answer == (0x80000000 | SUBMIT_SM, INVALID_BIND_STATUS, 2)


def test_one_octet_at_a_time(wronged: Gateway) -> None:
    with Raw(wronged) as raw:
        for octet in BIND:
            raw.send(bytes((octet,)))
        assert raw.pdu() == (0x80000000 | BIND_TRANSCEIVER, 0, 1)
        for octet in write(SUBMIT_SM, 2, MESSAGE):
            raw.send(bytes((octet,)))
        assert raw.pdu() == (0x80000000 | SUBMIT_SM, 0, 2)


def test_a_thousand_pdus_in_one_write(wronged: Gateway) -> None:
    with Raw(wronged) as raw:
        raw.bind()
        raw.send(b"".join(write(SUBMIT_SM, 2 + number, MESSAGE) for number in range(1000)))
        answers = {raw.pdu() for _ in range(1000)}
        assert answers == {(0x80000000 | SUBMIT_SM, 0, 2 + number) for number in range(1000)}


def test_the_console_takes_nonsense(wronged: Gateway) -> None:
    told = wronged.console("nonsense\nuser -s nobody\nsmppccm -1 nobody\n\nmtrouter -r 99\nuser -a\nfoo bar\nko")
    assert "Unknown" in told
    with socket.create_connection(("127.0.0.1", wronged.ports["jcli"]), 10) as connection:
        connection.sendall(b"\xff\xfb\xff\xfa" + bytes(range(256)) * 400)


# --- the start -----------------------------------------------------------------------------------------------------


def _fails(folder: Path, *options: str, **environment: str) -> tuple[int, str]:
    program = Program([JASMIND, "run", *options], folder / "complaints", environment)
    try:
        status = program.wait()
    finally:
        program.end()
    assert not any("ready" in line for line in program.lines)
    said = program.complaints.read_text()
    assert "Traceback" not in said
    return status, said


def test_a_port_in_use_is_named(wronged: Gateway, tmp_path: Path) -> None:
    for section in ("http", "smpps", "jcli"):
        ports = [f"--set={each}.port=0" for each in ("http", "smpps", "jcli") if each != section]
        taken = wronged.ports[section]
        status, said = _fails(tmp_path, f"--data={tmp_path / 'data'}", *ports, f"--set={section}.port={taken}")
        assert status == 1
        assert f"{section}.port" in said
        assert str(taken) in said


def test_a_folder_in_use_is_named(wronged: Gateway, tmp_path: Path) -> None:
    ports = [f"--set={each}.port=0" for each in ("http", "smpps", "jcli")]
    status, said = _fails(tmp_path, f"--data={wronged.data}", *ports)
    assert status == 1
    assert "data.folder" in said
    assert "in use by another jasmind" in said


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--set=http.prot=1"], "http.prot"),
        (["--set=nonsense.port=1"], "nonsense"),
        (["--set=http.port=no"], "http.port"),
        (["--set=http.port=70000"], "http.port"),
        (["--set=http"], "http"),
        (["--set=jcli.enabled=maybe"], "jcli.enabled"),
        (["--config=missing.toml"], "missing.toml"),
        (["--config=broken.toml"], "broken.toml"),
        (["--config=wrong.toml"], "http.port"),
        (["--data=/proc/nowhere"], "data.folder"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, options: list[str], named: str) -> None:
    (tmp_path / "broken.toml").write_text("[http\nport = ")
    (tmp_path / "wrong.toml").write_text('[http]\nport = "many"\n')
    status, said = _fails(tmp_path, *options)
    assert status in (1, 2)
    assert named in said


def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "gateway.db").write_bytes(b"this is no database" * 1000)
    ports = [f"--set={each}.port=0" for each in ("http", "smpps", "jcli")]
    status, said = _fails(tmp_path, f"--data={data}", *ports)
    assert status == 1
    assert "gateway.db" in said
    assert (data / "gateway.db").read_bytes().startswith(b"this is no database"), "left as it was"


def test_a_failed_start_leaves_the_folder_free(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        options = ["--set=smpps.port=0", "--set=jcli.port=0", f"--set=http.port={taken.getsockname()[1]}"]
        assert _fails(tmp_path, f"--data={tmp_path / 'data'}", *options)[0] == 1
    with Gateway(tmp_path) as gateway:
        gateway.start()
        until(lambda: gateway.request("GET", "/ping").text == "Jasmin/PONG", "it answers")
        gateway.stop()
