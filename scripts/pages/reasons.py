"""docs/reference/reasons*.md: what statuses, states and errors mean and what to do, in each language."""

from __future__ import annotations

from http_api.replies import REFUSALS, refusal_of
from jasminlike.errors import REASONS, GatewayError
from jasminlike.reasons.directory import LANGUAGES, Directory, Entry
from jasminlike.smpp import statuses
from jasminlike.smpps.replies import STATUSES
from pages.tables import RENDERED, code, table

WORDS = {
    "en": {
        "title": "Reasons",
        "intro": "What statuses, states and errors mean, and what to do. Also in {others}.",
        "gateway": "The gateway's own",
        "gateway_about": "Codes of the `reason` in [/status](../manual/client.md#status) and in the logs.",
        "ESME": "Answers of operators (command_status)",
        "state": "States of receipts",
        "err": "Error codes of receipts",
        "headings": ("code", "meaning", "what to do", "whose", "final"),
        "yes": "yes",
        "no": "no",
        "again": "may help later",
    },
    "ru": {
        "title": "Причины",
        "intro": "Что значат статусы, состояния и ошибки и что делать. Также: {others}.",
        "gateway": "Собственные коды шлюза",
        "gateway_about": "Коды поля `reason` в [/status](../manual/client.md#status) и в журналах.",
        "ESME": "Ответы операторов (command_status)",
        "state": "Состояния отчётов",
        "err": "Коды ошибок в отчётах",
        "headings": ("код", "значение", "что делать", "чьё", "окончательно"),
        "yes": "да",
        "no": "нет",
        "again": "можно повторить позже",
    },
    "zh": {
        "title": "原因代码",
        "intro": "各状态与错误的含义及处理方法。其他语言：{others}。",
        "gateway": "网关自身代码",
        "gateway_about": "[/status](../manual/client.md#status) 的 `reason` 字段及日志中的代码。",
        "ESME": "运营商应答 (command_status)",
        "state": "状态报告的状态",
        "err": "状态报告的错误码",
        "headings": ("代码", "含义", "处理方法", "责任方", "最终"),
        "yes": "是",
        "no": "否",
        "again": "可稍后重试",
    },
}
NAMES = {"en": "English", "ru": "русский", "zh": "中文"}


def file_name(language: str) -> str:
    """The page of a language."""
    return "reasons.md" if language == "en" else f"reasons.{language}.md"


def page(language: str) -> str:
    """The text of the page."""
    words = WORDS[language]
    others = ", ".join(f"[{NAMES[each]}]({file_name(each)})" for each in LANGUAGES if each != language)
    directory = Directory()
    sorted_out: dict[str, list[Entry]] = {"ESME": [], "state": [], "err": []}
    for entry in directory.entries(language):
        if entry.code not in REASONS:
            sorted_out[_group(entry.code)].append(entry)
    lines = [f"# {words['title']}", "", RENDERED, "", str(words["intro"]).format(others=others), ""]
    lines += [f"## {words['gateway']}", "", str(words["gateway_about"]), "", *_gateway(directory, language)]
    for group, entries in sorted_out.items():
        lines += ["", f"## {words[group]}", "", *_entries(entries, language)]
    return "\n".join(lines) + "\n"


def _gateway(directory: Directory, language: str) -> list[str]:
    words = WORDS[language]
    _, meaning, advice, whose, _ = words["headings"]
    rows = []
    for reason in REASONS.values():
        entry = directory.lookup(reason.code, language)
        status = str(refusal_of(GatewayError(reason))[0]) if reason in REFUSALS else ""
        again = words["yes"] if reason.temporary else words["no"]
        over_smpp = code(statuses.name(STATUSES[reason.code])) if reason.code in STATUSES else ""
        rows.append((code(reason.code), entry.text, entry.advice, entry.fault, again, status, over_smpp))
    return table((words["headings"][0], meaning, advice, whose, str(words["again"]), "HTTP", "SMPP"), rows)


def _entries(entries: list[Entry], language: str) -> list[str]:
    words = WORDS[language]
    rows = []
    for entry in entries:
        name = code(entry.code) if entry.number is None else f"{code(entry.code)} 0x{entry.number:02X}"
        rows.append((name, entry.text, entry.advice, entry.fault, words["yes"] if entry.final else words["no"]))
    return table(words["headings"], rows)


def _group(found: str) -> str:
    return "ESME" if found.startswith("ESME_") else "err" if found.startswith("err:") else "state"
