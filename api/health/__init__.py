"""Whether the service is well, and its metrics."""
