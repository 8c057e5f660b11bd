"""Bodies as JSON: UTF-8, finite numbers, whole characters."""

from __future__ import annotations

import json
import math
import re
from typing import Final

from api.errors import ValidationFailedError

_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def parsed(body: bytes) -> object:
    """A body as JSON, which is UTF-8 and has neither NaN nor infinities.

    Half of a surrogate pair is no character: no database keeps it, and no answer can quote it.
    Raises :class:`ValidationFailedError`.
    """
    try:
        content: object = json.loads(body.decode(), parse_constant=_no_number, parse_float=_finite)
        if _SURROGATE.search(body):
            json.dumps(content, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ValidationFailedError.of("body", f"is no JSON (character {error.pos}: {error.msg})") from None
    except UnicodeDecodeError:
        raise ValidationFailedError.of("body", "is no UTF-8") from None
    except UnicodeEncodeError:
        raise ValidationFailedError.of("body", "must not hold half of a surrogate pair") from None
    except RecursionError:
        raise ValidationFailedError.of("body", "is nested too deeply") from None
    except ValueError:
        raise ValidationFailedError.of("body", "holds a number that cannot be read") from None
    return content


def _no_number(name: str) -> object:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
