"""House rules that no linter knows: length, first lines, what the pure parts must not call.

They hold for every tracked file, tests included; there are no exceptions.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE_LINES = 300
FUNCTION_LINES = 50
PIPELINE_LINES = 100  # the whole way of a record, to be read in one go

PURE = ("models/", "streams/core/")
IMPURE_NAMES = {"open", "print", "input", "exec", "eval"}
IMPURE_MODULES = {
    "time",
    "random",
    "secrets",
    "uuid",
    "os",
    "sys",
    "socket",
    "threading",
    "logging",
}
CLOCKS = {"now", "today", "utcnow"}

LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)")
UNFINISHED = re.compile(rb"\b(?:TO" rb"DO|FIX" rb"ME|XX" rb"X|HA" rb"CK)\b")
# Kafka's own image has its home there, and the composition must name it.
HOMES = re.compile(rb"/(?:home|root|Users|work|opt(?!/kafka/))/[\w.-]+")
REGISTRIES = re.compile(rb"https?://(?:files\.)?(?:py" rb"pi|pythonhosted|registry)\b")


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the project, by its path in it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    names = [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    assert "semko.py" in names
    return tuple(names)


MODULES = [name for name in tracked() if name.endswith(".py")]


def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_bytes(), name)


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Of its body: the arguments of a command are its options, each with its help."""
    first = function.body[0].lineno
    return (function.end_lineno or first) - first + 1


def impurities(module: ast.Module) -> Iterator[str]:
    """What reads a clock, a file or chance, or says something."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in IMPURE_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in IMPURE_MODULES:
            yield node.module
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in IMPURE_NAMES:
                yield called.id
            elif isinstance(called, ast.Attribute) and called.attr in CLOCKS:
                yield ast.unparse(called)


def test_no_module_is_longer_than_can_be_held_in_mind() -> None:
    sizes = {name: (ROOT / name).read_bytes().count(b"\n") for name in MODULES}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}
    assert sizes["streams/core/pipeline.py"] <= PIPELINE_LINES


def test_no_function_is_longer_than_a_screen() -> None:
    found = [
        f"{name}:{function.lineno} {function.name} has {lines(function)} lines"
        for name in MODULES
        for function in functions(tree(name))
        if lines(function) > FUNCTION_LINES
    ]
    assert found == []


def test_every_module_says_first_what_it_holds() -> None:
    assert [name for name in MODULES if not ast.get_docstring(tree(name))] == []


@pytest.mark.parametrize("part", PURE)
def test_the_pure_parts_read_no_clock_no_chance_and_no_file(part: str) -> None:
    modules = [name for name in MODULES if name.startswith(part)]
    assert modules
    assert [(name, called) for name in modules for called in impurities(tree(name))] == []


def test_every_migration_has_a_number_of_its_own_and_says_first_what_it_is_for() -> None:
    migrations = [name for name in tracked() if name.startswith("sinks/migrations/")]
    numbers = [Path(name).name[:4] for name in migrations]
    assert len(set(numbers)) == len(numbers) > 0
    assert all(number.isdigit() for number in numbers)
    assert [name for name in migrations if not (ROOT / name).read_text().startswith("-- ")] == []


def test_every_link_within_the_documents_leads_somewhere() -> None:
    documents = [name for name in tracked() if name.endswith(".md")]
    links = [
        (name, (ROOT / name).parent / target)
        for name in documents
        for target in LINK.findall((ROOT / name).read_text())
    ]
    assert [(name, target.name) for name, target in links if not target.exists()] == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [("unfinished work", UNFINISHED), ("a path of one machine", HOMES), ("a host", REGISTRIES)],
)
def test_nothing_unfinished_and_nothing_of_one_machine_is_kept(
    what: str, pattern: re.Pattern[bytes]
) -> None:
    contents = {name: (ROOT / name).read_bytes() for name in tracked()}
    found = {
        name: match[0]
        for name, content in contents.items()
        if b"\0" not in content and (match := pattern.search(content))  # no pictures: chance
    }
    assert found == {}, what
