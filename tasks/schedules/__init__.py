"""What schedules and maintenance windows mean: pure rules over moments, no AWS."""
