"""The façade: what people and programs outside talk to."""

__all__: list[str] = []
