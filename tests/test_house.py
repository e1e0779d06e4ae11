"""The house keeps its rules: imports go one way, files stay short, what is public is there and explained."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import vitreous as vt

SOURCE = Path(vt.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
MOST_LINES, MOST_FUNCTION_LINES = 400, 60

# What each part may import of ours beside itself; docs/architecture.md, "The house".
BELOW = {
    "errors": set(),
    "files": {"errors"},
    "data": {"errors", "files"},
    "models": {"errors", "files", "data.types"},
    "record": {"errors", "files", "models", "data"},
    "report": {"errors", "files"},
    "doctor": {"errors", "files", "record", "report", ""},
    "training": {"errors", "files", "data", "models", "record", "report", "doctor", ""},
    "looking": {"errors", "files", "data", "models", "record", "report", "training", ""},
    "by_hand": set(),
    "cli": {"errors", "files", "data", "models", "record", "report", "training", "looking", "doctor", ""},
}

# Functions longer than the limit, and why each is better whole.
LONG_FUNCTIONS: dict[str, str] = {}
LONG_FILES: dict[str, str] = {}


def name_of(path):
    return path.relative_to(SOURCE).as_posix()


def part_of(path):
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path):
    """Every module of ours that a file imports, without those only types need."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    only_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if node in only_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(path)} has a relative import"
            for alias in node.names:
                inner = SOURCE.parent / (node.module or "").replace(".", "/") / alias.name
                is_module = inner.is_dir() or inner.with_suffix(".py").is_file()
                yield f"{node.module}.{alias.name}" if is_module else node.module


@pytest.mark.parametrize("path", [p for p in FILES if part_of(p) in BELOW], ids=name_of)
def test_imports_go_one_way(path):
    part = part_of(path)
    allowed = BELOW[part] | {part}
    for module in imports(path):
        head, _, rest = module.partition(".")
        if head == "vitreous":
            known = any(rest == name or (name and rest.startswith(f"{name}.")) for name in allowed)
            assert known, f"{name_of(path)} imports {module}"


def test_nothing_imports_the_command_line_but_its_entry():
    importers = {name_of(p) for p in FILES for m in imports(p) if m.startswith("vitreous.cli")}
    assert {name for name in importers if not name.startswith("cli/")} == {"__main__.py"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_can_be_read_in_one_sitting(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES or name_of(path) in LONG_FILES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            documented = ast.get_docstring(node)
            lines -= len(documented.splitlines()) if documented else 0
            name = f"{name_of(path)}:{node.name}"
            assert lines <= MOST_FUNCTION_LINES or name in LONG_FUNCTIONS, f"{name} has {lines} lines"


def public():
    return [name for name in vt.__all__ if name != "__version__"]


@pytest.mark.parametrize("name", public())
def test_public_names_are_there_with_docstrings_all_the_way_down(name):
    found = getattr(vt, name)
    assert inspect.getdoc(found)
    assert name in dir(vt)
    if inspect.isclass(found):
        for inner, member in vars(found).items():
            if not inner.startswith("_") and (callable(member) or isinstance(member, property)):
                assert inspect.getdoc(getattr(found, inner)), f"{name}.{inner}"
    elif callable(found):
        for parameter in inspect.signature(found).parameters:
            assert f"{parameter}:" in (inspect.getdoc(found) or ""), f"{name}({parameter})"


def test_what_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = vt.trian


def test_no_module_has_the_name_of_something_public():
    modules = {info.name for info in pkgutil.iter_modules(vt.__path__)}
    assert not modules & set(vt.__all__)


def test_every_module_can_be_imported_and_says_what_it_is():
    for path in FILES:
        dotted = name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        if dotted in ("__main__", "__init__"):
            continue
        module = importlib.import_module(f"vitreous.{dotted}")
        assert module.__doc__, dotted
