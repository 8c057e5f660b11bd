"""What people see and say of themselves."""
