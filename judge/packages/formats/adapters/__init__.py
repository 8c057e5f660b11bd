"""Programs that are copied into packages, to run there."""
