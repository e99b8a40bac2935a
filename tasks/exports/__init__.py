"""Stacks as they are exported, and how a drill makes a copy of one."""
