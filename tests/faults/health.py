"""What a gateway costs its machine."""

from __future__ import annotations

from tests.flows.gateway import Gateway


def resident_megabytes(gateway: Gateway) -> float:
    """The memory that the gateway's process holds."""
    assert gateway.program is not None
    with open(f"/proc/{gateway.program.pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise AssertionError("the process is gone")
