"""Every option of the simulator: its name, what it takes, its default, and one sentence.

The command line, its help and the control port are made from this declaration; an option is written nowhere else.
Times are milliseconds unless the sentence says otherwise; a share goes from 0 to 1 (or 0% to 100%).
"""

# ruff: noqa: RUF009 - _option() makes a dataclasses.field
from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from jasminlike.simulator import options as o
from jasminlike.simulator.ids import FORMS
from jasminlike.smpp import statuses as s


class OptionError(ValueError):
    """An option has a value it does not take, or does not exist; ``option`` is its name."""

    def __init__(self, option: str, problem: str) -> None:
        super().__init__(f"{option}: {problem}")
        self.option = option
        self.problem = problem


def _option(group: str, kind: o.Kind, default: Any, about: str, *, fixed: bool = False) -> Any:
    """``fixed``: it cannot be changed while the simulator runs."""
    return dataclasses.field(default=default, metadata={"group": group, "kind": kind, "about": about, "fixed": fixed})


_LINK, _BIND, _ANSWER, _RECEIPT, _MO, _FAULT, _SELF = (
    "the port",
    "who may bind",
    "answers",
    "receipts",
    "incoming messages",
    "faults",
    "the simulator itself",
)
_PORT = o.whole(0, 65535)
_LONG = o.choice("udh", "udh16", "sar", "payload")
_ORDER = o.choice("forward", "backward", "shuffled")


