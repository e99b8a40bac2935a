"""What the tasks of backups share: marks, records, and what becomes of old ones."""
