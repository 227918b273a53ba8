"""The table of commands against what can be known of it apart from itself."""

from jasminlike.smpp import constants as c
from jasminlike.smpp import specs


def test_every_command_of_smpp_3_4_is_there():
    # SMPP 3.4 table 5-1.
    requests = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0B, 0x15, 0x21, 0x102, 0x103}
    responses = {c.RESPONSE | number for number in requests - {c.OUTBIND, c.ALERT_NOTIFICATION}}
    assert set(specs.BY_ID) == requests | responses | {c.GENERIC_NACK}
    assert len(specs.BY_ID) == len(specs.COMMANDS)


def test_names_and_numbers_of_constants_agree():
    for spec in specs.COMMANDS:
        assert getattr(c, spec.name.upper()) == spec.command_id


def test_a_name_for_every_number():
    assert specs.command_name(0x04) == "submit_sm"
    assert specs.command_name(0x0111) == "0x00000111"


def test_no_field_twice_in_a_command():
    for spec in specs.COMMANDS:
        names = [field.name for field in spec.fields]
        assert len(set(names)) == len(names)
        assert not {"status", "sequence", "tlvs"} & set(names)


def test_class_names():
    assert specs.BY_ID[c.SUBMIT_SM].class_name == "SubmitSm"
    assert specs.BY_ID[c.BIND_TRANSCEIVER_RESP].class_name == "BindTransceiverResp"
