"""`jasmind run --demo`: a simulated operator, a user with a random password, a route, and commands to try.

What is put in is ordinary: it can be looked at and changed in the console. It is put in once; a second start finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred

from jasminlike.accounts.passwords import verify_password
from jasminlike.simulator.settings import SimulatorSettings
from jasminlike.simulator.smsc import Simulator

if TYPE_CHECKING:
    from jasminlike.app import Gateway

ACTOR = "demo"
PASSWORD = "demo-password"  # noqa: S105 - the name of a file
CONNECTOR = "demo-operator"


async def prepare(gateway: Gateway) -> None:
    """Starts the operator, adds what is missing, prints what to type."""
    simulator = Simulator(SimulatorSettings(port=0), gateway.reactor)
    port = await simulator.listen(gateway.reactor)
    gateway.ends_with(lambda: Deferred.fromCoroutine(simulator.stop()), last=True)
    gateway.say(f"simulated operator (SMSC) listens on 127.0.0.1:{port}")
    password, _made = gateway.folder.secret(PASSWORD, 12)
    await _fill(gateway, password, port)
    if "http" not in gateway.ports:
        return
    http = gateway.ports["http"].getHost()
    base = f"http://{http.host}:{http.port}"
    login = f"username=demo&password={password}"
    gateway.say("")
    gateway.say("Send a message:")
    gateway.say(f"  curl '{base}/send?{login}&to=447700900123&from=Demo&content=Hello&dlr=yes'")
    gateway.say("See what became of it, with the id from the answer in the variable ID:")
    gateway.say(f'  curl "{base}/status?{login}&id=$ID"')
    gateway.say("")


async def _fill(gateway: Gateway, password: str, port: int) -> None:
    catalog = gateway.catalog
    if catalog.get("group", "demo") is None:
        await catalog.add("group", {"gid": "demo"}, ACTOR)
    user = catalog.get("user", "demo")
    if user is None:
        await catalog.add("user", {"uid": "demo", "gid": "demo", "username": "demo", "password": password}, ACTOR)
    elif not verify_password(user.password, password):
        await catalog.update("user", "demo", {"password": password}, ACTOR)
    if catalog.get("smppcc", CONNECTOR) is None:
        await catalog.add("smppcc", {"cid": CONNECTOR, "submit_throughput": 0}, ACTOR)
    await catalog.update("smppcc", CONNECTOR, {"host": "127.0.0.1", "port": port, "started": True}, ACTOR)
    if catalog.get("mtroute", "0") is None:
        route = {"type": "DefaultRoute", "order": 0, "connector": f"smppc({CONNECTOR})", "rate": 0}
        await catalog.add("mtroute", route, ACTOR)
