"""Who imports whom in softargmax, read from the source without running it.

Run it to see the rooms and the arrows between them: python tools/imports.py
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

NAME = "softargmax"
ROOT = Path(__file__).parents[1] / "src" / NAME


class House:
    """The modules of a package, and what each of them imports."""

    def __init__(self, root: Path = ROOT) -> None:
        self.files = {self._module(file, root): file for file in sorted(root.rglob("*.py"))}
        # An extension has no source, but it can be imported.
        self.extensions = {self._module(stub, root) for stub in root.rglob("*.pyi") if stub.stem != "__init__"}
        self.trees = {name: ast.parse(file.read_text()) for name, file in self.files.items()}
        self.lazy = {name: dict(self._lazy_names(name)) for name, file in self.files.items() if self._is_package(name)}

    def imports(self, module: str, *, types: bool = False) -> set[str]:
        """Give the modules that one imports: at its top, inside its functions, or by a string handed to ``load``.

        A name that a package attaches lazily counts as an import of the module where it is defined. With `types`,
        imports that only a type checker sees count too.
        """
        tree = self.trees[module]
        found: set[str] = set()
        whole: dict[str, str] = {}  # a local name -> the package it stands for
        for node in self._walk(tree, types):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if self._known(alias.name):
                        found.add(alias.name)
                        whole[alias.asname or NAME] = alias.name if alias.asname else NAME
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module and self._known(node.module):
                for alias in node.names:
                    target = f"{node.module}.{alias.name}"
                    if self._known(target):
                        found.add(target)
                        whole[alias.asname or alias.name] = target
                    else:
                        found.add(self.home(node.module, alias.name))
            elif isinstance(node, ast.Call) and _called(node) in ("load", "import_module"):
                found |= {
                    argument.value
                    for argument in node.args
                    if isinstance(argument, ast.Constant) and self._known(argument.value)
                }
        for node in self._walk(tree, types):
            if isinstance(node, ast.Attribute):
                found |= set(self._behind(node, whole))
        return found - {module}

    def named(self, module: str) -> set[str]:
        """Give the modules of rooms one does not import whose names stand in its strings: a table for later."""
        texts = (node.value for node in ast.walk(self.trees[module]) if isinstance(node, ast.Constant))
        names = {text.partition(":")[0] for text in texts if isinstance(text, str)}
        rooms = {room_of(target) for target in self.imports(module)}
        return {name for name in names if name != NAME and self._known(name) and room_of(name) not in rooms}

    def home(self, package: str, name: str) -> str:
        """Give the module where a name of a package is defined, as far as the package takes it from there lazily."""
        if self._known(f"{package}.{name}"):
            return f"{package}.{name}"
        while name in self.lazy.get(package, {}):
            package, name = self.lazy[package][name]
        return package

    def arrows(self) -> dict[str, set[str]]:
        """Give what every module with a source imports, types apart."""
        return {module: self.imports(module) & set(self.files) for module in self.files}

    def rooms(self) -> dict[str, set[str]]:
        """Give what every room, a folder or a file at the root, imports from other rooms."""
        found: dict[str, set[str]] = {}
        for module, targets in self.arrows().items():
            found.setdefault(room_of(module), set()).update(room_of(target) for target in targets)
        return {room: targets - {room} for room, targets in found.items()}

    @staticmethod
    def _module(file: Path, root: Path) -> str:
        parts = [root.name, *file.relative_to(root).with_suffix("").parts]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def _is_package(self, module: str) -> bool:
        return self.files[module].name == "__init__.py"

    def _known(self, module: object) -> bool:
        return module in self.files or module in self.extensions

    def _lazy_names(self, package: str) -> Iterator[tuple[str, tuple[str, str]]]:
        """Give the names that a package shows to type checkers and takes from elsewhere when they are first used."""
        stub = self.files[package].with_suffix(".pyi")
        trees = [block for block in ast.walk(self.trees[package]) if _is_for_types(block)]
        for tree in [*trees, *([ast.parse(stub.read_text())] if stub.exists() else [])]:
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module:
                    source = f"{package}.{node.module}" if node.level else node.module
                    for alias in node.names:
                        yield alias.asname or alias.name, (source, alias.name)

    def _behind(self, node: ast.Attribute, whole: Mapping[str, str]) -> Iterator[str]:
        """Give the modules behind ``package.name`` and ``package.module.name``."""
        names = [node.attr]
        value = node.value
        while isinstance(value, ast.Attribute):
            names.append(value.attr)
            value = value.value
        if not isinstance(value, ast.Name) or value.id not in whole:
            return
        module = whole[value.id]
        for name in reversed(names):
            home = self.home(module, name)
            if home == module:
                return
            yield home
            module = home

    @staticmethod
    def _walk(tree: ast.AST, types: bool) -> Iterator[ast.AST]:
        waiting: list[ast.AST] = [tree]
        while waiting:
            node = waiting.pop()
            yield node
            inside: Iterable[ast.AST] = ast.iter_child_nodes(node)
            if isinstance(node, ast.If) and _is_for_types(node) and not types:
                inside = node.orelse
            waiting += inside


def room_of(module: str) -> str:
    """Give the folder, or the file at the root, that a module belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Give the groups in which everyone reaches everyone, whoever reaches itself alone included."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for target in arrows.get(waiting.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return seen

    reach = {name: reached(name) for name in arrows}
    groups = {frozenset([other for other in reach[name] if name in reach.get(other, ())]) for name in arrows}
    return sorted(sorted(group) for group in groups if group)


def _called(node: ast.Call) -> str:
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


if __name__ == "__main__":
    house = House()
    rooms = house.rooms()
    for room, targets in sorted(rooms.items()):
        print(f"{room}: {', '.join(sorted(targets))}")
    print(f"{len(rooms)} rooms, {sum(map(len, rooms.values()))} arrows")
    for module in house.files:
        if house.named(module):
            print(f"{module} names, to import when asked: {', '.join(sorted(house.named(module)))}")
    for what, found in (("files", circles(house.arrows())), ("rooms", circles(rooms))):
        print(f"circles of {what}: {'; '.join(', '.join(group) for group in found) or 'none'}")
