"""Operating EC2 instances: planned, in batches, verified and recorded."""
