"""The façade: HTTP (``api.app``) and the command line (``api.cli``), what people and programs outside talk to."""
