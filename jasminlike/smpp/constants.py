"""The numbers of SMPP 3.4 that carry a name, as plain ints.

Status numbers are in ``statuses``, TLV tags in ``tlv``. Values that are not listed here are legal on the wire and are
kept as they came.
"""

from __future__ import annotations

from typing import Final

# Versions, as in the interface_version field (§5.2.4).
VERSION_33: Final = 0x33
VERSION_34: Final = 0x34
VERSION_50: Final = 0x50

# Command ids (§5.1.2.1). A response has the number of its request and the highest bit.
RESPONSE: Final = 0x80000000

GENERIC_NACK: Final = 0x80000000
BIND_RECEIVER: Final = 0x00000001
BIND_RECEIVER_RESP: Final = 0x80000001
BIND_TRANSMITTER: Final = 0x00000002
BIND_TRANSMITTER_RESP: Final = 0x80000002
QUERY_SM: Final = 0x00000003
QUERY_SM_RESP: Final = 0x80000003
SUBMIT_SM: Final = 0x00000004
SUBMIT_SM_RESP: Final = 0x80000004
DELIVER_SM: Final = 0x00000005
DELIVER_SM_RESP: Final = 0x80000005
UNBIND: Final = 0x00000006
UNBIND_RESP: Final = 0x80000006
REPLACE_SM: Final = 0x00000007
REPLACE_SM_RESP: Final = 0x80000007
CANCEL_SM: Final = 0x00000008
CANCEL_SM_RESP: Final = 0x80000008
BIND_TRANSCEIVER: Final = 0x00000009
BIND_TRANSCEIVER_RESP: Final = 0x80000009
OUTBIND: Final = 0x0000000B
ENQUIRE_LINK: Final = 0x00000015
ENQUIRE_LINK_RESP: Final = 0x80000015
SUBMIT_MULTI: Final = 0x00000021
SUBMIT_MULTI_RESP: Final = 0x80000021
ALERT_NOTIFICATION: Final = 0x00000102
DATA_SM: Final = 0x00000103
DATA_SM_RESP: Final = 0x80000103

# Sequence numbers (§5.1.4) and the length of the header (§3.2).
SEQUENCE_MIN: Final = 0x00000001
SEQUENCE_MAX: Final = 0x7FFFFFFF
HEADER_LENGTH: Final = 16
MAX_PDU: Final = 64 * 1024
"""How long a PDU may be unless told otherwise. message_payload alone may hold 64 KiB - 1 (§5.3.2.32), in theory."""

# Type of number (§5.2.5).
TON_UNKNOWN: Final = 0
TON_INTERNATIONAL: Final = 1
TON_NATIONAL: Final = 2
TON_NETWORK_SPECIFIC: Final = 3
TON_SUBSCRIBER_NUMBER: Final = 4
TON_ALPHANUMERIC: Final = 5
TON_ABBREVIATED: Final = 6

# Numbering plan indicator (§5.2.6).
NPI_UNKNOWN: Final = 0
NPI_ISDN: Final = 1
NPI_DATA: Final = 3
NPI_TELEX: Final = 4
NPI_LAND_MOBILE: Final = 6
NPI_NATIONAL: Final = 8
NPI_PRIVATE: Final = 9
NPI_ERMES: Final = 10
NPI_INTERNET: Final = 14
NPI_WAP_CLIENT_ID: Final = 18

# esm_class (§5.2.12): mode in bits 1-0, type in bits 5-2, GSM features in bits 7-6.
ESM_MODE_MASK: Final = 0x03
ESM_MODE_DEFAULT: Final = 0x00
ESM_MODE_DATAGRAM: Final = 0x01
ESM_MODE_FORWARD: Final = 0x02
ESM_MODE_STORE_AND_FORWARD: Final = 0x03
ESM_TYPE_MASK: Final = 0x3C
ESM_TYPE_DEFAULT: Final = 0x00
ESM_TYPE_DELIVERY_RECEIPT: Final = 0x04
ESM_TYPE_DELIVERY_ACK: Final = 0x08
ESM_TYPE_USER_ACK: Final = 0x10
ESM_TYPE_CONVERSATION_ABORT: Final = 0x18
ESM_TYPE_INTERMEDIATE_NOTIFICATION: Final = 0x20
ESM_UDHI: Final = 0x40
ESM_REPLY_PATH: Final = 0x80

# registered_delivery (§5.2.17).
RECEIPT_MASK: Final = 0x03
RECEIPT_NONE: Final = 0x00
RECEIPT_ALWAYS: Final = 0x01
RECEIPT_ON_FAILURE: Final = 0x02
SME_ACK_MASK: Final = 0x0C
SME_ACK_DELIVERY: Final = 0x04
SME_ACK_USER: Final = 0x08
INTERMEDIATE_NOTIFICATION: Final = 0x10

# priority_flag (§5.2.14).
PRIORITY_LOWEST: Final = 0
PRIORITY_HIGHEST: Final = 3

# data_coding (§5.2.19).
CODING_DEFAULT: Final = 0x00
CODING_ASCII: Final = 0x01
CODING_BINARY_8BIT_1: Final = 0x02
CODING_LATIN_1: Final = 0x03
CODING_BINARY_8BIT_2: Final = 0x04
CODING_JIS: Final = 0x05
CODING_CYRILLIC: Final = 0x06
CODING_HEBREW: Final = 0x07
CODING_UCS2: Final = 0x08
CODING_PICTOGRAM: Final = 0x09
CODING_ISO_2022_JP: Final = 0x0A
CODING_EXTENDED_KANJI: Final = 0x0D
CODING_KS_C_5601: Final = 0x0E

# message_state (§5.2.28), in query_sm_resp and in the TLV of receipts. SCHEDULED and SKIPPED came with SMPP 5.0 but
# are seen on 3.4 links.
STATE_SCHEDULED: Final = 0
STATE_ENROUTE: Final = 1
STATE_DELIVERED: Final = 2
STATE_EXPIRED: Final = 3
STATE_DELETED: Final = 4
STATE_UNDELIVERABLE: Final = 5
STATE_ACCEPTED: Final = 6
STATE_UNKNOWN: Final = 7
STATE_REJECTED: Final = 8
STATE_SKIPPED: Final = 9

# dest_flag of submit_multi (§5.2.25).
DEST_SME: Final = 1
DEST_DISTRIBUTION_LIST: Final = 2
