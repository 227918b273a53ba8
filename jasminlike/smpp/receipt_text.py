"""Delivery receipts: read in every form that SMSCs send them, and written in the usual one.

SMPP 3.4 Appendix B gives the text only as an example ("id:… sub:… dlvrd:… submit date:… done date:… stat:… err:…
text:…"), and each vendor made its own of it. So the usual form is read by one expression, and everything else by
looking for the names of fields, wherever they stand; a value goes from its name to the next name, and what follows
"text:" is text to the end. What the TLVs say (receipted_message_id, message_state, network_error_code) counts more than
the text.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

_RECEIPT_BITS: Final = 0x24  # esm_class (SMPP 3.4 §5.2.12): 0x04 SMSC delivery receipt, 0x20 intermediate notification
_UDHI: Final = 0x40
_UCS2: Final = 8  # data_coding

# message_state (SMPP 3.4 §5.2.28), and 0 and 9 of SMPP 5.0: scheduled is not final, skipped was never sent.
_STATES: Final = (
    *("ENROUTE", "ENROUTE", "DELIVRD", "EXPIRED", "DELETED"),
    *("UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD", "UNDELIV"),
)
_SPELLINGS: Final = {
    "DELIVRD": "DELIVRD DELIVERED DELIVERD DELIVRED DELIVERY DELIVER DELIVRDD DELIVD DELIV DLVRD SUCCESS OK",
    "EXPIRED": "EXPIRED EXPIRD EXPRD EXPIRE TIMEOUT",
    "DELETED": "DELETED DELETD DELTED DELETE CANCELED CANCELLED",
    "UNDELIV": "UNDELIV UNDELIVERABLE UNDELIVERED UNDELIVERD UNDELIVRD UNDELIVR UNDELVRD UNDLVRD NOTDELIVERED NOTDELIV "
    "FAILED FAILURE FAIL SKIPPED",
    "ACCEPTD": "ACCEPTD ACCEPTED ACCPTD ACCEPT",
    "UNKNOWN": "UNKNOWN UNKNWN UNKNOW UNKOWN",
    "REJECTD": "REJECTD REJECTED REJCTD REJECT BLOCKED",
    "ENROUTE": "ENROUTE ENROUT QUEUED SENT SUBMITTED SUBMITD PENDING BUFFERED BUFFRED SCHEDULED SCHEDLD",
}
_WORDS: Final = {word: state for state, words in _SPELLINGS.items() for word in words.split()}

_USUAL: Final = re.compile(
    r"id:(?P<id>[\w.+-]+)(?: sub:(?P<sub>\d+))?(?: dlvrd:(?P<dlvrd>\d+))?"
    r"(?: submit date:(?P<submit>\d{10,14}))?(?: done date:(?P<done>\d{10,14}))?"
    r" stat:(?P<stat>[A-Za-z]+)(?: err:(?P<err>\w+))?(?: [Tt]ext:(?P<text>.*))?",
    re.ASCII | re.DOTALL,
)
_NAME: Final = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"(?P<submit>sub(?:mit|mitted)?[ _-]?date)|(?P<done>done[ _-]?date)|(?P<id>(?:(?:message|msg)[ _-]?)?id)"
    r"|(?P<sub>sub)|(?P<dlvrd>dlvrd|dlvd|dlvr|delivrd|delivered)|(?P<stat>stat(?:us|e)?)"
    r"|(?P<err>err(?:or)?(?:[ _-]?code)?)|(?P<text>te?xt)"
    r")\s*[:=]",
    re.ASCII | re.IGNORECASE,
)
_DATE: Final = re.compile(r"\d{2,4}(?:[-/.: T]?\d{2}){4,5}", re.ASCII)
_NO_DIGIT: Final = re.compile(r"\D", re.ASCII)
_NO_LETTER: Final = re.compile(r"[^A-Z]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
_UNSAFE: Final = re.compile(r"[\s\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class ReceiptFields:
    """What a receipt says; None where it says nothing."""

    id: str | None = None
    """The SMSC's id of the message, of the TLV if there is one, otherwise of the text, as written."""
    text_id: str | None = None
    """The id in the text when it is not the TLV's; some SMSCs write one in hexadecimal and the other in decimal."""
    state: str | None = None
    """DELIVRD, EXPIRED, DELETED, UNDELIV, ACCEPTD, UNKNOWN, REJECTD or ENROUTE; UNKNOWN too for a word nobody knows."""
    stat: str | None = None
    """The word of the text as written."""
    sub: str | None = None
    dlvrd: str | None = None
    submit_date: str | None = None
    """Digits only, as many as the SMSC sent, in its local time; done_date likewise."""
    done_date: str | None = None
    err: str | None = None
    """The vendor's error code: of the TLV in at least three decimal digits if it names an error, else as written."""
    network_type: int | None = None
    """Of network_error_code: 1 ANSI-136, 2 IS-95, 3 GSM; others are the vendor's."""
    text: str | None = None
    """The beginning of the original message, as the SMSC quotes it; often cut, often not in its own coding."""


