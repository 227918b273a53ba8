"""The options: what they take, what they refuse, and that everything about them comes from one declaration."""

from __future__ import annotations

import argparse
import dataclasses
import re

import pytest

from jasminlike.simulator.options import Span
from jasminlike.simulator.settings import (
    OptionError,
    SimulatorSettings,
    add_options,
    declared,
    from_arguments,
)
from jasminlike.smpp import statuses as s


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="simulator", exit_on_error=False)
    add_options(made)
    return made


def test_no_argument_gives_the_defaults() -> None:
    assert from_arguments(parser().parse_args([])) == SimulatorSettings()


def test_every_option_is_in_the_help_with_its_sentence_and_default() -> None:
    shown = re.sub(r"\s+", " ", parser().format_help().replace("-\n", "-"))
    for option in declared():
        default = option.kind.show(option.default) or "empty"
        assert f"{option.flag} " in shown
        assert re.sub(r"\s+", " ", f"{option.about} (default: {default})").replace("- ", "-") in shown.replace(
            "- ", "-"
        )
        assert option.about.endswith(".")


def test_every_field_is_an_option_and_its_default_can_be_typed() -> None:
    options = declared()
    assert [option.name for option in options] == [field.name for field in dataclasses.fields(SimulatorSettings)]
    for option in options:
        assert option.kind.take(option.kind.show(option.default)) == option.default


@pytest.mark.parametrize(
    ("argument", "name", "value"),
    [
        ("--port=0", "port", 0),
        ("--receipt-delay=50-200.5", "receipt_delay", Span(50, 200.5)),
        ("--receipt-delay=50", "receipt_delay", Span(50, 50)),
        (
            "--receipt-states=DELIVRD:97,UNDELIV/011:2,EXPIRED",
            "receipt_states",
            (("DELIVRD", 97.0), ("UNDELIV/011", 2.0), ("EXPIRED", 1.0)),
        ),
        ("--error-share=5%", "error_share", 0.05),
        ("--error-share=0.05", "error_share", 0.05),
        ("--error-status=ESME_RSYSERR:3,1026:1", "error_status", (("ESME_RSYSERR", 3.0), ("1026", 1.0))),
        ("--window-status=0x58", "window_status", s.ESME_RTHROTTLED),
        ("--crumbs", "crumbs", True),
        ("--no-crumbs", "crumbs", False),
        ("--seed=12", "seed", 12),
        ("--seed=none", "seed", None),
        ("--keep=-1", "keep", -1),
        ("--incoming-from=49{n:08d}", "incoming_from", "49{n:08d}"),
        ("--answer-id=hex-zeros", "answer_id", "hex-zeros"),
    ],
)
def test_an_argument_becomes_a_value(argument: str, name: str, value: object) -> None:
    assert getattr(from_arguments(parser().parse_args([argument])), name) == value


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("port", "65536", "65536 is not from 0 to 65535"),
        ("port", "http", "'http' is not a whole number"),
        ("throttle_burst", 0, "0 is not 1 or more"),
        ("throughput", "-1", "-1 is not 0 or more"),
        ("throughput", "inf", "inf is not 0 or more"),
        ("throughput", "nan", "nan is not 0 or more"),
        ("error_share", "1.5", "1.5 is not a share: it goes from 0 to 1, or from 0% to 100%"),
        ("error_share", "101%", "101% is not a share: it goes from 0 to 1, or from 0% to 100%"),
        ("error_status", "ESME_WHATEVER:1", "'ESME_WHATEVER' is neither the name nor the number of a command_status"),
        ("error_status", "ESME_ROK", "status 0 refuses nothing"),
        ("refuse_status", "0", "status 0 refuses nothing"),
        ("receipt_delay", "200-50", "200-50 goes from the longer time to the shorter"),
        ("receipt_delay", "soon", "'soon' is not a number"),
        ("receipt_states", "DELIVRD:0", "'DELIVRD:0' gives no word a share"),
        ("receipt_states", "DELI VRD:1", "'DELI VRD:1' has an empty word or one with spaces"),
        ("receipt_states", "", "'' has an empty word or one with spaces"),
        ("receipt_form", "smoke", "'smoke' is none of both, text, tlv"),
        ("incoming_from", "{m}", "'{m}': only {n} can stand in braces ('m')"),
        ("incoming_text", "{n", "'{n': only {n} can stand in braces (expected '}' before end of string)"),
        ("crumbs", "perhaps", "'perhaps' is neither on nor off"),
        ("system_id", 5, "5 is not a text"),
        ("colour", "red", "there is no such option"),
    ],
)
def test_a_wrong_value_is_refused_with_the_option_and_the_reason(name: str, value: object, problem: str) -> None:
    with pytest.raises(OptionError) as refused:
        SimulatorSettings.of(**{name: value})
    assert (refused.value.option, refused.value.problem) == (name, problem)
    assert str(refused.value) == f"{name}: {problem}"


def test_the_constructor_checks_too() -> None:
    with pytest.raises(OptionError, match="port: 70000"):
        SimulatorSettings(port=70000)


def test_the_command_line_says_what_is_wrong() -> None:
    with pytest.raises(argparse.ArgumentError, match="3 is not a share"):
        parser().parse_args(["--error-share", "3"])


def test_options_are_shown_as_they_are_typed() -> None:
    typed = {
        "receipt_delay": "50-200",
        "receipt_states": "DELIVRD:97,UNDELIV:3",
        "refuse_status": "0x00000402",
        "crumbs": "on",
        "seed": "none",
        "error_share": "0.05",
    }
    shown = SimulatorSettings.of(**typed).shown()
    assert {name: shown[name] for name in typed} == typed
    assert SimulatorSettings.of(**shown) == SimulatorSettings.of(**typed)
