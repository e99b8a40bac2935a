"""What the tasks of the simulation share."""
