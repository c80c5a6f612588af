"""The mutants of the reference firmware: one small change to its source each.

clang's parser says where functions, statements and conditions are; what to change is found among the
tokens there. The list follows from the sources alone: same sources, same mutants in the same order.

    python3 tests/mutants.py [FILE.c...]    prints them
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clang import cindex

ROOT = Path(__file__).resolve().parent.parent
FIRMWARE = ROOT / "device-model" / "firmware"
# Words for people: what a device logs is no behaviour that a rule judges.
WORDS = {"fw_err.c"}
LOG = {"HAL_LOG"}

RELATIONS = {
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
    "==": ["!="],
    "!=": ["=="],
}
ARITHMETIC = {
    "+": "-", "-": "+", "*": "/", "/": "*", "%": "*",
    "+=": "-=", "-=": "+=", "++": "--", "--": "++",
}  # fmt: skip
BITS = {
    "&": "|", "|": "&", "^": "|", "<<": ">>", ">>": "<<",
    "|=": "&=", "&=": "|=", "^=": "|=", "~": "",
}  # fmt: skip
LOGIC = {"&&": "||", "||": "&&"}
INTEGER = re.compile(r"^(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)$")

Kind = cindex.CursorKind
EXPRESSIONS = {
    Kind.CALL_EXPR,
    Kind.BINARY_OPERATOR,
    Kind.COMPOUND_ASSIGNMENT_OPERATOR,
    Kind.UNARY_OPERATOR,
    Kind.PAREN_EXPR,
    Kind.UNEXPOSED_EXPR,
}
LEAVES = {Kind.RETURN_STMT, Kind.BREAK_STMT, Kind.CONTINUE_STMT}


@dataclass(frozen=True)
class Mutant:
    file: str
    function: str  # or the macro's name, where a #define is changed
    operator: str
    start: int  # bytes of the file
    end: int
    new: str
    key: str  # names the mutant in files and reports: no line numbers, so that it outlives edits
    line: int
    column: int

    @property
    def name(self) -> str:
        """A name for files: short, and the same as long as the key is."""
        return "m" + hashlib.sha256(self.key.encode()).hexdigest()[:12]

    def apply(self, text: str) -> str:
        return text[: self.start] + self.new + text[self.end :]


@dataclass(frozen=True)
class Token:
    text: str
    start: int
    end: int
    number_or_name: bool


@dataclass(frozen=True)
class Change:
    """A mutant without its key."""

    function: str
    operator: str
    start: int
    end: int
    new: str


def squeeze(text: str) -> str:
    return " ".join(text.split())


def span(cursor: cindex.Cursor) -> tuple[int, int]:
    return cursor.extent.start.offset, cursor.extent.end.offset


class Source:
    """One file of the firmware, parsed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="ascii")
        self.unit = cindex.Index.create().parse(
            str(path),
            args=["-std=c11", "-ffreestanding", f"-I{ROOT}"],
            options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD,
        )
        for note in self.unit.diagnostics:
            if note.severity >= cindex.Diagnostic.Error:
                sys.exit(f"{note.location.file}:{note.location.line}: {note.spelling}, expected C that parses")
        mine = [c for c in self.unit.cursor.get_children() if self.is_mine(c)]
        self.functions = [c for c in mine if c.kind == Kind.FUNCTION_DECL and c.is_definition()]
        self.defines = [c for c in mine if c.kind == Kind.MACRO_DEFINITION]
        self.logs = [span(c) for c in mine if c.kind == Kind.MACRO_INSTANTIATION and c.spelling in LOG]
        self.macros = {span(c) for c in mine if c.kind == Kind.MACRO_INSTANTIATION}

    def is_mine(self, cursor: cindex.Cursor) -> bool:
        return cursor.location.file is not None and cursor.location.file.name == str(self.path)

    def is_log(self, start: int, end: int) -> bool:
        return any(a <= start and end <= b for a, b in self.logs)

    def tokens(self, start: int, end: int) -> list[Token]:
        place = cindex.SourceLocation.from_offset
        file = cindex.File.from_name(self.unit, str(self.path))
        extent = cindex.SourceRange.from_locations(
            place(self.unit, file, start), place(self.unit, file, end)
        )
        plain = {cindex.TokenKind.IDENTIFIER, cindex.TokenKind.LITERAL}
        found = []
        for token in self.unit.get_tokens(extent=extent):
            a, b = token.extent.start.offset, token.extent.end.offset
            if token.kind != cindex.TokenKind.COMMENT and start <= a and b <= end:
                found.append(Token(token.spelling, a, b, token.kind in plain))
        return found


