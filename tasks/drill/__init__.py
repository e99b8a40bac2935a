"""Restore drills: planned, opened, judged, put on record and closed."""