def parse(
    text: bytes,
    data_coding: int = 0,
    esm_class: int = 0x04,
    *,
    receipted_message_id: bytes | None = None,
    message_state: int | None = None,
    network_error_code: bytes | None = None,
    strict: bool = False,
) -> ReceiptFields | None:
    """Read a receipt, or return None when the message is none. Never raises.

    It is one when esm_class says so; when there is a receipted_message_id, which no subscriber can write, and a state;
    and, since some SMSCs forget the bits, when the text begins with an id and has a known state. The last is a guess: a
    subscriber may write "id:77 stat:DELIVRD" too. With `strict` there is no guessing.
    """
    certain = bool(esm_class & _RECEIPT_BITS)
    by_tlv = bool(receipted_message_id and receipted_message_id.strip(b"\0"))
    if not certain and not by_tlv and (strict or not text):
        return None
    written = _characters(text, udhi=bool(esm_class & _UDHI))
    usual = _USUAL.fullmatch(written)
    found = usual.groupdict() if usual is not None else _search(written, anchored=not (certain or by_tlv))
    state, known = _state_of_word(found.get("stat"))
    if not certain and not (known and found.get("id")) and not (by_tlv and (known or message_state is not None)):
        return None
    if found.get("text"):
        found["text"] = _quoted(found["text"] or "", data_coding)
    return _fields(found, state, receipted_message_id, message_state, network_error_code)


def _fields(
    found: dict[str, str | None],
    state: str | None,
    receipted_message_id: bytes | None,
    message_state: int | None,
    network_error_code: bytes | None,
) -> ReceiptFields:
    """Put text and TLVs together, the TLVs first."""
    text_id = found.get("id")
    identifier = (receipted_message_id or b"").rstrip(b"\0").decode("latin-1").strip() or text_id
    if message_state is not None:
        state = _STATES[message_state] if 0 <= message_state < len(_STATES) else state or "UNKNOWN"
    err, network_type = found.get("err"), None
    if network_error_code is not None and len(network_error_code) == 3:
        network_type = network_error_code[0]
        code = int.from_bytes(network_error_code[1:], "big")
        if code or err is None:
            err = f"{code:03d}"
    return ReceiptFields(
        identifier,
        None if text_id == identifier else text_id,
        state,
        found.get("stat"),
        found.get("sub"),
        found.get("dlvrd"),
        found.get("submit"),
        found.get("done"),
        err,
        network_type,
        found.get("text"),
    )


def _characters(text: bytes, *, udhi: bool) -> str:
    """Return the receipt as characters, one for each octet unless it is UTF-16.

    What the octets look like counts, not the data_coding: SMSCs give that of the original message as often as the
    receipt's own.
    """
    if udhi and text and text[0] < len(text):
        text = text[text[0] + 1 :]
    if b"\0" in text[:4] or text[:2] in {b"\xfe\xff", b"\xff\xfe"}:
        if text[:2] == b"\xfe\xff" or (text[0] == 0 and text[2:3] == b"\0"):
            return text.decode("utf-16-be", "replace").strip("\ufeff\0")
        if text[:2] == b"\xff\xfe" or (text[1:2] == b"\0" and text[3:4] == b"\0"):
            return text.decode("utf-16-le", "replace").strip("\ufeff\0")
    return text.strip(b"\0").decode("latin-1")


