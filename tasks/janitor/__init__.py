"""What cleans up after executions that could not do it themselves."""
