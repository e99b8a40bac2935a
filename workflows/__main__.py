"""`python -m workflows` is the command `daytwo`."""

from workflows.cli.main import main

main(prog_name="daytwo")
