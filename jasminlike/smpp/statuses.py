"""Every command_status number of SMPP 3.4 and its name (§5.1.3), and those that SMPP 5.0 added.

A number without a name is legal (SMSCs use 0x400-0x4FF for their own): :func:`name` writes it as ``0x00000401`` and
:func:`number` reads that back, so nothing is lost on the way to a log, a receipt or a client and back.
"""

from __future__ import annotations

from typing import Final

ESME_ROK: Final = 0x00
ESME_RINVMSGLEN: Final = 0x01
ESME_RINVCMDLEN: Final = 0x02
ESME_RINVCMDID: Final = 0x03
ESME_RINVBNDSTS: Final = 0x04
ESME_RALYBND: Final = 0x05
ESME_RINVPRTFLG: Final = 0x06
ESME_RINVREGDLVFLG: Final = 0x07
ESME_RSYSERR: Final = 0x08
ESME_RINVSRCADR: Final = 0x0A
ESME_RINVDSTADR: Final = 0x0B
ESME_RINVMSGID: Final = 0x0C
ESME_RBINDFAIL: Final = 0x0D
ESME_RINVPASWD: Final = 0x0E
ESME_RINVSYSID: Final = 0x0F
ESME_RCANCELFAIL: Final = 0x11
ESME_RREPLACEFAIL: Final = 0x13
ESME_RMSGQFUL: Final = 0x14
ESME_RINVSERTYP: Final = 0x15
ESME_RINVNUMDESTS: Final = 0x33
ESME_RINVDLNAME: Final = 0x34
ESME_RINVDESTFLAG: Final = 0x40
ESME_RINVSUBREP: Final = 0x42
ESME_RINVESMCLASS: Final = 0x43
ESME_RCNTSUBDL: Final = 0x44
ESME_RSUBMITFAIL: Final = 0x45
ESME_RINVSRCTON: Final = 0x48
ESME_RINVSRCNPI: Final = 0x49
ESME_RINVDSTTON: Final = 0x50
ESME_RINVDSTNPI: Final = 0x51
ESME_RINVSYSTYP: Final = 0x53
ESME_RINVREPFLAG: Final = 0x54
ESME_RINVNUMMSGS: Final = 0x55
ESME_RTHROTTLED: Final = 0x58
ESME_RINVSCHED: Final = 0x61
ESME_RINVEXPIRY: Final = 0x62
ESME_RINVDFTMSGID: Final = 0x63
ESME_RX_T_APPN: Final = 0x64
ESME_RX_P_APPN: Final = 0x65
ESME_RX_R_APPN: Final = 0x66
ESME_RQUERYFAIL: Final = 0x67
ESME_RINVOPTPARSTREAM: Final = 0xC0
ESME_ROPTPARNOTALLWD: Final = 0xC1
ESME_RINVPARLEN: Final = 0xC2
ESME_RMISSINGOPTPARAM: Final = 0xC3
ESME_RINVOPTPARAMVAL: Final = 0xC4
ESME_RDELIVERYFAILURE: Final = 0xFE
ESME_RUNKNOWNERR: Final = 0xFF
# From here on SMPP 5.0 §4.7.6: a 3.4 peer may meet them, and none of these numbers means anything else in 3.4.
ESME_RSERTYPUNAUTH: Final = 0x100
ESME_RPROHIBITED: Final = 0x101
ESME_RSERTYPUNAVAIL: Final = 0x102
ESME_RSERTYPDENIED: Final = 0x103
ESME_RINVDCS: Final = 0x104
ESME_RINVSRCADDRSUBUNIT: Final = 0x105
ESME_RINVDSTADDRSUBUNIT: Final = 0x106
ESME_RINVBCASTFREQINT: Final = 0x107
ESME_RINVBCASTALIAS_NAME: Final = 0x108
ESME_RINVBCASTAREAFMT: Final = 0x109
ESME_RINVNUMBCAST_AREAS: Final = 0x10A
ESME_RINVBCASTCNTTYPE: Final = 0x10B
ESME_RINVBCASTMSGCLASS: Final = 0x10C
ESME_RBCASTFAIL: Final = 0x10D
ESME_RBCASTQUERYFAIL: Final = 0x10E
ESME_RBCASTCANCELFAIL: Final = 0x10F
ESME_RINVBCAST_REP: Final = 0x110
ESME_RINVBCASTSRVGRP: Final = 0x111
ESME_RINVBCASTCHANIND: Final = 0x112

NUMBERS: Final[dict[str, int]] = {key: value for key, value in globals().items() if key.startswith("ESME_")}
"""Name -> number, in the order of the numbers."""

NAMES: Final[dict[int, str]] = {value: key for key, value in NUMBERS.items()}
"""Number -> name."""

# SMPP 5.0 gave five numbers of 3.4 a second name; both are understood, the 3.4 name is written.
_SECOND_NAMES: Final = {
    "ESME_RINVTLVSTREAM": ESME_RINVOPTPARSTREAM,
    "ESME_RTLVNOTALLWD": ESME_ROPTPARNOTALLWD,
    "ESME_RINVTLVLEN": ESME_RINVPARLEN,
    "ESME_RMISSINGTLV": ESME_RMISSINGOPTPARAM,
    "ESME_RINVTLVVAL": ESME_RINVOPTPARAMVAL,
}


def name(status: int) -> str:
    """The name of a command_status; one without a name is written as eight hexadecimal digits, ``0x00000401``."""
    return NAMES.get(status) or f"0x{status:08X}"


def number(text: str) -> int:
    """The number of a name, or of digits (``88``, ``0x58``, ``0x00000401``): the reverse of :func:`name`.

    Raises ValueError for anything else.
    """
    upper = text.strip().upper()
    found = NUMBERS.get(upper, _SECOND_NAMES.get(upper))
    if found is not None:
        return found
    try:
        value = int(upper, 0)
    except ValueError:
        raise ValueError(f"{text!r} is neither the name nor the number of a command_status") from None
    if not 0 <= value <= 0xFFFFFFFF:
        raise ValueError(f"{text!r} does not fit into the four octets of a command_status")
    return value
