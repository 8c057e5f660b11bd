"""Where judging happens: one host assembled from its settings."""

__all__: list[str] = []
