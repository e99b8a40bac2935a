"""Restore steps of a drill: copies of tables, databases, buckets, stacks and functions."""
