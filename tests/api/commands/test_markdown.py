from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from api.commands.markdown import escaped, markdown
from api.commands.verified import Policy, Verified
from judge import Verdict
from runner import PackageReport

Verify = Callable[..., Verified]


def test_a_package_as_it_should_be(verified: Verify) -> None:
    assert (
        markdown([verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER, checks=[True, True])], Policy())
        == """\
# SynCode verify

2 solutions in 1 package: all as expected; 1 warning.

## ✅ double: Double

| solution | language | verdict | slowest CPU | peak memory | as expected |
| --- | --- | --- | ---: | ---: | --- |
| accepted/right.py | python | accepted | 12 ms | 3.0 MiB | yes |
| wrong\\_answer/wrong.py | python | wrong\\_answer | 12 ms | 3.0 MiB | yes |

Time limit: 1000 ms; suggested: 1000 ms (no solution that must be too slow was measured, so nothing says what is too \
high).

| language | which, on which case | limit | slowest accepted | fastest too slow | factor it needs |
| --- | --- | ---: | ---: | ---: | ---: |
| python | accepted/right.py on sample/1 | 1000 ms | 12 ms | - | 1 |

**Warnings**

- there is no input validator: nothing checks that the inputs are as the statement says
"""
    )


def test_what_does_not_hold_is_listed(verified: Verify) -> None:
    text = markdown(
        [verified(Verdict.RUNTIME_ERROR, Verdict.WRONG_ANSWER, message="killed by | SIGSEGV", checks=[True, False])],
        Policy(),
    )
    assert "## ❌ double: Double" in text
    assert "| accepted/right.py | python | runtime\\_error | 12 ms | 3.0 MiB | **NO** |" in text
    assert "**Not as expected**\n\n- accepted/right.py: runtime\\_error on sample/1 is not permitted" in text
    assert "- accepted/right.py: sample/1: killed by \\| SIGSEGV" in text
    assert "**Checks that do not hold**\n\n- expected output of secret/2: no" in text


def test_a_package_that_is_not_judged_says_why(verified: Verify) -> None:
    whole = verified(Verdict.ACCEPTED, Verdict.ACCEPTED)
    package = replace(whole.report.package, unsupported=("many passes",))
    one = Verified(whole.place, PackageReport(package, None))
    assert "## ❌ double: Double\n\nNot judged, because it needs many passes." in markdown([one], Policy())
    assert "## ✅ double: Double" in markdown([one], Policy(allow_unsupported=True))


def test_what_packages_say_cannot_break_out_of_its_place(package: Path, verified: Verify) -> None:
    yaml = package / "problem.yaml"
    yaml.write_text(yaml.read_text().replace("name: Double", "name: '<script>x</script> | [a](b) @all'"))
    text = markdown([verified(Verdict.ACCEPTED, Verdict.WRONG_ANSWER)], Policy())
    assert "double: \\<script\\>x\\</script\\> \\| \\[a\\](b) \\@all\n" in text
    assert escaped("a\nb\r\n  c`") == "a b c\\`"
