"""A builder to be killed: builds ``one`` into the home it is given and stops inside the driver.

Says ``building`` when the tree is half made. With ``confined`` as its second argument a tool of the real driver's kind
runs then, otherwise it only waits.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from languages import Language, Recipe, Reference
from sandboxes.images import ImageStore, Site, build
from sandboxes.images.mmdebstrap import CONFINED


@dataclass(frozen=True, slots=True)
class StuckDriver:
    confined: bool
    name: str = "stuck"

    def check(self) -> None:
        """Lack nothing."""

    def build(self, recipe: Recipe, site: Site) -> None:
        """Never end by itself before the test's patience does."""
        del recipe
        (site.rootfs / "usr").mkdir(parents=True)
        if self.confined:
            # Ignores what is not SIGKILL, and starts a child that would outlive a mere process group's end.
            script = "trap '' HUP INT TERM PIPE; setsid sleep 600 & echo building; wait"
            site.tools.run([*CONFINED, "--", "sh", "-c", script], purpose="wait", on_line=_say)
        else:
            _say("building")
            time.sleep(600)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(home: str, kind: str) -> None:
    recipe = Recipe(suite="trixie", packages=(), wheels=(), npm=(), files=(), steps=())
    language = Language(
        id="one",
        name="one",
        extensions=(),
        entrypoint="main",
        entrypoint_pattern="",
        versions=(),
        standards=(),
        time_multiplier=1.0,
        memory_allowance_mib=0,
        image=recipe,
        compile=None,
        run=(),
        run_environment={},
        diagnostics=(),
        starter="",
        reference=Reference("", "", ""),
    )
    store = ImageStore(Path(home), architecture="x86_64")
    build([language], store=store, driver=StuckDriver(kind == "confined"), prove=lambda _, __: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
