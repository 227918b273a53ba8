"""What a newcomer does: the demonstration as it is printed, and a gateway set up in the console from nothing."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path

from tests.flows.gateway import Gateway, read_to_prompt
from tests.flows.operators import Operator
from tests.flows.process import until


def _shell(command: str, **variables: str) -> str:
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=20, check=True, env={**os.environ, **variables}
    )
    return done.stdout


def test_the_demonstration_as_it_is_printed(tmp_path: Path) -> None:
    with Gateway(tmp_path) as gateway:
        gateway.start("--demo")
        assert gateway.program is not None
        send, status = (line.strip() for line in gateway.program.lines if line.startswith("  curl "))
        began = time.monotonic()
        answer = _shell(send.replace("curl ", "curl -sS "))
        found = re.fullmatch(r'Success "([0-9a-f-]{36})"', answer)
        assert found is not None, answer

        def look() -> dict[str, object]:
            seen: dict[str, object] = json.loads(_shell(status.replace("curl ", "curl -sS "), ID=found[1]))
            return seen if seen["final"] else {}

        told = until(look, "the message has ended", 5.0)
        assert time.monotonic() - began < 5.0
        assert (told["state"], told["to"], told["from"]) == ("delivered", "447700900123", "Demo")
        gateway.restart()
        assert gateway.errors() == []


def test_the_demonstration_starts_a_second_time(tmp_path: Path) -> None:
    with Gateway(tmp_path) as gateway:
        gateway.start("--demo")
        assert gateway.program is not None
        first = [line for line in gateway.program.lines if line.startswith("  curl ")]
        gateway.stop()
        gateway.start("--demo")
        again = [line for line in gateway.program.lines if line.startswith("  curl ")]
        assert again == first, "the same account, password and port"
        answer = _shell(again[0].replace("curl ", "curl -sS "))
        assert answer.startswith("Success"), answer
        gateway.stop()
        assert gateway.errors() == []


def test_an_empty_folder_is_set_up_in_the_console(tmp_path: Path, operator: Operator) -> None:
    with Gateway(tmp_path) as gateway:
        gateway.start()
        assert gateway.send(to="33612345678", content="Hello").status == 403, "there is no account yet"
        told = gateway.console(f"""
            group -a
            gid customers
            ok
            user -a
            uid acme
            gid customers
            username acme
            password s3cret
            ok
            smppccm -a
            cid north
            host 127.0.0.1
            port {operator.port}
            username us
            password theirs
            submit_throughput 100
            ok
            smppccm -1 north
            mtrouter -a
            type DefaultRoute
            connector smppc(north)
            rate 0
            ok
            """)
        assert told.count("Successfully") == 5, told
        message = gateway.send(to="33612345678", content="Hello").id
        (taken,) = operator.until_taken(1)
        assert (taken["text"], taken["destinations"], taken["system_id"]) == ("Hello", ["33612345678"], "us")
        assert gateway.until_state(message, "sent")["final"], "no receipt was asked for"
        gateway.until_bound("north")
        assert "north" in gateway.console("smppccm -l")
        gateway.stop()
        assert gateway.errors() == []


def test_the_console_lets_nobody_in_without_the_password(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.ports["jcli"]), 10) as connection:
        read_to_prompt(connection)
        connection.sendall(b"operator\r\n")
        assert read_to_prompt(connection).endswith("Password: ")
        connection.sendall(b"wrong\r\n")
        assert "Incorrect Username/Password." in read_to_prompt(connection)
