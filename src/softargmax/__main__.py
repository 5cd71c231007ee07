"""``softargmax`` and ``python -m softargmax``."""

import sys

from softargmax._lazy import missing_dependency


def main() -> int:
    """Run the command line and give its exit status."""
    try:
        from softargmax.cli import run
    except ModuleNotFoundError as error:
        problem = missing_dependency(error)
        if problem is None:
            raise
        print(f"softargmax: {problem}", file=sys.stderr)
        return 1
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
