"""What the tasks on copies of DynamoDB tables share."""
