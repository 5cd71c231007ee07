"""Print pip constraints that hold every library users need to the lowest version pyproject.toml promises.

Run: python tools/lowest.py > constraints.txt
"""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def lowest(project: dict) -> list[str]:
    """Give a constraint for every dependency, of the package and of its extras; each must name its lowest version."""
    needed = [*project["dependencies"], *(d for group in project["optional-dependencies"].values() for d in group)]
    found = []
    for dependency in needed:
        if dependency.startswith(f"{project['name']}["):
            continue  # an extra made of extras
        name, version = re.fullmatch(r"([\w.-]+)>=([\w.]+)", dependency.partition(";")[0].strip()).groups()
        found.append(f"{name}=={version}")
    return found


if __name__ == "__main__":
    print(*lowest(tomllib.loads(PROJECT.read_text())["project"]), sep="\n")