@dataclass(frozen=True, kw_only=True)
class SimulatorSettings:
    """Give values in their types, or use :meth:`of`, which also reads them as they are typed on the command line.

    Raises OptionError naming the option whose value cannot be.
    """

    host: str = _option(_LINK, o.TEXT, "127.0.0.1", "The address to listen on.", fixed=True)
    port: int = _option(_LINK, _PORT, 2775, "The port to listen on; 0 takes any that is free.", fixed=True)
    certificate_file: str = _option(_LINK, o.TEXT, "", "A PEM certificate: the port then speaks TLS.", fixed=True)
    key_file: str = _option(_LINK, o.TEXT, "", "The key of certificate_file when it is in another file.", fixed=True)
    control_port: int = _option(
        _LINK, o.whole(-1, 65535), -1, "A port of 127.0.0.1 that takes commands; 0 any free one, -1 none.", fixed=True
    )

    system_id: str = _option(_BIND, o.TEXT, "", "The only system_id that may bind; empty: any.")
    password: str = _option(_BIND, o.TEXT, "", "The password to bind with; empty: any.")
    smsc_id: str = _option(_BIND, o.TEXT, "simulator", "The system_id in our bind_resp.")
    max_sessions: int = _option(_BIND, o.whole(), 0, "How many sessions a system_id may have at a time; 0: any number.")
    enquire_link: float = _option(_BIND, o.number(), 30.0, "Seconds of silence before we send enquire_link; 0: never.")

    answer_delay: o.Span = _option(_ANSWER, o.SPAN, o.Span(0, 0), "How long an answer takes.")
    answer_id: str = _option(_ANSWER, o.choice(*FORMS), "decimal", "The form of the message id in the answer.")
    id_start: int = _option(
        _ANSWER,
        o.whole(),
        0,
        "The first message id, as a number; 0: by the clock, or the same with each seed.",
        fixed=True,
    )
    window_limit: int = _option(
        _ANSWER, o.whole(), 0, "How many messages of a session may wait for their answers; 0: any number."
    )
    window_status: int = _option(_ANSWER, o.STATUS, s.ESME_RMSGQFUL, "The answer to a message beyond window_limit.")
    throughput: float = _option(_ANSWER, o.number(), 0.0, "Messages a second that a session may send; 0: any number.")
    throughput_status: int = _option(_ANSWER, o.STATUS, s.ESME_RTHROTTLED, "The answer to a message beyond throughput.")

    receipt_delay: o.Span = _option(_RECEIPT, o.SPAN, o.Span(500, 500), "How long after the answer a receipt comes.")
    receipt_states: o.Shares = _option(
        _RECEIPT,
        o.SHARES,
        (("DELIVRD", 100.0),),
        "How messages end, with shares; STATE/ERR:SHARE gives an error code too.",
    )
    receipt_id: str = _option(
        _RECEIPT, o.choice("same", *FORMS), "same", "The form of the message id in the receipt; same: as answered."
    )
    receipt_form: str = _option(
        _RECEIPT,
        o.choice("both", "text", "tlv"),
        "both",
        "Where a receipt says what it says: its text, its TLVs or both.",
    )
    receipt_esm_class: str = _option(
        _RECEIPT, o.choice("right", "forgotten"), "right", "Whether esm_class says that it is a receipt."
    )
    always_receipts: bool = _option(_RECEIPT, o.FLAG, False, "Send receipts even when none was asked for.")
    deliver_window: int = _option(
        _RECEIPT, o.whole(1), 100, "How many deliver_sm of a session may wait for their answers."
    )
    deliver_timeout: float = _option(_RECEIPT, o.number(0.001), 60.0, "Seconds that a deliver_sm waits for its answer.")
    redeliver: int = _option(
        _RECEIPT, o.whole(), 3, "How often a deliver_sm is sent again that was refused or not answered."
    )
    redeliver_delay: float = _option(
        _RECEIPT, o.number(), 5000.0, "How long after it was refused a deliver_sm is sent again."
    )
    mailbox: int = _option(
        _RECEIPT, o.whole(1), 100_000, "How many deliver_sm are kept for a system_id while none can be sent."
    )

    incoming_rate: float = _option(_MO, o.number(), 0.0, "Messages of subscribers a second, while a receiver is bound.")
    incoming_count: int = _option(_MO, o.whole(), 0, "How many of them; 0: without end.")
    incoming_from: str = _option(_MO, o.TEMPLATE, "491700{n:06d}", "Their sender; {n} is the number of the message.")
    incoming_to: str = _option(_MO, o.TEMPLATE, "12345", "The number they are sent to.")
    incoming_text: str = _option(_MO, o.TEMPLATE, "Hello {n}", "Their text; several, in turn, with | between.")
    incoming_long: str = _option(_MO, _LONG, "udh", "How a text too long for one message is sent.")
    incoming_order: str = _option(_MO, _ORDER, "forward", "The order in which the parts of a long text are sent.")
    incoming_system_id: str = _option(_MO, o.TEXT, "", "Who gets them; empty: everyone who is bound, in turn.")

    throttle_share: float = _option(_FAULT, o.SHARE, 0.0, "How often a burst of ESME_RTHROTTLED begins.")
    throttle_burst: int = _option(_FAULT, o.whole(1), 1, "How many messages in a row are throttled then.")
    error_share: float = _option(_FAULT, o.SHARE, 0.0, "How many messages are refused with error_status.")
    error_status: o.Shares = _option(
        _FAULT, o.STATUSES, (("ESME_RSYSERR", 1.0),), "The status of those errors; several, with shares."
    )
    late_share: float = _option(_FAULT, o.SHARE, 0.0, "How many answers come late_delay later than they should.")
    late_delay: o.Span = _option(_FAULT, o.SPAN, o.Span(70_000, 70_000), "How much later.")
    lost_share: float = _option(_FAULT, o.SHARE, 0.0, "How many messages are taken and never answered.")
    duplicate_share: float = _option(_FAULT, o.SHARE, 0.0, "How many answers are sent twice.")
    reorder_share: float = _option(_FAULT, o.SHARE, 0.0, "How many answers are sent after the one that follows them.")
    reorder_hold: float = _option(_FAULT, o.number(), 100.0, "How long such an answer waits for one to follow it.")
    receipt_first_share: float = _option(_FAULT, o.SHARE, 0.0, "How many receipts are sent before the answer.")
    receipt_twice_share: float = _option(_FAULT, o.SHARE, 0.0, "How many receipts are sent twice.")
    disconnect_every: int = _option(
        _FAULT, o.whole(), 0, "Cut a connection at its Nth message, which is taken but not answered; 0: never."
    )
    unbind_every: int = _option(_FAULT, o.whole(), 0, "Send unbind after N messages of a session; 0: never.")
    silence_after: int = _option(
        _FAULT, o.whole(), 0, "Answer nothing at all any more after N messages of a session; 0: never."
    )
    garbage_after: int = _option(
        _FAULT, o.whole(), 0, "Send bytes that are no SMPP after N messages of a session; 0: never."
    )
    crumbs: bool = _option(_FAULT, o.FLAG, False, "Write one byte at a time.")
    glue: float = _option(_FAULT, o.number(), 0.0, "Gather what is to be written for so long, and write it at once.")
    deliver_at_bind: int = _option(
        _FAULT, o.whole(), 0, "Send so many incoming messages in the same write as the bind_resp."
    )
    refuse_first: int = _option(_FAULT, o.whole(), 0, "Refuse the first N binds.")
    refuse_share: float = _option(_FAULT, o.SHARE, 0.0, "How many binds are refused.")
    refuse_status: int = _option(_FAULT, o.STATUS, s.ESME_RBINDFAIL, "The status of a refused bind.")
    half_open: bool = _option(_FAULT, o.FLAG, False, "Accept connections and never answer anything on them.")

    seed: int | None = _option(
        _SELF, o.SEED, None, "A number that all chance comes from, for runs that repeat; none: a new one.", fixed=True
    )
    keep: int = _option(
        _SELF,
        o.whole(-1),
        10_000,
        "How many messages are kept, for query_sm and for whoever asks; -1: all.",
        fixed=True,
    )
    verbose: bool = _option(_SELF, o.FLAG, False, "Print a line of figures every few seconds.", fixed=True)

    def __post_init__(self) -> None:
        for option in declared():
            try:
                value = option.kind.take(getattr(self, option.name))
            except o.Unusable as error:
                raise OptionError(option.name, str(error)) from None
            object.__setattr__(self, option.name, value)

    @classmethod
    def of(cls, **values: Any) -> SimulatorSettings:
        """Settings from values in their types or as texts: ``of(receipt_delay="50-200", error_share="5%")``."""
        return cls().with_options(**values)

    def with_options(self, **values: Any) -> SimulatorSettings:
        """A copy with some options changed. Raises OptionError for a name or a value that cannot be."""
        known = {option.name for option in declared()}
        for name in values:
            if name not in known:
                raise OptionError(name, "there is no such option")
        return dataclasses.replace(self, **values)

    def shown(self) -> dict[str, str]:
        """Every option as it would be typed."""
        return {option.name: option.kind.show(getattr(self, option.name)) for option in declared()}


