"""An input on which two programs differ, and how."""

from __future__ import annotations

from dataclasses import dataclass

from judge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Side:
    """How a program ended on an input.

    ``verdict``  ``accepted`` means: ended well, and with an answer that the checker takes for right
    ``output``   all that it wrote; ``message``: why it did not end well, or what the checker says; may be empty
    """

    verdict: Verdict
    output: bytes
    message: str = ""

    @property
    def well(self) -> bool:
        """Whether there is nothing to say against it."""
        return self.verdict is Verdict.ACCEPTED


@dataclass(frozen=True, slots=True)
class Finding:
    """Two programs that differ.

    ``seed``, ``size``  what the generator was given, before anything was left out of what it wrote
    ``generated``  what it wrote; ``input``: what is left of that
    ``trusted``, ``suspect``  how the two end on ``input``
    ``tries``      inputs that were tried to make it smaller; ``complete``: nothing smaller was left to try
    ``reproduced`` the two differed in the same way when they were run again; if not, nothing was left out
    ``validated``  an input validator has accepted ``input``
    """

    seed: int
    size: int
    generated: bytes
    input: bytes
    trusted: Side
    suspect: Side
    tries: int = 0
    complete: bool = False
    reproduced: bool = True
    validated: bool = False

    @property
    def kind(self) -> tuple[Verdict, Verdict]:
        """What the difference is: the two verdicts."""
        return self.trusted.verdict, self.suspect.verdict

    @property
    def sentence(self) -> str:
        """What the difference is, in words."""
        if not self.trusted.well:
            return f"the trusted solution ends in {self.trusted.verdict.value} where the suspect ends well"
        if self.suspect.verdict is Verdict.WRONG_ANSWER:
            return "the suspect's output is not accepted with the trusted solution's as the answer"
        return f"the suspect ends in {self.suspect.verdict.value} where the trusted solution ends well"


def differs(trusted: Side, suspect: Side) -> bool:
    """Whether one has something to say against it and the other has not: two that fail have nothing to say."""
    return trusted.well != suspect.well


@dataclass(frozen=True, slots=True)
class StressReport:
    """What a search has found.

    ``finding``    ``None``: no difference among what was tried
    ``inputs``     inputs on which both were compared; ``last_seed``, ``last_size``: of the last of them, 0 for none
    ``warnings``   what makes the search worth less than it seems
    ``elapsed_s``  seconds that all of it took
    """

    finding: Finding | None
    inputs: int
    last_seed: int
    last_size: int
    warnings: tuple[str, ...]
    elapsed_s: float
