"""What the tasks on DB instances and clusters share."""
