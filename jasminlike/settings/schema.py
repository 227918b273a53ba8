"""Every setting of the gateway, declared once: name, type, limits, default and one sentence about it.

A section of the settings file is a struct, a setting is a field of it. The file, the environment, `--set`, the sample
in `etc/` and the reference in the manual are all made from these declarations; nothing else names a default.
Where Jasmin has a setting of the same meaning, it has Jasmin's name and default. Times are seconds unless the name says
otherwise. What belongs to one connector, account or route is not here: it is administered in the console.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(ge=0)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all sections of the file have in common."""


class Data(Section, frozen=True):
    """Where the gateway keeps what must survive it."""

    folder: Annotated[
        str,
        Meta(
            min_length=1,
            description="Folder of the databases and logs; a relative one starts where the program starts.",
        ),
    ] = "data"


class Http(Section, frozen=True):
    """The HTTP API of clients."""

    enabled: Annotated[bool, Meta(description="Whether the HTTP API listens at all.")] = True
    bind: Annotated[str, Meta(min_length=1, description="Address to listen on; 0.0.0.0 for all of the machine's.")] = (
        "127.0.0.1"
    )
    port: Annotated[Port, Meta(description="Port to listen on; 0 lets the system choose.")] = 1401
    billing_feature: Annotated[bool, Meta(description="Whether messages sent over HTTP are charged.")] = True
    long_content_max_parts: Annotated[
        int, Meta(ge=1, le=255, description="A text that needs more parts than this is refused.")
    ] = 5
    long_content_split: Annotated[
        Literal["udh", "sar"],
        Meta(description="How parts of a long text are marked: a user data header, or the SAR parameters of SMPP."),
    ] = "udh"
    max_body: Annotated[
        int, Meta(ge=1024, le=1 << 30, description="Octets a request's body may have; a longer one is refused.")
    ] = 1 << 20
    max_connections: Annotated[
        int, Meta(ge=1, description="Connections held open at once; further ones are closed at once.")
    ] = 10_000
    request_timeout: Annotated[Seconds, Meta(description="A request must have arrived whole within this time.")] = 30.0
    idle_timeout: Annotated[
        Seconds, Meta(description="A kept-alive connection without a request is closed after this time.")
    ] = 75.0
    access_log: Annotated[
        bool,
        Meta(description="Whether each request is written to the event log: peer, path, status, never its arguments."),
    ] = False


class Smpps(Section, frozen=True):
    """The SMPP server that clients bind to."""

    enabled: Annotated[bool, Meta(description="Whether the SMPP server listens at all.")] = True
    id: Annotated[
        str, Meta(min_length=1, max_length=15, description="Name of the server; its system_id in bind answers.")
    ] = "smpps_01"
    bind: Annotated[str, Meta(min_length=1, description="Address to listen on; 0.0.0.0 for all of the machine's.")] = (
        "127.0.0.1"
    )
    port: Annotated[Port, Meta(description="Port to listen on; 0 lets the system choose.")] = 2775
    billing_feature: Annotated[bool, Meta(description="Whether messages sent over SMPP are charged.")] = True
    max_connections: Annotated[
        int, Meta(ge=1, description="Connections held open at once; further ones are closed at once.")
    ] = 1_000
    window: Annotated[
        int, Meta(ge=1, le=1000, description="Receipts and incoming messages unanswered at once in one session.")
    ] = 10
    sessionInitTimerSecs: Annotated[
        Seconds, Meta(description="A connection that has not bound by then is closed; 0 never.")
    ] = 30.0
    enquireLinkTimerSecs: Annotated[
        Seconds, Meta(description="After this much silence the server asks whether the client is there; 0 never asks.")
    ] = 30.0
    inactivityTimerSecs: Annotated[
        Seconds, Meta(description="A session without any message for this long is ended; 0 never ends it.")
    ] = 300.0
    responseTimerSecs: Annotated[
        float, Meta(gt=0, description="A client that has not answered by then loses its connection.")
    ] = 60.0
    pduReadTimerSecs: Annotated[
        Seconds,
        Meta(description="A PDU must have arrived whole within this time of its first octet; 0 gives it for ever."),
    ] = 10.0
    dlr_expiry: Annotated[
        Seconds, Meta(description="How long receipts and incoming messages wait for a client that is not bound.")
    ] = 259_200.0
    dlr_pdu: Annotated[
        Literal["deliver_sm", "data_sm"], Meta(description="The command that carries receipts to clients.")
    ] = "deliver_sm"
    smpp_receipt_on_success_submit_sm_resp: Annotated[
        bool, Meta(description="Whether a client also gets a receipt (ACCEPTD) when the operator accepts a message.")
    ] = False


