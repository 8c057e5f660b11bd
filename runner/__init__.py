"""Where judging happens: one host assembled from its settings."""

from runner.canary import Canary, CanaryReport, CanaryResult, ImageReport
from runner.doctor import examine, safe
from runner.engine import Engine, OnBuild
from runner.errors import RequestError, RunnerError, SettingsError, UnknownLanguageError
from runner.execution import RunRequest, RunResult
from runner.inventory import Inventory
from runner.settings import Settings, load_settings
from runner.verification import (
    CaseJudged,
    Event,
    OnEvent,
    PackageReport,
    SolutionJudged,
    SolutionReport,
    SolutionStarted,
)

__all__ = [
    "Canary",
    "CanaryReport",
    "CanaryResult",
    "CaseJudged",
    "Engine",
    "Event",
    "ImageReport",
    "Inventory",
    "OnBuild",
    "OnEvent",
    "PackageReport",
    "RequestError",
    "RunRequest",
    "RunResult",
    "RunnerError",
    "Settings",
    "SettingsError",
    "SolutionJudged",
    "SolutionReport",
    "SolutionStarted",
    "UnknownLanguageError",
    "examine",
    "load_settings",
    "safe",
]
