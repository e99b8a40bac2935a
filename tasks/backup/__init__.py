"""Backing up what systems consist of, and knowing how old the backups are."""
