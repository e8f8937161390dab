"""Reads the request schemas that nova, cinder and keystone publish, out of their own wheels; nothing is copied.

To import a service as a whole takes a hundred packages. Its schema modules are light, so only they (`REAL`) are
executed. What else they import becomes a `Hollow` module: constants are read from its source as literals, exceptions
are `Refused`, and anything that is really used of the rest raises `Unknown`: then there is no verdict.
"""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import os
import re
import sys
import warnings
import zipimport
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from oslo_i18n import _lazy as oslo_i18n_lazy

from cloudlab.sim import validation

SERVICES = ("nova", "cinder", "keystone")
HOLLOW = (*SERVICES, "webob")  # whose modules are not executed, but for these:
REAL = re.compile(
    r"nova\.(i18n|api\.openstack\.compute\.schemas\.\w+|api\.validation\.(parameter_types\w*|response_types|validators))"
    r"|nova\.api\.validation\.parameter_types\.\w+"
    r"|cinder\.(i18n|common\.constants|api\.schemas\.\w+|api\.validation\.(parameter_types|validators))"
    r"|keystone\.(i18n|\w+\.schema|\w+\.backends\.resource_options|\w+\.role_backends\.resource_options"
    r"|common\.resource_options(\.\w+)*|common\.validation(\.\w+)?|api\.validation\.\w+)"
)


def folder() -> Path:
    """Where `make` puts the wheels."""
    return Path(os.environ.get("CLOUDLAB_PUBLISHED", Path(sys.prefix) / "published"))


def are_here() -> bool:
    return all(any(folder().glob(f"{name}-*.whl")) for name in SERVICES)


class Refused(Exception):
    """An exception of a service: the request is refused. Its text is made as the service makes it."""

    template = ""

    def __init__(self, *words: Any, **named: Any) -> None:
        told = next((named[key] for key in ("explanation", "detail", "reason") if key in named), "")
        super().__init__(*words or [self.template % named if self.template and named else str(told)])

    def format_message(self) -> str:
        return str(self)

    msg = property(format_message)


class Unknown(Exception):
    """A check leans on a part of the service that isn't loaded."""


class Hollow:
    """Stands for something that wasn't loaded: it may be named and passed on, but not used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Hollow:
        if name.startswith("__"):
            raise AttributeError(name)
        return Hollow(f"{self._name}.{name}")

    def _use(self, *given: Any, **named: Any) -> Any:
        raise Unknown(self._name)

    def __bool__(self) -> bool:
        if ".CONF." in self._name:
            return False  # an option that nobody set
        raise Unknown(self._name)

    __call__ = __iter__ = __contains__ = __getitem__ = __len__ = __str__ = _use
    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __add__ = __radd__ = __mod__ = _use  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class HollowModule(ModuleType):
    """A module that was read and not run: literal constants, exceptions, and single functions where one is called."""

    __path__: list[str] = []

    def __init__(self, name: str, source: str) -> None:
        super().__init__(name)
        self._parts: dict[str, ast.stmt] = {}
        for statement in ast.parse(source).body:
            for part in _named_by(statement):
                self._parts[part] = statement

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name != "_":
            raise AttributeError(name)
        found = self._make(name)
        setattr(self, name, found)
        return found

    def _make(self, name: str) -> Any:
        whole = f"{self.__name__}.{name}"
        part = self._parts.get(name)
        if isinstance(part, ast.FunctionDef):
            return self._function(part)
        if isinstance(part, ast.Import | ast.ImportFrom):
            return self._imported(part, name)
        if isinstance(part, ast.Assign):
            with suppress(ValueError):
                return ast.literal_eval(part.value)
        if self.__name__.rpartition(".")[2] in ("exception", "exc"):
            return type(name, (Refused,), {"template": _template(part)})
        return module(whole) if finder().in_wheel(whole) else Hollow(whole)

    def _function(self, part: ast.FunctionDef) -> Any:
        """One function, alone: what its body names is looked up here, too."""
        bare = ast.FunctionDef(**{**dict(ast.iter_fields(part)), "decorator_list": [], "returns": None})
        for argument in ast.walk(bare.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        names = {node.id for node in ast.walk(bare) if isinstance(node, ast.Name)} & set(self._parts)
        space = {name: getattr(self, name) for name in names}
        exec(compile(ast.fix_missing_locations(ast.Module([bare], [])), self.__name__, "exec"), space)
        return space[part.name]

    def _imported(self, part: ast.Import | ast.ImportFrom, name: str) -> Any:
        alias = next(alias for alias in part.names if (alias.asname or alias.name.split(".")[0]) == name)
        if isinstance(part, ast.ImportFrom):
            return getattr(module(part.module or ""), alias.name, None) or module(
                f"{part.module}.{alias.name}"
            )
        return module(alias.name if alias.asname else name)


def _named_by(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top of a module gives."""
    if isinstance(statement, ast.Assign):
        yield from (target.id for target in statement.targets if isinstance(target, ast.Name))
    elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.split(".")[0] for alias in statement.names)


