"""The arguments of requests: how they are read from URLs and bodies, and how an endpoint declares those it takes.

Arguments are texts. Octets that are no UTF-8 ride along as lone surrogates (PEP 383), so that a body of octets in a
coding of its own comes through whole. Of a repeated argument the first value counts; what the body says overrides the
URL. Only JSON can hold structured values, and only arguments that accept such take them.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from jasminlike.errors import BAD_ARGUMENT, GatewayError

Args = dict[str, Any]

MOST_ARGUMENTS = 200

FORM = b"application/x-www-form-urlencoded"
MULTIPART = b"multipart/form-data"
JSON = b"application/json"


class UnknownBody(GatewayError):
    """A body whose Content-Type is none that is read here."""

    def __init__(self, content_type: bytes) -> None:
        super().__init__(BAD_ARGUMENT, f"Content-Type [{content_type.decode('latin-1')}] is not supported.")


def read(query: bytes, content_type: bytes, body: bytes) -> Args:
    """The arguments of a request. A body without a Content-Type counts as a form.

    Raises `GatewayError` BAD_ARGUMENT when the body cannot be read, `UnknownBody` when it should not be.
    """
    args = read_pairs(query) if query else {}
    if not body:
        return args
    kind, _, parameters = content_type.partition(b";")
    kind = kind.strip().lower()
    if kind in {FORM, b""}:
        args.update(read_pairs(body))
    elif kind == JSON:
        args.update(read_json(body, parameters))
    elif kind == MULTIPART:
        args.update(read_multipart(content_type, body))
    else:
        raise UnknownBody(kind)
    return args


def read_pairs(octets: bytes) -> Args:
    """`name=value&…`, percent-encoded; a pair without `=` has an empty value."""
    args: Args = {}
    pairs = octets.decode("utf-8", "surrogateescape").split("&")
    if len(pairs) > MOST_ARGUMENTS:
        raise _too_many()
    for pair in pairs:
        name, _, value = pair.partition("=")
        if "+" in value or "%" in value:
            value = _unquote(value)
        if "%" in name or "+" in name:
            name = _unquote(name)
        if name and name not in args:
            args[name] = value
    return args


def _unquote(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def read_json(body: bytes, parameters: bytes = b"") -> Args:
    """An object. Numbers become their digits and truth values "yes" and "no", as they would stand in a URL; null is an
    argument not given."""
    charset = _parameter(parameters, b"charset") or "utf-8"
    try:
        if charset not in {"utf-8", "utf8"}:
            body = body.decode(charset).encode()
        document = msgspec.json.decode(body)
    except LookupError as problem:
        raise GatewayError(BAD_ARGUMENT, f"The charset [{charset}] is unknown.") from problem
    except (UnicodeError, msgspec.DecodeError, RecursionError) as problem:
        raise GatewayError(BAD_ARGUMENT, "The body is not valid JSON.", detail=str(problem)) from problem
    if not isinstance(document, dict):
        raise GatewayError(BAD_ARGUMENT, "The body is not a JSON object.")
    if len(document) > MOST_ARGUMENTS:
        raise _too_many()
    return {name: _scalar(value) for name, value in document.items() if value is not None}


def _scalar(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else value


def _parameter(parameters: bytes, name: bytes) -> str:
    for each in parameters.split(b";"):
        key, _, value = each.partition(b"=")
        if key.strip().lower() == name:
            return value.strip(b' \t"').decode("latin-1").lower()
    return ""


def read_multipart(content_type: bytes, body: bytes) -> Args:
    """The parts of a form (RFC 7578)."""
    form = email.message_from_bytes(b"Content-Type: " + content_type + b"\r\n\r\n" + body, policy=email.policy.HTTP)
    if not form.is_multipart():
        raise GatewayError(BAD_ARGUMENT, "The body is not a multipart form.")
    parts: list[Any] = list(form.get_payload())
    if len(parts) > MOST_ARGUMENTS:
        raise _too_many()
    args: Args = {}
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(value, bytes):
            raise GatewayError(BAD_ARGUMENT, "A part of the multipart form has no name.")
        args.setdefault(name, value.decode("utf-8", "surrogateescape"))
    return args


def _too_many() -> GatewayError:
    return GatewayError(BAD_ARGUMENT, f"More than {MOST_ARGUMENTS} arguments.")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. `accepts` gives None for what is not a value, or raises TypeError for what is no text.

    `default` stands for a value the endpoint puts in by itself; here it only decides which error an empty request gets.
    """

    name: str
    accepts: Callable[[str], Any]
    required: bool = False
    default: str | None = None


any_text: Callable[[str], Any] = str.__len__
"""Takes every text, and nothing that is none (raises TypeError, as patterns do)."""


def text_or_structure(value: Any) -> Any:
    """Takes every text, object and list."""
    return value if isinstance(value, (str, dict, list)) else None


class Declaration:
    """The arguments of one endpoint, in the order in which Jasmin checks them: of several errors the client of either
    gateway reads the same one."""

    def __init__(self, *arguments: Argument) -> None:
        self.arguments = arguments
        self._accepts = {each.name: each.accepts for each in arguments}
        self._required = frozenset(each.name for each in arguments if each.required)
        self._has_defaults = any(each.default is not None for each in arguments)

    def only(self, *names: str) -> Declaration:
        """A declaration of some of these arguments."""
        return Declaration(*(each for each in self.arguments if each.name in names))

    def check(self, args: Mapping[str, Any]) -> None:
        """Raises `GatewayError` BAD_ARGUMENT for the first error; `where` names the argument."""
        accepts = self._accepts
        try:
            for name, value in args.items():
                if accepts[name](value) is None:
                    break
            else:
                if self._required <= args.keys():
                    return
        except (KeyError, TypeError):
            pass
        self._explain(args)

    def _explain(self, args: Mapping[str, Any]) -> None:
        """Looks again, now in Jasmin's order: is the first argument known, then every declared one, then the rest."""
        unknown = [name for name in args if name not in self._accepts]
        if not args and not self._has_defaults:
            raise GatewayError(
                BAD_ARGUMENT, "Mandatory arguments not found, please refer to the HTTPAPI specifications."
            )
        if unknown and unknown[0] == next(iter(args)):
            raise _unknown(unknown[0])
        for each in self.arguments:
            if each.name in args:
                if not self._is_value(each, args[each.name]):
                    raise invalid(each.name, args[each.name])
            elif each.required:
                raise GatewayError(BAD_ARGUMENT, f"Mandatory argument [{each.name}] is not found.", where=each.name)
        if unknown:
            raise _unknown(unknown[0])

    def _is_value(self, argument: Argument, value: Any) -> bool:
        try:
            return argument.accepts(value) is not None
        except TypeError:
            return False


def _unknown(name: str) -> GatewayError:
    return GatewayError(BAD_ARGUMENT, f"Argument [{name}] is unknown.", where=name)


def invalid(name: str, value: Any) -> GatewayError:
    """The refusal of a value, in Jasmin's words."""
    return GatewayError(BAD_ARGUMENT, f"Argument [{name}] has an invalid value: [{value}].", where=name)
