"""Whether a text is an origin or a pattern: the URL standard's algorithms, step by step.

It is slow and shares nothing with the project. A text is an origin if the standard's parser reads it and the
serialiser (HTML §7.1.1) writes the same text again. What the project excludes beyond that is in `Stricter`.
"""

from __future__ import annotations

import string
from typing import Literal, NamedTuple

Port = int | Literal["*"] | None


class Reading(NamedTuple):
    scheme: str
    host: str
    port: Port
    subdomains: bool


class Stricter:
    """What the standard's parser accepts and no page of a browser has."""

    SCHEME_LENGTH = 63
    HOST_LENGTH = 253
    LABEL_LENGTH = 63
    HOST_CHARACTERS = frozenset(string.ascii_lowercase + string.digits + "-_.")
    OPAQUE_CHARACTERS = frozenset(string.ascii_letters + string.digits + "-_.~")
    PAGELESS = frozenset(
        {
            *("about", "blob", "data", "file", "filesystem", "ftp", "ftps", "javascript", "mailto", "sftp", "tel"),
            *("view-source", "ws", "wss"),
        }
    )


_DEFAULT_PORTS = {"http": "80", "https": "443"}
_HEXADECIMAL = "0123456789abcdef"


def read_pattern(text: str) -> Reading | None:
    """The parts of an origin pattern; None where the text is not one."""
    scheme = _scheme(text)
    if scheme is None or not text.startswith(f"{scheme}://"):
        return None
    host, port_text = _authority(text[len(scheme) + len("://") :])
    port = _port(scheme, port_text)
    if port == 0:
        return None
    subdomains = host.startswith("*.")
    name = host[2:] if subdomains else host
    is_host = _is_special_host if scheme in _DEFAULT_PORTS else _is_opaque_host
    if not is_host(name, subdomains=subdomains) or len(name) > Stricter.HOST_LENGTH - (len("a.") if subdomains else 0):
        return None
    return Reading(scheme, name, port, subdomains)


def _scheme(text: str) -> str | None:
    """The scheme start state and the scheme state; upper case is written in lower case, so it is not the same text."""
    scheme = ""
    for character in text:
        if character == ":":
            break
        if character not in string.ascii_lowercase and not (scheme and character in string.digits + "+-."):
            return None
        scheme += character
    if not scheme or len(scheme) > Stricter.SCHEME_LENGTH or scheme in Stricter.PAGELESS:
        return None
    return scheme


def _authority(text: str) -> tuple[str, str | None]:
    """The host state: the host ends at the first colon that is not between brackets."""
    inside_brackets = False
    for index, character in enumerate(text):
        if character == ":" and not inside_brackets:
            return text[:index], text[index + 1 :]
        if character == "[":
            inside_brackets = True
        if character == "]":
            inside_brackets = False
    return text, None


def _port(scheme: str, text: str | None) -> Port:
    """The port state; 0 where the serialiser would not write this text."""
    if text is None:
        return None
    if text == "*":
        return "*"
    value = 0
    for character in text:
        if character not in string.digits:
            return 0
        value = value * 10 + string.digits.index(character)
        if value > 0xFFFF:
            return 0
    return value if str(value) == text and _DEFAULT_PORTS.get(scheme) != text else 0


def _is_special_host(host: str, *, subdomains: bool) -> bool:
    """The host parser of `http` and `https`, then the host serialiser."""
    if host.startswith("["):
        return not subdomains and host.endswith("]") and _is_ipv6(host[1:-1])
    if not host or not set(host) <= Stricter.HOST_CHARACTERS:
        return False
    labels = host.split(".")
    if labels[-1] == "":
        labels.pop()
    if not labels or any(not 1 <= len(label) <= Stricter.LABEL_LENGTH for label in labels):
        return False
    if _is_number(labels[-1]):
        return not subdomains and _ipv4(labels) == host
    return True


