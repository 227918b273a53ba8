# mypy: ignore-errors
"""Incoming: answers keywords, in any letter case. The reply is paid by `interceptors.reply_user`."""

ANSWERS = {
    "HELP": "Write BALANCE, HOURS or STOP.",
    "HOURS": "We are here from 9 to 18, Monday to Friday.",
    "BALANCE": "See your balance at https://example.com/balance",
}

words = routable.text.split()
answer = ANSWERS.get(words[0].upper()) if words else None
if answer is not None:
    reply(answer)
    routable.addTag("answered")
