"""Measures an SMS gateway: how fast, how late, at what cost, and whether anything is lost.

`python -m bench` (or `python3 bench/run.py`) builds the load tools beside this file, starts a gateway, sends real
traffic through it and prints a table. README.md says how; only the standard library is used.

    cli.py          the command line, the exit codes
    session.py      one call of it: what is started, measured and stopped
    description.py  what a gateway is: the files in gateways/
    gateway.py      starting, stopping and killing one
    console.py      typing into its telnet console
    tools.py        building and driving the load tools
    accounting.py   processor time and memory, from /proc
    cells.py        the scenarios ("cells") and how many messages a run takes
    measure.py      one measured run of one cell
    outage.py       killing the gateway or the SMSC in the middle of a load
    table.py        what is printed
"""
