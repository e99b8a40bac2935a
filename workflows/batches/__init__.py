"""The states of a batch of instances, action by action, for daytwo-ec2-operation."""
