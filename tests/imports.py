"""What Python files import, read without running them."""

import ast
import functools
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = ("helpers", "tests")

# These load TensorFlow.
HEAVY = frozenset({"tensorflow", "keras", "helpers.models", "helpers.training"})

# These find a name when somebody asks for it: a dictionary holds {name: module} or {module: names}.
LAZY = {"helpers.checks", "helpers.panels"}


def name_of(path: Path) -> str:
    """A file's module, such as "helpers.panels"."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def path_of(name: str) -> Path | None:
    """The file of one of our modules; None for any other name."""
    path = ROOT / name.replace(".", "/")
    found = (path / "__init__.py", path.with_suffix(".py"))
    return next((path for path in found if name.startswith(OURS) and path.is_file()), None)


def module_in(name: str) -> str:
    """The module in a full name: "helpers.data" in "helpers.data.load"."""
    parts = name.split(".")
    modules = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next(filter(path_of, modules), name)


@functools.cache
def tree(path: Path) -> ast.Module:
    """A file's syntax."""
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def _telling(path: Path) -> list[tuple[ast.AST, str]]:
    """The nodes of a file's syntax that may import or use a name, in order, and when they do."""
    found, todo = [], [(tree(path), "load")]
    while todo:
        node, when = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Dict)):
            when = "call"
        elif isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING"):
            when = "types"
        if isinstance(node, _TELLING):
            found.append((node, when))
        for field in reversed(node._fields):
            child = getattr(node, field)
            if isinstance(child, ast.AST):
                todo.append((child, when))
            elif isinstance(child, list):
                todo += [(each, when) for each in reversed(child) if isinstance(each, ast.AST)]
    return found


_TELLING = (ast.Import, ast.ImportFrom, ast.Dict, ast.Call, ast.Attribute)


def _passed_on(package: str, table: ast.Dict) -> list[str]:
    """The full names in the dictionary of a lazy package."""
    found = []
    for key, value in zip(table.keys, table.values, strict=True):
        names, module = key.value, value.value
        if not path_of(f"{package}.{module}"):
            names, module = module, names
        found += [f"{package}.{module}.{name}" for name in names.split()]
    return found


def _imported(path: Path, node: ast.AST) -> list[str]:
    """What one node of a file's syntax imports, as full names such as "helpers.data.load"."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            package = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
            base = ".".join([*package, *filter(None, [node.module])])
            return [f"{base}.{alias.name}" for alias in node.names]
        case ast.Dict() if path in map(path_of, LAZY):
            return _passed_on(name_of(path), node)
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)):
            if called in ("import_module", "__import__") and path not in map(path_of, LAZY):
                return ["a computed name"]
    return []


@functools.cache
def imports(path: Path) -> list[tuple[str, str]]:
    """What a file imports, and when.

    Returns:
        Pairs of a full name, such as "helpers.data.load", and "load", "call" (inside a function)
        or "types" (under TYPE_CHECKING).
    """
    return [(name, when) for node, when in _telling(path) for name in _imported(path, node)]


def origin(name: str) -> str:
    """The module that gives a name; what a package passes on is followed to where it is made."""
    module = module_in(name)
    path, rest = path_of(module), name.removeprefix(module)
    if path and path.name == "__init__.py" and rest:
        passed_on = (other for other, _ in imports(path) if other.endswith(rest) and other != name)
        return next(map(origin, passed_on), module)
    return module


def dotted(node: ast.AST) -> str:
    """The text of names joined by dots, such as "helpers.data"; "" for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name) if before := dotted(value):
            return f"{before}.{name}"
    return ""


@functools.cache
def used(path: Path) -> set[str]:
    """The modules that give what a file's code uses."""
    attributes = defaultdict(set)
    for node, _ in _telling(path):
        if isinstance(node, ast.Attribute):
            attributes[dotted(node.value)].add(node.attr)
    found = set()
    for name, when in imports(path):
        if when != "types":
            known_as = {name, name.rpartition(".")[2]} if path_of(name) else ()
            taken = {f"{name}.{part}" for of in known_as for part in attributes[of]}
            found |= set(map(origin, taken or {name}))
    return found


@functools.cache
def leads_to(path: Path, modules: frozenset[str]) -> bool:
    """Whether what a file imports, also inside functions, leads to one of these modules."""
    seen, todo = set(), [path]
    while todo:
        new = used(todo.pop()) - seen
        if any(f"{name}.".startswith(f"{module}.") for name in new for module in modules):
            return True
        seen |= new
        todo += filter(None, map(path_of, new))
    return False