def _template(part: ast.stmt | None) -> str:
    """The text of an exception's class: `message = _("Invalid input received: %(reason)s")`."""
    for inner in part.body if isinstance(part, ast.ClassDef) else ():
        if isinstance(inner, ast.Assign) and ast.unparse(inner.targets[0]) in (
            "message",
            "msg_fmt",
            "message_format",
        ):
            value = inner.value.args[0] if isinstance(inner.value, ast.Call) else inner.value
            with suppress(ValueError):
                return str(ast.literal_eval(value))
    return ""


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the services' modules in their wheels, and makes hollow ones of what else is missing."""

    def __init__(self) -> None:
        self.wheels = {name: str(next(folder().glob(f"{name}-*.whl"))) for name in SERVICES}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if REAL.fullmatch(name):
            return self.in_wheel(name)
        return ModuleSpec(name, self, is_package=True) if name.split(".")[0] in HOLLOW else None

    def in_wheel(self, name: str) -> ModuleSpec | None:
        """Where a service's wheel has that module; None if it has none."""
        service, *folders = name.split(".")[:-1] or [name]
        if service not in self.wheels:
            return None
        return zipimport.zipimporter("/".join([self.wheels[service], service, *folders])).find_spec(name)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return HollowModule(spec.name, self.source(spec.name))

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""

    def source(self, name: str) -> str:
        """A module's source; nothing for what isn't the services' own."""
        spec = self.in_wheel(name)
        loader: Any = spec and spec.loader
        return (loader.get_source(name) or "") if loader else ""


@cache
def finder() -> Finder:
    return Finder()


@contextmanager
def _finding() -> Iterator[None]:
    """The finder and what it found are there only while they are needed: nobody else shall meet a hollow module."""
    if finder() in sys.meta_path:
        yield
        return
    formats, lazy = jsonschema().FormatChecker.checkers, oslo_i18n_lazy.USE_LAZY
    jsonschema().FormatChecker.checkers = dict(formats)
    before = set(sys.modules)
    sys.meta_path.insert(0, finder())
    sys.modules.update(_loaded)
    try:
        yield
    finally:
        sys.meta_path.remove(finder())
        jsonschema().FormatChecker.checkers = formats
        # keystone switches it on, and the openstack command can't live with it
        oslo_i18n_lazy.USE_LAZY = lazy
        for name in [new for new in set(sys.modules) - before if new.split(".")[0] in HOLLOW]:
            _loaded[name] = sys.modules.pop(name)


_loaded: dict[str, ModuleType] = {}


@cache
def module(name: str) -> Any:
    """One module: a service's, or any other."""
    with _finding(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # theirs
        found = importlib.import_module(name)
        checker = vars(found).get("FormatChecker")
        if checker is not None and checker.__module__ == name:
            # formats are registered for the whole process, but each service has its own
            checker.checkers = jsonschema().FormatChecker.checkers
        return found


@cache
def jsonschema() -> Any:
    """The library, imported by the simulator's quick way."""
    validation._draft4()
    return importlib.import_module("jsonschema")