class Jcli(Section, frozen=True):
    """The console of operators, over telnet."""

    enabled: Annotated[bool, Meta(description="Whether the console listens at all.")] = True
    bind: Annotated[
        str, Meta(min_length=1, description="Address to listen on; telnet is not encrypted, so keep it local.")
    ] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port to listen on; 0 lets the system choose.")] = 8990
    authentication: Annotated[bool, Meta(description="Whether the console asks for a user name and password.")] = True
    username: Annotated[str, Meta(min_length=1, description="The operator's user name.")] = "jcliadmin"
    password: Annotated[
        str,
        Meta(
            description="The operator's password; empty for one made at the first start and kept in the data folder.",
            extra={"secret": True},
        ),
    ] = ""
    password_hash: Annotated[
        str, Meta(description="An argon2 hash to use instead of `password`.", extra={"secret": True})
    ] = ""
    idle_timeout: Annotated[
        Seconds, Meta(description="A console session without a key pressed is closed after this time; 0 never.")
    ] = 1800.0
    max_connections: Annotated[
        int, Meta(ge=1, description="Sessions held open at once; further ones are closed at once.")
    ] = 20


class Smppc(Section, frozen=True):
    """What all connectors to operators have in common; the rest is set on each connector, in the console."""

    join_seconds: Annotated[
        float,
        Meta(gt=0, description="A long incoming message whose parts are not all there by then is passed on as it is."),
    ] = 300.0


class Store(Section, frozen=True):
    """How much is held and how long it is kept."""

    max_messages: Annotated[
        int, Meta(ge=1, description="Message parts that may wait at once; then new messages are refused.")
    ] = 1_000_000
    records_days: Annotated[int, Meta(ge=1, description="Days for which records of messages are kept.")] = 180
    receipts_days: Annotated[
        int, Meta(ge=1, description="Days for which a receipt of an operator still finds its message.")
    ] = 7
    keep_texts: Annotated[bool, Meta(description="Whether records hold the texts of messages.")] = True


class Callbacks(Section, frozen=True):
    """Receipts and incoming messages on their way to clients' URLs."""

    http_timeout: Annotated[float, Meta(gt=0, description="A callback must be answered within this time.")] = 30.0
    retry_delay: Annotated[Seconds, Meta(description="Time before a callback that failed is tried again.")] = 30.0
    max_retries: Annotated[
        int, Meta(ge=0, description="How often a failed callback is tried again before it is set aside.")
    ] = 3
    connections: Annotated[int, Meta(ge=1, description="Callbacks under way at once.")] = 100


class Interceptors(Section, frozen=True):
    """The processes that run interception scripts."""

    workers: Annotated[int, Meta(ge=1, le=64, description="Processes that run scripts.")] = 1
    deadline: Annotated[float, Meta(gt=0, description="A script that runs longer is stopped, and has failed.")] = 5.0
    memory_megabytes: Annotated[
        int, Meta(ge=0, description="Memory that a process for scripts may have (10⁶ octets); 0 = any amount.")
    ] = 512
    on_failure: Annotated[
        Literal["refuse", "pass", "hold"],
        Meta(
            description="What a script's failure does to its message: refuse it, pass it unchanged, or hold it until "
            "the gateway starts with another choice."
        ),
    ] = "refuse"
    reply_user: Annotated[
        str, Meta(description="The uid of the account that pays for scripts' replies; empty forbids replies.")
    ] = ""
    log_slow_script: Annotated[
        Seconds, Meta(description="Scripts that run at least this long are named in the event log; 0 names none.")
    ] = 1.0


class Log(Section, frozen=True):
    """The event log and the message log."""

    folder: Annotated[str, Meta(description="Folder of the logs; empty for `logs` in the data folder.")] = ""
    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least level written to the event log.")
    ] = "info"
    format: Annotated[Literal["text", "json"], Meta(description="How lines of both logs are written.")] = "text"
    stderr: Annotated[bool, Meta(description="Whether events are also written to standard error.")] = True
    rotate_megabytes: Annotated[
        float, Meta(gt=0, description="A log file larger than this (10⁶ octets) is set aside and a new one begun.")
    ] = 100.0
    keep: Annotated[int, Meta(ge=0, description="Set-aside files kept of each log; older ones are deleted.")] = 10
    privacy: Annotated[
        bool, Meta(description="Whether texts of messages are left out of the logs; only their length is written.")
    ] = True


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All sections. `Settings()` is the gateway as it runs without a file."""

    data: Data = Data()
    http: Http = Http()
    smpps: Smpps = Smpps()
    jcli: Jcli = Jcli()
    smppc: Smppc = Smppc()
    store: Store = Store()
    callbacks: Callbacks = Callbacks()
    interceptors: Interceptors = Interceptors()
    log: Log = Log()
