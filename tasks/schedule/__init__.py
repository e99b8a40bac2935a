"""The tasks of daytwo-ec2-schedule."""
