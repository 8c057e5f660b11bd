"""The trusted process 1 of every run: its source, how it is built, and its protocol."""

from sandboxes.init.build import InitBuildError, build_init, build_static
from sandboxes.init.protocol import (
    CaseOrder,
    Failure,
    Hello,
    ProtocolError,
    Ready,
    Request,
    RequestKind,
    Status,
    parse_record,
)

__all__ = [
    "CaseOrder",
    "Failure",
    "Hello",
    "InitBuildError",
    "ProtocolError",
    "Ready",
    "Request",
    "RequestKind",
    "Status",
    "build_init",
    "build_static",
    "parse_record",
]