def _is_opaque_host(host: str, *, subdomains: bool) -> bool:
    """The opaque-host parser."""
    if host.startswith("["):
        return not subdomains and host.endswith("]") and _is_ipv6(host[1:-1])
    return bool(host) and set(host) <= Stricter.OPAQUE_CHARACTERS


def _is_number(label: str) -> bool:
    """The "ends in a number" checker, for the last label."""
    return all(character in string.digits for character in label) or _ipv4_number(label) is not None


def _ipv4_number(text: str) -> int | None:
    """The IPv4 number parser."""
    if text == "":
        return None
    base, digits = 10, text
    if text.startswith("0x"):
        base, digits = 16, text[2:]
    elif len(text) >= 2 and text.startswith("0"):
        base, digits = 8, text[1:]
    value = 0
    for character in digits:
        if character not in _HEXADECIMAL[:base]:
            return None
        value = value * base + _HEXADECIMAL.index(character)
    return value


def _ipv4(parts: list[str]) -> str | None:
    """The IPv4 parser, then the IPv4 serialiser."""
    if len(parts) > 4:
        return None
    numbers = [number for part in parts if (number := _ipv4_number(part)) is not None]
    if len(numbers) != len(parts) or any(number > 255 for number in numbers[:-1]):
        return None
    if numbers[-1] >= 256 ** (5 - len(numbers)):
        return None
    address = numbers[-1] + sum(number * 256 ** (3 - index) for index, number in enumerate(numbers[:-1]))
    return ".".join(str(address // 256**exponent % 256) for exponent in (3, 2, 1, 0))


def _is_ipv6(text: str) -> bool:
    pieces = _ipv6_pieces(text)
    return pieces is not None and ipv6_text(pieces) == text


def _ipv6_pieces(text: str) -> list[int] | None:  # noqa: C901 - the branches are those of the standard
    """The IPv6 parser. An IPv4 address at the end is left out: the serialiser never writes one."""
    address = [0] * 8
    piece_index = 0
    compress: int | None = None
    pointer = 0
    if text.startswith(":"):
        if not text.startswith("::"):
            return None
        pointer, piece_index, compress = 2, 1, 1
    while pointer < len(text):
        if piece_index == 8:
            return None
        if text[pointer] == ":":
            if compress is not None:
                return None
            pointer += 1
            piece_index += 1
            compress = piece_index
            continue
        value = length = 0
        while length < 4 and pointer < len(text) and text[pointer] in _HEXADECIMAL:
            value = value * 16 + _HEXADECIMAL.index(text[pointer])
            pointer += 1
            length += 1
        if pointer < len(text):
            if text[pointer] != ":":
                return None
            pointer += 1
            if pointer == len(text):
                return None
        address[piece_index] = value
        piece_index += 1
    if compress is None:
        return address if piece_index == 8 else None
    swaps = piece_index - compress
    piece_index = 7
    while piece_index != 0 and swaps > 0:
        other = compress + swaps - 1
        address[piece_index], address[other] = address[other], address[piece_index]
        piece_index -= 1
        swaps -= 1
    return address


def ipv6_text(address: list[int]) -> str:
    """The IPv6 serialiser."""
    compress = _first_longest_run_of_zeros(address)
    output = ""
    ignore_zeros = False
    for index, piece in enumerate(address):
        if ignore_zeros and piece == 0:
            continue
        ignore_zeros = False
        if compress == index:
            output += "::" if index == 0 else ":"
            ignore_zeros = True
            continue
        output += f"{piece:x}"
        if index != 7:
            output += ":"
    return output


def _first_longest_run_of_zeros(address: list[int]) -> int | None:
    """The standard's "find the IPv6 address compressed piece index": only runs longer than one count."""
    longest, longest_size = None, 1
    for start in range(8):
        size = 0
        while start + size < 8 and address[start + size] == 0:
            size += 1
        if size > longest_size:
            longest, longest_size = start, size
    return longest
