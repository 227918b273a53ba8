# mypy: ignore-errors
"""Outgoing: numbers as people write them become international ones; what is no number is refused."""

COUNTRY = "49"

number = re.sub(r"[\s()/.-]", "", routable.pdu.params["destination_addr"].decode())
if number.startswith("+"):
    number = number[1:]
elif number.startswith("00"):
    number = number[2:]
elif number.startswith("0"):
    number = COUNTRY + number[1:]
if re.fullmatch(r"[1-9]\d{6,14}", number):
    routable.pdu.params["destination_addr"] = number
    routable.pdu.params["dest_addr_ton"] = 1
    routable.pdu.params["dest_addr_npi"] = 1
else:
    http_status = 400
    smpp_status = 0x0B
