"""S3 objects as drills restore and compare them: versions as of a moment, in batches of keys."""
