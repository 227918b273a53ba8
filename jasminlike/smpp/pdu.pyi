"""Rendered from specs.py by stub.py; do not edit: python -m jasminlike.smpp.stub"""

from typing import Any, ClassVar

from jasminlike.smpp.fields import Destination, UnsuccessSme
from jasminlike.smpp.specs import Spec
from jasminlike.smpp.tlv import Tlvs

class Pdu:
    spec: ClassVar[Spec]
    command_id: ClassVar[int]
    name: ClassVar[str]
    is_response: ClassVar[bool]
    field_names: ClassVar[tuple[str, ...]]
    response_class: ClassVar[type[Pdu] | None]
    status: int
    sequence: int
    tlvs: Tlvs
    def __init__(self, *, status: int = 0, sequence: int = 0, tlvs: Tlvs = (), **fields: Any) -> None: ...
    def tlv(self, tag: int) -> bytes | None: ...
    def add_tlv(self, which: int | str, value: int | bytes = b"") -> None: ...
    def without_tlv(self, tag: int) -> None: ...
    def response(self, *args: Any, **fields: Any) -> Pdu: ...

CLASSES: dict[int, type[Pdu]]

def message_octets(pdu: Pdu) -> bytes: ...

class GenericNack(Pdu):
    def __init__(self, *, status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...

class BindReceiver(Pdu):
    system_id: bytes
    password: bytes
    system_type: bytes
    interface_version: int
    addr_ton: int
    addr_npi: int
    address_range: bytes
    def __init__(
        self,
        *,
        system_id: bytes = ...,
        password: bytes = ...,
        system_type: bytes = ...,
        interface_version: int = ...,
        addr_ton: int = ...,
        addr_npi: int = ...,
        address_range: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(self, status: int = 0, *, system_id: bytes = ..., tlvs: Tlvs = ...) -> BindReceiverResp: ...

class BindReceiverResp(Pdu):
    system_id: bytes
    def __init__(self, *, system_id: bytes = ..., status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...

class BindTransmitter(Pdu):
    system_id: bytes
    password: bytes
    system_type: bytes
    interface_version: int
    addr_ton: int
    addr_npi: int
    address_range: bytes
    def __init__(
        self,
        *,
        system_id: bytes = ...,
        password: bytes = ...,
        system_type: bytes = ...,
        interface_version: int = ...,
        addr_ton: int = ...,
        addr_npi: int = ...,
        address_range: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(self, status: int = 0, *, system_id: bytes = ..., tlvs: Tlvs = ...) -> BindTransmitterResp: ...

class BindTransmitterResp(Pdu):
    system_id: bytes
    def __init__(self, *, system_id: bytes = ..., status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...

class BindTransceiver(Pdu):
    system_id: bytes
    password: bytes
    system_type: bytes
    interface_version: int
    addr_ton: int
    addr_npi: int
    address_range: bytes
    def __init__(
        self,
        *,
        system_id: bytes = ...,
        password: bytes = ...,
        system_type: bytes = ...,
        interface_version: int = ...,
        addr_ton: int = ...,
        addr_npi: int = ...,
        address_range: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(self, status: int = 0, *, system_id: bytes = ..., tlvs: Tlvs = ...) -> BindTransceiverResp: ...

class BindTransceiverResp(Pdu):
    system_id: bytes
    def __init__(self, *, system_id: bytes = ..., status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...

class Outbind(Pdu):
    system_id: bytes
    password: bytes
    def __init__(
        self,
        *,
        system_id: bytes = ...,
        password: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...

class Unbind(Pdu):
    def __init__(self, *, status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...
    def response(self, status: int = 0, *, tlvs: Tlvs = ...) -> UnbindResp: ...

class UnbindResp(Pdu):
    def __init__(self, *, status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...

class SubmitSm(Pdu):
    service_type: bytes
    source_addr_ton: int
    source_addr_npi: int
    source_addr: bytes
    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: bytes
    esm_class: int
    protocol_id: int
    priority_flag: int
    schedule_delivery_time: bytes
    validity_period: bytes
    registered_delivery: int
    replace_if_present_flag: int
    data_coding: int
    sm_default_msg_id: int
    short_message: bytes
    def __init__(
        self,
        *,
        service_type: bytes = ...,
        source_addr_ton: int = ...,
        source_addr_npi: int = ...,
        source_addr: bytes = ...,
        dest_addr_ton: int = ...,
        dest_addr_npi: int = ...,
        destination_addr: bytes = ...,
        esm_class: int = ...,
        protocol_id: int = ...,
        priority_flag: int = ...,
        schedule_delivery_time: bytes = ...,
        validity_period: bytes = ...,
        registered_delivery: int = ...,
        replace_if_present_flag: int = ...,
        data_coding: int = ...,
        sm_default_msg_id: int = ...,
        short_message: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(self, status: int = 0, *, message_id: bytes = ..., tlvs: Tlvs = ...) -> SubmitSmResp: ...

class SubmitSmResp(Pdu):
    message_id: bytes
    def __init__(
        self,
        *,
        message_id: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...

class SubmitMulti(Pdu):
    service_type: bytes
    source_addr_ton: int
    source_addr_npi: int
    source_addr: bytes
    dest_address: tuple[Destination, ...]
    esm_class: int
    protocol_id: int
    priority_flag: int
    schedule_delivery_time: bytes
    validity_period: bytes
    registered_delivery: int
    replace_if_present_flag: int
    data_coding: int
    sm_default_msg_id: int
    short_message: bytes
    def __init__(
        self,
        *,
        service_type: bytes = ...,
        source_addr_ton: int = ...,
        source_addr_npi: int = ...,
        source_addr: bytes = ...,
        dest_address: tuple[Destination, ...] = ...,
        esm_class: int = ...,
        protocol_id: int = ...,
        priority_flag: int = ...,
        schedule_delivery_time: bytes = ...,
        validity_period: bytes = ...,
        registered_delivery: int = ...,
        replace_if_present_flag: int = ...,
        data_coding: int = ...,
        sm_default_msg_id: int = ...,
        short_message: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(
        self,
        status: int = 0,
        *,
        message_id: bytes = ...,
        unsuccess_sme: tuple[UnsuccessSme, ...] = ...,
        tlvs: Tlvs = ...,
    ) -> SubmitMultiResp: ...

class SubmitMultiResp(Pdu):
    message_id: bytes
    unsuccess_sme: tuple[UnsuccessSme, ...]
    def __init__(
        self,
        *,
        message_id: bytes = ...,
        unsuccess_sme: tuple[UnsuccessSme, ...] = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...

class DeliverSm(Pdu):
    service_type: bytes
    source_addr_ton: int
    source_addr_npi: int
    source_addr: bytes
    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: bytes
    esm_class: int
    protocol_id: int
    priority_flag: int
    schedule_delivery_time: bytes
    validity_period: bytes
    registered_delivery: int
    replace_if_present_flag: int
    data_coding: int
    sm_default_msg_id: int
    short_message: bytes
    def __init__(
        self,
        *,
        service_type: bytes = ...,
        source_addr_ton: int = ...,
        source_addr_npi: int = ...,
        source_addr: bytes = ...,
        dest_addr_ton: int = ...,
        dest_addr_npi: int = ...,
        destination_addr: bytes = ...,
        esm_class: int = ...,
        protocol_id: int = ...,
        priority_flag: int = ...,
        schedule_delivery_time: bytes = ...,
        validity_period: bytes = ...,
        registered_delivery: int = ...,
        replace_if_present_flag: int = ...,
        data_coding: int = ...,
        sm_default_msg_id: int = ...,
        short_message: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(self, status: int = 0, *, message_id: bytes = ..., tlvs: Tlvs = ...) -> DeliverSmResp: ...

class DeliverSmResp(Pdu):
    message_id: bytes
    def __init__(
        self,
        *,
        message_id: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...

class DataSm(Pdu):
    service_type: bytes
    source_addr_ton: int
    source_addr_npi: int
    source_addr: bytes
    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: bytes
    esm_class: int
    registered_delivery: int
    data_coding: int
    def __init__(
        self,
        *,
        service_type: bytes = ...,
        source_addr_ton: int = ...,
        source_addr_npi: int = ...,
        source_addr: bytes = ...,
        dest_addr_ton: int = ...,
        dest_addr_npi: int = ...,
        destination_addr: bytes = ...,
        esm_class: int = ...,
        registered_delivery: int = ...,
        data_coding: int = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(self, status: int = 0, *, message_id: bytes = ..., tlvs: Tlvs = ...) -> DataSmResp: ...

class DataSmResp(Pdu):
    message_id: bytes
    def __init__(
        self,
        *,
        message_id: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...

class QuerySm(Pdu):
    message_id: bytes
    source_addr_ton: int
    source_addr_npi: int
    source_addr: bytes
    def __init__(
        self,
        *,
        message_id: bytes = ...,
        source_addr_ton: int = ...,
        source_addr_npi: int = ...,
        source_addr: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(
        self,
        status: int = 0,
        *,
        message_id: bytes = ...,
        final_date: bytes = ...,
        message_state: int = ...,
        error_code: int = ...,
        tlvs: Tlvs = ...,
    ) -> QuerySmResp: ...

class QuerySmResp(Pdu):
    message_id: bytes
    final_date: bytes
    message_state: int
    error_code: int
    def __init__(
        self,
        *,
        message_id: bytes = ...,
        final_date: bytes = ...,
        message_state: int = ...,
        error_code: int = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...

class CancelSm(Pdu):
    service_type: bytes
    message_id: bytes
    source_addr_ton: int
    source_addr_npi: int
    source_addr: bytes
    dest_addr_ton: int
    dest_addr_npi: int
    destination_addr: bytes
    def __init__(
        self,
        *,
        service_type: bytes = ...,
        message_id: bytes = ...,
        source_addr_ton: int = ...,
        source_addr_npi: int = ...,
        source_addr: bytes = ...,
        dest_addr_ton: int = ...,
        dest_addr_npi: int = ...,
        destination_addr: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(self, status: int = 0, *, tlvs: Tlvs = ...) -> CancelSmResp: ...

class CancelSmResp(Pdu):
    def __init__(self, *, status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...

class ReplaceSm(Pdu):
    message_id: bytes
    source_addr_ton: int
    source_addr_npi: int
    source_addr: bytes
    schedule_delivery_time: bytes
    validity_period: bytes
    registered_delivery: int
    sm_default_msg_id: int
    short_message: bytes
    def __init__(
        self,
        *,
        message_id: bytes = ...,
        source_addr_ton: int = ...,
        source_addr_npi: int = ...,
        source_addr: bytes = ...,
        schedule_delivery_time: bytes = ...,
        validity_period: bytes = ...,
        registered_delivery: int = ...,
        sm_default_msg_id: int = ...,
        short_message: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
    def response(self, status: int = 0, *, tlvs: Tlvs = ...) -> ReplaceSmResp: ...

class ReplaceSmResp(Pdu):
    def __init__(self, *, status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...

class EnquireLink(Pdu):
    def __init__(self, *, status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...
    def response(self, status: int = 0, *, tlvs: Tlvs = ...) -> EnquireLinkResp: ...

class EnquireLinkResp(Pdu):
    def __init__(self, *, status: int = ..., sequence: int = ..., tlvs: Tlvs = ...) -> None: ...

class AlertNotification(Pdu):
    source_addr_ton: int
    source_addr_npi: int
    source_addr: bytes
    esme_addr_ton: int
    esme_addr_npi: int
    esme_addr: bytes
    def __init__(
        self,
        *,
        source_addr_ton: int = ...,
        source_addr_npi: int = ...,
        source_addr: bytes = ...,
        esme_addr_ton: int = ...,
        esme_addr_npi: int = ...,
        esme_addr: bytes = ...,
        status: int = ...,
        sequence: int = ...,
        tlvs: Tlvs = ...,
    ) -> None: ...
