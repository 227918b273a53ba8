"""Who may send: groups and users with what they are allowed, as frozen data.

The names are Jasmin's internal ones; the console's words for them stand in `accounts/credentials.py`. Balances and
message counts are not here: they change with every message and live in `accounts/billing.py`.
"""

from __future__ import annotations

import msgspec


class Group(msgspec.Struct, frozen=True):
    """Users are enabled and disabled together by their group."""

    gid: str
    enabled: bool = True


class MtAuthorization(msgspec.Struct, frozen=True):
    """What the account may do when it sends."""

    http_send: bool = True
    http_balance: bool = True
    http_rate: bool = True
    http_bulk: bool = False
    smpps_send: bool = True
    http_long_content: bool = True
    set_dlr_level: bool = True
    http_set_dlr_method: bool = True
    set_source_address: bool = True
    set_priority: bool = True
    set_validity_period: bool = True
    set_schedule_delivery_time: bool = True
    set_hex_content: bool = True


class MtValueFilter(msgspec.Struct, frozen=True):
    """Regular expressions, matched from the start, that values must satisfy."""

    destination_address: str = ".*"
    source_address: str = ".*"
    priority: str = "^[0-3]$"
    validity_period: str = r"^\d+$"
    content: str = ".*"


class MtDefault(msgspec.Struct, frozen=True):
    """Values put in where the client gives none."""

    source_address: str | None = None


class MtQuota(msgspec.Struct, frozen=True):
    """Limits that do not change as messages go; None = unlimited. Throughputs in messages a second."""

    early_decrement_balance_percent: float | None = None
    http_throughput: float | None = None
    smpps_throughput: float | None = None


class SmppsAuthorization(msgspec.Struct, frozen=True):
    """What the account may do on the SMPP server; `ip` is a comma-separated list of addresses and networks."""

    bind: bool = True
    ip: str = "0.0.0.0/0"


class SmppsQuota(msgspec.Struct, frozen=True):
    """Sessions at once; None = unlimited, 0 = none."""

    max_bindings: int | None = None


class User(msgspec.Struct, frozen=True):
    """An account. `password` is a hash (`accounts/passwords.py`), never the password."""

    uid: str
    gid: str
    username: str
    password: str
    enabled: bool = True
    mt_authorization: MtAuthorization = MtAuthorization()
    mt_valuefilter: MtValueFilter = MtValueFilter()
    mt_default: MtDefault = MtDefault()
    mt_quota: MtQuota = MtQuota()
    smpps_authorization: SmppsAuthorization = SmppsAuthorization()
    smpps_quota: SmppsQuota = SmppsQuota()
