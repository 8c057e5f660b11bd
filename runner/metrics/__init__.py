"""What is measured where jobs are carried out, and how Prometheus reads it there."""

from runner.metrics.execution import ExecutionMetrics
from runner.metrics.instruments import MEMORY_BYTES, SECONDS, Instruments, process_registry
from runner.metrics.measuring import measure_execution, measure_validation
from runner.metrics.serving import DEFAULT_PORT, MetricsServer, serve_metrics

__all__ = [
    "DEFAULT_PORT",
    "MEMORY_BYTES",
    "SECONDS",
    "ExecutionMetrics",
    "Instruments",
    "MetricsServer",
    "measure_execution",
    "measure_validation",
    "process_registry",
    "serve_metrics",
]
