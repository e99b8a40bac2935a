"""What a drill does to play a scenario through, and how that is undone."""
