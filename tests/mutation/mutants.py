"""The small changes of a source that a test should see, each of one operator, value or statement."""

import ast
from collections import Counter
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NOT_MUTATED = (ast.Import, ast.ImportFrom, ast.Assert)
_WINDOW = 34  # characters of a long statement that are shown on each side of a change


class Mutant(NamedTuple):
    """One change: where it is, what it is, and the code with it.

    `function` is the outermost function whose body it is in, or nothing where only an import runs it.
    """

    key: str  # names it as long as the function is as it is, on whatever line it stands
    function: str
    first_line: int  # of the function, decorators included, as code objects have it
    lines: range  # of the statement; a test that runs none of them cannot see the mutant
    code: CodeType  # of the function's statement in the module, or of the whole module


class _Change(NamedTuple):
    holder: ast.AST
    field: str
    place: int | None  # in a list
    new: ast.AST | None  # None: the element of the list goes


class _Place(NamedTuple):
    scope: str
    function: ast.AST | None
    statement: ast.stmt


def mutants(source: str, path: str, *, whole: bool = False) -> Iterator[Mutant]:
    """Yield each mutant of a module, if asked for with the code of the `whole` of it."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for top in tree.body:
        if _is_docstring(top) or _is_type_checking(top) or isinstance(top, _NOT_MUTATED):
            continue
        for place, change in _changes(top, _Place("", None, top)):
            before = ast.unparse(place.statement)
            undo = _apply(change)
            after = ast.unparse(change.new if isinstance(change.new, ast.stmt) else place.statement)
            key = f"{path} {place.scope or 'module'}: {_difference(before, after)}"
            seen[key] += 1
            key += f" #{seen[key]}" if seen[key] > 1 else ""
            body = tree.body if whole or place.function is None else [top]
            code = compile(ast.fix_missing_locations(ast.Module(body, [])), path, "exec")
            _apply(undo)
            name = place.scope if place.function else ""
            yield Mutant(key, name, _first_line(place.function), _lines(place.statement), code)


def _first_line(function: ast.AST | None) -> int:
    if not isinstance(function, _FUNCTIONS):
        return 0
    return min([function.lineno, *(each.lineno for each in function.decorator_list)])


def _lines(statement: ast.stmt) -> range:
    """Return the lines of a statement, of one with a body only those before that."""
    body = getattr(statement, "body", None)
    end = body[0].lineno if body else (statement.end_lineno or statement.lineno) + 1
    return range(statement.lineno, max(end, statement.lineno + 1))


def _changes(node: ast.AST, place: _Place) -> Iterator[tuple[_Place, _Change]]:
    """Yield the changes inside a node, not those of the node itself."""
    for field, index, child in _children(node):
        if isinstance(child, _NOT_MUTATED) or _is_type_checking(child) or _is_docstring(child):
            continue
        inside = _inside(node, field, child, place)
        for new in _replacements(child):
            yield inside, _Change(node, field, index, ast.copy_location(new, child))
        if index is not None and _can_go(node, field, index):
            yield inside, _Change(node, field, index, None)
        yield from _changes(child, inside)


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_comment", "ctx", "format_spec", "type_params"):
            continue
        if isinstance(value, ast.AST):
            yield field, None, value
        elif isinstance(value, list):
            for index, each in enumerate(list(value)):
                if isinstance(each, ast.AST):
                    yield field, index, each


def _inside(node: ast.AST, field: str, child: ast.AST, place: _Place) -> _Place:
    """Return the place of a child: its scope, the outermost function whose body it is in, its statement."""
    scope, function, statement = place
    if function is None and isinstance(node, ast.ClassDef | ast.FunctionDef) and field == "body":
        scope = f"{scope}.{node.name}" if scope else node.name
        function = node if isinstance(node, _FUNCTIONS) else None
    return _Place(scope, function, child if isinstance(child, ast.stmt) else statement)


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    if type(node) in _OPERATORS:
        yield _OPERATORS[type(node)]()
    match node:
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(str() as value):
            yield ast.Constant(f"XX{value}XX")
        case ast.Constant(bytes() as value):
            yield ast.Constant(b"XX" + value)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.Name(name) if name in _NAMES:
            yield ast.Name(_NAMES[name], ast.Load())
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.Expr(ast.Yield() | ast.YieldFrom()) | ast.Raise() | ast.Delete() | ast.AugAssign():
            yield ast.Pass()
        case ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.Return(ast.expr() as value) if not _is_none(value):
            yield ast.Return(ast.Constant(None))
        case ast.Return(None):
            yield ast.Pass()
        case ast.Assign(targets, value) if not _is_none(value):
            if not isinstance(value, ast.Constant | ast.Tuple) and not isinstance(targets[0], ast.Tuple):
                yield ast.Assign(targets, ast.Constant(None))
        case ast.If(test, body, orelse) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test, body, orelse) if not isinstance(test, ast.Compare | ast.UnaryOp):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)


def _can_go(node: ast.AST, field: str, index: int) -> bool:
    """Return whether it may be left out: the last argument, one with a name, an element of a tuple."""
    if isinstance(node, ast.Call):
        return field == "keywords" or (field == "args" and 0 < index == len(node.args) - 1)
    return isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _apply(change: _Change) -> _Change:
    """Make a change, and return the one that undoes it."""
    holder, field, index, new = change
    old = getattr(holder, field)
    if index is None:
        setattr(holder, field, new)
        return _Change(holder, field, None, old)
    elements = list(old)
    elements[index : index + 1] = [] if new is None else [new]
    setattr(holder, field, elements)
    return _Change(holder, field, None, old)


def _difference(before: str, after: str) -> str:
    """Return the lines that differ, or what stands around the difference where they are long."""
    start = next(
        (at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
        min(len(before), len(after)),
    )
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return f"{_window(before, start, len(before) - end)} => {_window(after, start, len(after) - end)}"


def _window(text: str, start: int, end: int) -> str:
    first = max(text.rfind("\n", 0, start) + 1, start - _WINDOW)
    last = text.find("\n", end)
    last = min(len(text) if last < 0 else last, end + _WINDOW)
    return " ".join(text[first:last].split())
