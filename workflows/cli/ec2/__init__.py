"""`daytwo ec2`: operations on EC2 instances, from the command line."""
