"""Asking people for a decision, and taking it."""