def _quoted(text: str, data_coding: int) -> str:
    """Return the quoted original, which may be in another coding than the rest: UTF-8, or bare UTF-16 for UCS2."""
    if text.isascii() and (text.isprintable() or data_coding != _UCS2):
        return text
    try:
        octets = text.encode("latin-1")
        if data_coding == _UCS2 and _CONTROL.search(text):
            return octets[: len(octets) & ~1].decode("utf-16-be", "replace")
        return octets.decode("utf-8")
    except UnicodeError:  # more than octets already, or in no coding known here: as it is
        return text


def _search(written: str, *, anchored: bool) -> dict[str, str | None]:
    """Find the fields by their names. The first value of a name counts; empty ones are left out.

    With `anchored` the text must begin with the id, otherwise nothing is found.
    """
    found: dict[str, str | None] = {}
    name, begin = None, 0
    if anchored:
        first = _NAME.match(written.lstrip())
        if first is None or first.lastgroup != "id":
            return found
    for match in _NAME.finditer(written):
        if name is not None:
            _keep(found, name, written[begin : match.start()])
        name, begin = match.lastgroup, match.end()
        if name == "text":
            found["text"] = written[begin:]
            return found
    if name is not None:
        _keep(found, name, written[begin:])
    return found


def _keep(found: dict[str, str | None], name: str, value: str) -> None:
    words = value.replace("\0", " ").split()
    if not words or found.get(name):
        return
    token = words[0].strip("\"'").rstrip(",;|")
    if name in {"submit", "done"}:
        found[name] = _date(token, value)
    elif name == "stat":
        pair = f"{token} {words[1]}" if len(words) > 1 else token
        found[name] = pair if _NO_LETTER.sub("", pair.upper()) in _WORDS and len(words) > 1 else token
    elif name == "id":
        found[name] = token.replace("\x11", "_") or None  # 0x11 is the underscore of the GSM alphabet
    else:
        found[name] = token or None


def _date(token: str, value: str) -> str | None:
    if len(token) >= 6 and token.isdecimal():
        return token
    match = _DATE.search(value)
    return _NO_DIGIT.sub("", match[0]) if match is not None else None


def _state_of_word(stat: str | None) -> tuple[str | None, bool]:
    """Return the state that a word of a receipt means, None without a word, and whether the word is known."""
    if not stat:
        return None, False
    known = _WORDS.get(stat)
    if known is None and len(stat) == 1 and stat.isdecimal():
        known = _STATES[int(stat)]
    if known is None:
        known = _WORDS.get(_NO_LETTER.sub("", stat.upper()))
    return ("UNKNOWN", False) if known is None else (known, True)


def format_receipt(
    message_id: str,
    *,
    sub: int | None = None,
    dlvrd: int | None = None,
    submit_date: float | None = None,
    done_date: float | None = None,
    stat: str | None = None,
    err: str | None = None,
    text: str | None = None,
    utc_offset: int = 0,
) -> bytes:
    """Return the text of a receipt as SMPP clients know it, with the fields that are given, in the usual order.

    Dates are in seconds since 1970 UTC and are written as YYMMDDhhmm, `utc_offset` seconds ahead of UTC; `sub`, `dlvrd`
    and `err` have at least three digits. Of `text` only ASCII is sent, with "?" for the rest, because the receipt's
    alphabet is the reader's default one. Raises ValueError when an id, a stat or an err has a space or a control
    character in it, which would make another field of it.
    """
    pieces = [f"id:{_safe(message_id)}"]
    if sub is not None:
        pieces.append(f"sub:{sub:03d}")
    if dlvrd is not None:
        pieces.append(f"dlvrd:{dlvrd:03d}")
    if submit_date is not None:
        pieces.append(f"submit date:{_digits(submit_date + utc_offset)}")
    if done_date is not None:
        pieces.append(f"done date:{_digits(done_date + utc_offset)}")
    if stat is not None:
        pieces.append(f"stat:{_safe(stat)}")
    if err is not None:
        pieces.append(f"err:{_safe(err).zfill(3)}")
    if text is not None:
        pieces.append(f"text:{text}")
    return " ".join(pieces).encode("ascii", "replace")


def _safe(value: str) -> str:
    if not value or _UNSAFE.search(value):
        raise ValueError(f"{value!r} cannot stand in a receipt: it is empty or has a space or control character")
    return value


def _digits(epoch: float) -> str:
    return _minute(int(epoch // 60))


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    """Write a minute as YYMMDDhhmm; receipts come by the thousand within the same few minutes."""
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes):%y%m%d%H%M}"