def change_tokens(tokens: list[Token], function: str) -> Iterator[Change]:
    """Operators and constants. A sign or star is binary where something stands before it."""
    for before, token in zip([None, *tokens], tokens, strict=False):
        text = token.text
        binary = before is not None and (before.number_or_name or before.text in {")", "]"})
        number = INTEGER.match(text)

        def change(operator: str, new: str, token: Token = token) -> Change:
            return Change(function, operator, token.start, token.end, new)

        for other in RELATIONS.get(text, []):
            yield change("relation", other)
        if text in LOGIC:
            yield change("logic", LOGIC[text])
        if text in ARITHMETIC and (binary or text in {"++", "--"}):
            yield change("arithmetic", ARITHMETIC[text])
        if text in BITS and (binary or text == "~"):
            yield change("bits", BITS[text])
        if text in {"true", "false"}:
            yield change("constant", "false" if text == "true" else "true")
        if number:
            value, suffix = int(number[1], 0), number[2]
            for other in sorted({value + 1, value - 1, 0} - {value}):
                yield change("constant", f"{other}{suffix}" if other >= 0 else f"({other})")


def strip_parentheses(tokens: list[Token]) -> list[Token]:
    while len(tokens) > 2 and tokens[0].text == "(":
        depth = 0
        for index, token in enumerate(tokens):
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                break
        if index != len(tokens) - 1:
            return tokens
        tokens = tokens[1:-1]
    return tokens


def leaves(tokens: list[Token]) -> Iterator[list[Token]]:
    """A condition taken apart at its && and ||."""
    tokens = strip_parentheses(tokens)
    for operator in ("?", "||", "&&"):
        depth, parts = 0, [[]]
        for token in tokens:
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth == 0 and token.text == operator:
                parts.append([])
            else:
                parts[-1].append(token)
        if len(parts) > 1:
            if operator == "?":
                yield tokens
                return
            for part in parts:
                yield from leaves(part)
            return
    yield tokens


def change_condition(source: Source, start: int, end: int, function: str) -> Iterator[Change]:
    for leaf in leaves(source.tokens(start, end)):
        a, b = leaf[0].start, leaf[-1].end
        related = any(token.text in RELATIONS for token in leaf)
        text = source.text[a:b]
        for new in ["1", "0"] + ([] if related else [f"!({text})"]):
            if text != new:
                yield Change(function, "condition", a, b, new)


def conditions(source: Source, cursor: cindex.Cursor) -> Iterator[tuple[int, int]]:
    """Where branches are decided, and chains of && and ||."""
    parts = list(cursor.get_children())
    if cursor.kind in {Kind.IF_STMT, Kind.WHILE_STMT, Kind.CONDITIONAL_OPERATOR}:
        yield span(parts[0])
    elif cursor.kind == Kind.DO_STMT:
        yield span(parts[1])
    elif cursor.kind == Kind.FOR_STMT:
        head = source.tokens(cursor.extent.start.offset, parts[-1].extent.start.offset)
        marks = [token for token in head if token.text == ";"]
        inside = [t for t in head if marks[0].end <= t.start < marks[1].start]
        if inside:
            yield inside[0].start, inside[-1].end
    elif cursor.kind == Kind.BINARY_OPERATOR and len(parts) == 2:
        between = source.tokens(parts[0].extent.end.offset, parts[1].extent.start.offset)
        if any(token.text in LOGIC for token in between):
            yield span(cursor)


def change_conditions(source: Source, body: cindex.Cursor, function: str) -> Iterator[Change]:
    for cursor in body.walk_preorder():
        for start, end in conditions(source, cursor):
            if not source.is_log(start, end) and (start, end) not in source.macros:
                yield from change_condition(source, start, end, function)


def blocks(body: cindex.Cursor) -> Iterator[tuple[cindex.Cursor, list[cindex.Cursor]]]:
    """Statements that stand in a row, in whatever holds them."""
    for cursor in body.walk_preorder():
        parts = list(cursor.get_children())
        if cursor.kind == Kind.COMPOUND_STMT:
            yield cursor, parts
        elif cursor.kind == Kind.IF_STMT:
            for part in parts[1:]:
                yield cursor, [part]
        elif cursor.kind in {Kind.WHILE_STMT, Kind.FOR_STMT, Kind.CASE_STMT, Kind.DEFAULT_STMT}:
            yield cursor, parts[-1:]


def change_removed(source: Source, body: cindex.Cursor, function: str) -> Iterator[Change]:
    """Each statement that does something, taken away. What ends the function stays."""
    last = list(body.get_children())[-1]
    final = span(last)[1]
    for _, statements in blocks(body):
        for statement in statements:
            start, end = span(statement)
            if source.is_log(start, end):
                continue
            ends_all = statement.kind == Kind.RETURN_STMT and (
                statement == last or (last.kind == Kind.SWITCH_STMT and end + 3 >= final)
            )
            if statement.kind in EXPRESSIONS or (statement.kind in LEAVES and not ends_all):
                yield Change(function, "removed", start, end, "")


