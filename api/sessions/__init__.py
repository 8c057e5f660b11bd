"""What is kept of a room from its warm-up on."""
