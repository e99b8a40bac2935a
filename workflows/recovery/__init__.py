"""What becomes of each component of a restore drill: a chain of states for each type."""