def change_initial(source: Source, body: cindex.Cursor, function: str) -> Iterator[Change]:
    """A variable that begins with what a call returned begins with nothing, and no call is made."""
    for cursor in body.walk_preorder():
        if cursor.kind != Kind.VAR_DECL or cursor.type.get_canonical().spelling not in {"int", "_Bool"}:
            continue
        for value in list(cursor.get_children())[-1:]:
            start, end = span(value)
            if calls(source, value):
                yield Change(function, "removed", start, end, "0")


def change_results(source: Source, body: cindex.Cursor, function: str) -> Iterator[Change]:
    """What a function returns: success for a failure, and a failure for success."""
    for cursor in body.walk_preorder():
        if cursor.kind != Kind.RETURN_STMT:
            continue
        parts = list(cursor.get_children())
        if not parts:
            continue
        start, end = span(parts[0])
        text = source.text[start:end]
        if text in {"true", "false"} or INTEGER.match(text):
            continue
        yield Change(function, "result", start, end, "-1" if text == "FW_OK" else "0")


def names_of(source: Source, statement: cindex.Cursor) -> set[str]:
    return {t.text for t in source.tokens(*span(statement)) if t.number_or_name}


def is_moveable(statement: cindex.Cursor) -> bool:
    return statement.kind in EXPRESSIONS or statement.kind in {
        Kind.IF_STMT,
        Kind.FOR_STMT,
        Kind.WHILE_STMT,
    }


def calls(source: Source, statement: cindex.Cursor) -> bool:
    return any(c.kind == Kind.CALL_EXPR for c in statement.walk_preorder())


def change_order(source: Source, body: cindex.Cursor, function: str) -> Iterator[Change]:
    """Neighbours that have something to do with each other change places."""
    for holder, statements in blocks(body):
        if holder.kind != Kind.COMPOUND_STMT:
            continue
        for first, second in zip(statements, statements[1:], strict=False):
            (a, b), (c, d) = span(first), span(second)
            if source.is_log(a, b) or source.is_log(c, d):
                continue
            if not is_moveable(first) or not is_moveable(second):
                continue
            if not calls(source, first) and not calls(source, second):
                continue
            if not names_of(source, first) & names_of(source, second):
                continue
            b += source.text[b] == ";"
            d += source.text[d] == ";"
            new = source.text[c:d] + source.text[b:c] + source.text[a:b]
            yield Change(function, "order", a, d, new)


def changes(source: Source) -> Iterator[Change]:
    for define in source.defines:
        tokens = source.tokens(*span(define))[1:]
        if tokens:
            yield from change_tokens(tokens, define.spelling)
    for enum in source.unit.cursor.get_children():
        if enum.kind == Kind.ENUM_DECL and source.is_mine(enum):
            yield from change_tokens(source.tokens(*span(enum)), enum.spelling)
    for function in source.functions:
        body = [c for c in function.get_children() if c.kind == Kind.COMPOUND_STMT][0]
        name = function.spelling
        for change in change_tokens(source.tokens(*span(body)), name):
            if not source.is_log(change.start, change.end):
                yield change
        yield from change_conditions(source, body, name)
        yield from change_removed(source, body, name)
        yield from change_initial(source, body, name)
        yield from change_results(source, body, name)
        yield from change_order(source, body, name)


def key_of(source: Source, change: Change) -> str:
    """The line with the change in it: {old -> new}."""
    text = source.text
    first = text.rfind("\n", 0, change.start) + 1
    last = text.find("\n", change.end)
    old, new = text[change.start : change.end], change.new
    if change.operator == "order":
        old, new = squeeze(old), "in the other order"
    marked = text[first : change.start] + "{" + f"{old} -> {new or 'nothing'}" + "}" + text[change.end : last]
    return f"{source.path.name} {change.function} {change.operator}: {squeeze(marked)}"


def mutants_of(path: Path) -> list[Mutant]:
    source = Source(path)
    found: dict[tuple[int, int, str], Change] = {}
    for change in changes(source):
        found.setdefault((change.start, change.end, change.new), change)
    listed: list[Mutant] = []
    seen: dict[str, int] = {}
    for change in sorted(found.values(), key=lambda c: (c.start, c.end, c.operator, c.new)):
        key = key_of(source, change)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] > 1:
            key += f" #{seen[key]}"
        above = source.text[: change.start]
        listed.append(
            Mutant(
                path.name,
                change.function,
                change.operator,
                change.start,
                change.end,
                change.new,
                key,
                above.count("\n") + 1,
                change.start - above.rfind("\n"),
            )
        )
    return listed


def mutants(files: list[str] | None = None) -> list[Mutant]:
    paths = [p for p in sorted(FIRMWARE.glob("*.c")) if p.name not in WORDS]
    return [m for p in paths if not files or p.name in files for m in mutants_of(p)]


if __name__ == "__main__":
    for mutant in mutants(sys.argv[1:]):
        print(f"{mutant.file}:{mutant.line}:{mutant.column} {mutant.name} {mutant.key}")
