"""What the EC2 tasks share: selection, guards, batches, outcomes and what each action needs."""