class Option(NamedTuple):
    """One declared option."""

    name: str
    group: str
    kind: o.Kind
    default: Any
    about: str
    fixed: bool

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def declared() -> tuple[Option, ...]:
    """All options, in the order of their declaration."""
    return _DECLARED


def _declared() -> Iterator[Option]:
    for field in dataclasses.fields(SimulatorSettings):
        data = field.metadata
        yield Option(field.name, data["group"], data["kind"], field.default, data["about"], data["fixed"])


_DECLARED = tuple(_declared())


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` one argument for every option, in groups."""
    groups: dict[str, Any] = {}
    for option in _DECLARED:
        group = groups.setdefault(option.group, None) or parser.add_argument_group(option.group)
        groups[option.group] = group
        default = option.kind.show(option.default) or "empty"
        about = f"{option.about} (default: {default})".replace("%", "%%")
        if option.kind is o.FLAG:
            group.add_argument(option.flag, action=argparse.BooleanOptionalAction, default=option.default, help=about)
        else:
            group.add_argument(
                option.flag, type=_reader(option), default=option.default, metavar=option.kind.metavar, help=about
            )


def _reader(option: Option) -> Any:
    def read(text: str) -> Any:
        try:
            return option.kind.take(text)
        except o.Unusable as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def from_arguments(arguments: argparse.Namespace) -> SimulatorSettings:
    """The settings that parsed arguments of :func:`add_options` hold."""
    return SimulatorSettings(**{option.name: getattr(arguments, option.name) for option in _DECLARED})
