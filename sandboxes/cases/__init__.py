"""What runs are whatever they run in: cases that carry out commands, and who is waiting for what."""
