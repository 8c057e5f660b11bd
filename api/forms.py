"""Multipart forms that bring a file: streamed to disk, whatever its size, and refused as soon as it is too large."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from api.errors import PayloadTooLargeError, UnsupportedMediaTypeError, ValidationFailedError
from api.permissions import Capability
from api.settings import ServiceSettings

_MEDIA: Final = b"multipart/form-data"
_MOST_FIELD_BYTES: Final = 1024
_MOST_PARTS: Final = 20
_OVERHEAD_BYTES: Final = 64 * 1024  # boundaries, headers and the fields beside the file


@dataclass(frozen=True, slots=True)
class FormShape:
    """What a form may hold.

    ``file``        name of the field with the file, which must be there
    ``flags``       names of fields that are ``true`` or ``false``
    ``most_bytes``  how large the file may be, as the service is set up
    ``capability``  callers without it send their file for nothing: it is read and not kept
    """

    file: str
    flags: tuple[str, ...]
    most_bytes: Callable[[ServiceSettings], int]
    capability: Capability


@dataclass(frozen=True, slots=True)
class Form:
    """What a form held.

    ``path``      where the file lies, in a directory of its own, while the request is being answered; empty if it was
                  not to be kept
    ``filename``  what the sender calls it, of which nothing must be believed; ``""``: nothing
    ``flags``     by name, those that were given
    ``digest``    equal for forms that say the same, whatever separates their parts
    """

    path: Path
    filename: str
    flags: Mapping[str, bool]
    digest: bytes

    def flag(self, name: str) -> bool:
        """A flag, false where it was not given."""
        return self.flags.get(name, False)


@contextlib.asynccontextmanager
async def received(
    request: Request, shape: FormShape, *, folder: Path, most_bytes: int, keep: bool
) -> AsyncIterator[Form]:
    """The form of a request, its file in ``folder`` until the context ends, empty unless it is to ``keep``.

    Raises :class:`UnsupportedMediaTypeError` for what is no form, :class:`PayloadTooLargeError` for a file of more than
    ``most_bytes``, and :class:`ValidationFailedError` naming the field that is wrong.
    """
    media, options = parse_options_header(request.headers.get("Content-Type"))
    if media != _MEDIA:
        raise UnsupportedMediaTypeError("Send multipart/form-data")
    boundary = options.get(b"boundary")
    if not boundary:
        raise ValidationFailedError.of("body", "is a form without a boundary")
    announced = request.headers.get("Content-Length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > most_bytes + _OVERHEAD_BYTES:
        raise PayloadTooLargeError
    with tempfile.TemporaryDirectory(dir=folder, prefix="form-") as directory:
        path, parts = Path(directory) / shape.file, _Parts(shape, most_bytes)
        with path.open("wb") as file:
            await _read(request, boundary, parts, file if keep else None)
        yield parts.form(path)


async def _read(request: Request, boundary: bytes, parts: _Parts, file: BinaryIO | None) -> None:
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type] # a dictionary of its own kind
        async for chunk in request.stream():
            parser.write(chunk)
            block = parts.take()
            if block and file is not None:
                await asyncio.to_thread(file.write, block)
        parser.finalize()
    except FormParserError as error:
        raise ValidationFailedError.of("body", f"is no form: {error}") from None
    if not parts.ended:
        raise ValidationFailedError.of("body", "is a form that is cut off")


@dataclass(slots=True)
class _Parts:
    """What the parser tells of a form, part by part."""

    shape: FormShape
    most_bytes: int
    ended: bool = False
    _name: str = ""
    _filename: str = ""
    _header: tuple[bytearray, bytearray] = field(default_factory=lambda: (bytearray(), bytearray()))
    _disposition: bytes = b""
    _text: bytearray = field(default_factory=bytearray)
    _block: bytearray = field(default_factory=bytearray)
    _size: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)
    _flags: dict[str, bool] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._keep_header,
            "on_headers_finished": self._name_part,
            "on_part_data": self._data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def take(self) -> bytes:
        """What has come of the file since it was last taken."""
        block = bytes(self._block)
        self._block.clear()
        return block

    def form(self, path: Path) -> Form:
        """All of it. Raises :class:`ValidationFailedError` without the file."""
        if self.shape.file not in self._seen:
            raise ValidationFailedError.of(self.shape.file, "is required")
        said = "&".join(f"{name}={value}" for name, value in sorted(self._flags.items()))
        return Form(path, self._filename, self._flags, f"form {self._hash.hexdigest()} {said}".encode())

    def _begin(self) -> None:
        self._disposition = b""
        self._text.clear()

    def _keep_header(self) -> None:
        name, value = (bytes(part) for part in self._header)
        self._header = (bytearray(), bytearray())
        if name.lower() == b"content-disposition":
            self._disposition = value

    def _name_part(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._name in self._seen:
            raise ValidationFailedError.of(self._name, "is there twice")
        if len(self._seen) >= _MOST_PARTS:
            raise ValidationFailedError.of("body", f"holds more than {_MOST_PARTS} fields")
        if self._name != self.shape.file and self._name not in self.shape.flags:
            raise ValidationFailedError.of(self._name[:100] or "body", "is not known here")
        self._seen.add(self._name)
        if self._name == self.shape.file:
            self._filename = options.get(b"filename", b"").decode("utf-8", "replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name != self.shape.file:
            self._text += data[start:end]
            if len(self._text) > _MOST_FIELD_BYTES:
                raise ValidationFailedError.of(self._name, "must be true or false")
            return
        self._size += end - start
        if self._size > self.most_bytes:
            raise PayloadTooLargeError
        self._hash.update(data[start:end])
        self._block += data[start:end]

    def _end_part(self) -> None:
        if self._name == self.shape.file:
            return
        if bytes(self._text) not in {b"true", b"false"}:
            raise ValidationFailedError.of(self._name, "must be true or false")
        self._flags[self._name] = bytes(self._text) == b"true"

    def _end(self) -> None:
        self.ended = True
