"""Checks of what a drill restored."""
