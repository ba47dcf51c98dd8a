"""What people see: the wall and the numbers behind it."""
