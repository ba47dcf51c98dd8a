"""Whether a table has the columns that a mapping speaks of. Knows no rows."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from models.toml_checks import Problem, refusal
from sources.mapping import (
    AnyRule,
    CompletionRules,
    Mapping,
    TextRule,
    TimeRule,
    VoteRules,
    pieces,
)

COLUMNS_SHOWN = 40


def check_columns(mapping: Mapping, columns: Sequence[str], table: str) -> None:
    """Raise ``CallError`` where ``mapping`` names a column that ``table`` does not have."""
    problems = [*_double(columns, table)]
    for path, rule in rules_of(mapping):
        unknown = (each for each in columns_of(rule) if each not in columns)
        problems += [_unknown(path, each, columns, table) for each in unknown]
        constant = getattr(rule, "constant", None)
        if isinstance(constant, str) and constant in columns:
            problems.append(Problem(path, _taken_for_a_column(constant)))
    for section, rules in sections(mapping):
        for number, each in enumerate(rules.when):
            if each.column not in columns:
                path = f"{section}.when[{number}]"
                problems.append(_unknown(path, each.column, columns, table))
    if problems:
        raise refusal(mapping.name, problems)


def sections(mapping: Mapping) -> Iterator[tuple[str, CompletionRules | VoteRules]]:
    """The sections of events that the mapping has, with their names."""
    if mapping.completion is not None:
        yield "completion", mapping.completion
    if mapping.vote is not None:
        yield "vote", mapping.vote


def rules_of(mapping: Mapping) -> Iterator[tuple[str, AnyRule]]:
    """Every rule with its key path."""
    for section, rules in sections(mapping):
        for name in type(rules).model_fields:
            value = getattr(rules, name)
            if isinstance(value, AnyRule):
                yield f"{section}.{name}", value
            elif isinstance(value, dict):
                yield from ((f"{section}.{name}.{key}", rule) for key, rule in value.items())


def columns_of(rule: AnyRule) -> Iterator[str]:
    """The columns that ``rule`` reads."""
    if rule.column is not None:
        yield rule.column
    if isinstance(rule, TextRule | TimeRule) and rule.template is not None:
        yield from (each.column for each in pieces(rule.template) if each.column is not None)
    if isinstance(rule, TimeRule):
        yield from (m for m in (rule.plus_minutes, rule.minus_minutes) if isinstance(m, str))


def used_columns(mapping: Mapping) -> set[str]:
    """The columns that the mapping reads."""
    used = {each for _, rule in rules_of(mapping) for each in columns_of(rule)}
    return used | {each.column for _, rules in sections(mapping) for each in rules.when}


def _unknown(path: str, column: str, columns: Sequence[str], table: str) -> Problem:
    close = get_close_matches(column, columns, n=1)
    meant = f'; "{close[0]}" is meant?' if close else ""
    shown = ", ".join(columns[:COLUMNS_SHOWN]) + (" ..." if len(columns) > COLUMNS_SHOWN else "")
    return Problem(path, f'there is no column "{column}" in {table}{meant}; it has: {shown}')


def _double(columns: Sequence[str], table: str) -> Iterator[Problem]:
    for name in sorted({each for each in columns if columns.count(each) > 1}):
        problem = f'{table} has two columns "{name}"; give every column a name of its own there'
        yield Problem("source.columns", problem)


def _taken_for_a_column(constant: str) -> str:
    return f'is the text "{constant}", and a column is named so; write {{ column = "{constant}" }}'
