"""What the tasks of backups and restore drills share."""
