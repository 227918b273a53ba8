"""Whose request it is: user name and password among the arguments, checked by the accounts."""

from __future__ import annotations

import re

from http_api.args import Args, Argument
from jasminlike.accounts.model import User
from jasminlike.errors import AUTH_FAILED, NOT_AUTHORIZED, USER_DISABLED, GatewayError
from jasminlike.interfaces import Logins

_CREDENTIAL = re.compile(r"[^\ud800-\udfff]{1,16}").fullmatch

USERNAME = Argument("username", _CREDENTIAL, required=True)
PASSWORD = Argument("password", _CREDENTIAL, required=True)


async def verify(logins: Logins, args: Args, peer: str) -> User:
    """The account; asks for the slow check, so look at `logins.cached` before.

    Raises `GatewayError` with the text that Jasmin's clients know: it does not tell a wrong password from an account
    that is switched off.
    """
    username = args["username"]
    try:
        return await logins.check(username, args["password"], peer)
    except GatewayError as error:
        if error.reason in (AUTH_FAILED, USER_DISABLED):
            raise GatewayError(
                error.reason, f"Authentication failure for username:{username}", detail=error.detail
            ) from error
        raise


async def identify(logins: Logins, args: Args, peer: str) -> User:
    """The account, from the cache when it knows."""
    return logins.cached(args["username"], args["password"]) or await verify(logins, args, peer)


def demand(user: User, allowed: bool, what: str) -> None:
    """Refuses what the account may not do, in Jasmin's words."""
    if not allowed:
        raise GatewayError(NOT_AUTHORIZED, f"Authorization failed for user [{user.username}] ({what}).")
