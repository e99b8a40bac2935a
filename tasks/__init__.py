"""The Lambda functions: one file each, in a folder per family."""
