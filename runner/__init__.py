"""Where judging happens: one host assembled from its settings."""

from runner.canary import Canary, CanaryReport, CanaryResult, ImageReport
from runner.doctor import examine, safe
from runner.engine import Engine, OnBuild
from runner.errors import RequestError, RunnerError, SettingsError, UnknownLanguageError
from runner.execution import RunRequest, RunResult
from runner.inventory import Inventory
from runner.settings import Settings, load_settings
from runner.validation import CaseJudged, ChecksDone, Event, OnEvent, SolutionJudged, SolutionStarted
from runner.verification import OnPackageEvent, PackageReport

__all__ = [
    "Canary",
    "CanaryReport",
    "CanaryResult",
    "CaseJudged",
    "ChecksDone",
    "Engine",
    "Event",
    "ImageReport",
    "Inventory",
    "OnBuild",
    "OnEvent",
    "OnPackageEvent",
    "PackageReport",
    "RequestError",
    "RunRequest",
    "RunResult",
    "RunnerError",
    "Settings",
    "SettingsError",
    "SolutionJudged",
    "SolutionStarted",
    "UnknownLanguageError",
    "examine",
    "load_settings",
    "safe",
]
