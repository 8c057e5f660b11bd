"""What admins see and do, and the audit log."""
