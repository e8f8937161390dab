"""Read the project's Python as syntax trees: what the rules about layers and chance are checked on."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def python_files(folder: str) -> list[str]:
    """Every Python file below a folder, as a path relative to the root, in order."""
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py"))


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


@cache
def imports(path: str, source: str) -> list[tuple[int, str]]:
    """Line and dotted name of all that a file imports: `from a import b` gives `a` and `a.b`.

    Relative imports are made absolute; `import_module` with a literal counts, and so do type-checking imports.
    """
    return list(_imports(path, source))


def _imports(path: str, source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            yield node.lineno, base
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"
        elif isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "import_module":
            yield node.lineno, _leading_text(node.args[0])


def _absolute(path: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = path.removesuffix(".py").split("/")[: -node.level]
    return ".".join(package + ([node.module] if node.module else []))


def _leading_text(node: ast.expr) -> str:
    """A literal, or the part of an f-string before its first hole."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]  # type: ignore[assignment]
    return node.value.rstrip(".") if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain; what is no name at its root is left out."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
