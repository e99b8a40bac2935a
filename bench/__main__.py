"""`make bench`, or `python -m bench [NAME …]`: print the figures."""

import importlib
import sys

BENCHES = ("cold_start", "promotion", "ec2_operations", "recovery_checks", "restore_drills")


def main() -> None:
    """Run the named benches, all of them without a name."""
    unknown = set(sys.argv[1:]) - set(BENCHES)
    if unknown:
        sys.exit(f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    for name in sys.argv[1:] or BENCHES:
        importlib.import_module(f"bench.{name}").main()


main()
