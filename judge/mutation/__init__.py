"""Small mistakes put into programs on purpose, to see whether a problem's tests notice them."""

from judge.mutation.making import mutable, mutants
from judge.mutation.mutant import Mutant
from judge.mutation.operator import Operator
from judge.mutation.report import Fate, MutantResult, MutationReport, Tally

__all__ = ["Fate", "Mutant", "MutantResult", "MutationReport", "Operator", "Tally", "mutable", "mutants"]
