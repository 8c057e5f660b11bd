"""What is measured where jobs are carried out, and how Prometheus reads it there."""

from runner.metrics.execution import CIRCUIT_STATES, ExecutionMetrics
from runner.metrics.instruments import MEMORY_BYTES, SECONDS, Instruments
from runner.metrics.measuring import measure_execution
from runner.metrics.serving import DEFAULT_PORT, MetricsServer, serve_metrics

__all__ = [
    "CIRCUIT_STATES",
    "DEFAULT_PORT",
    "MEMORY_BYTES",
    "SECONDS",
    "ExecutionMetrics",
    "Instruments",
    "MetricsServer",
    "measure_execution",
    "serve_metrics",
]
