"""What the tasks on backups and copies of volumes and instances share."""
