"""The Python API as it stands in the source: signatures, fields and what their docstrings say."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, get_args

import dcmtool
from dcmtool import errors
from dcmtool.api import echo as api
from dcmtool.cli.exit_codes import exit_code
from dcmtool.events import What
from tools.markdown import code, table


def signature(function: Callable[..., Any]) -> Iterator[str]:
    """Yield how a function is called, and its docstring."""
    node = _source(function)
    assert isinstance(node, ast.FunctionDef)
    arguments = [*map(_argument, node.args.args, node.args.defaults), "*"]
    arguments += map(_argument, node.args.kwonlyargs, node.args.kw_defaults)
    arguments += _named()
    yield from ("", "```python", f"dcmtool.{node.name}(")
    yield from (f"    {each}," for each in arguments)
    yield from (f") -> {ast.unparse(node.returns or ast.Constant(None))}", "```")
    text, _, raised = inspect.cleandoc(function.__doc__ or "").partition("\n\nRaises:\n")
    yield from _paragraphs(text)
    if raised:
        yield from table(("raises", "when"), _raised(textwrap.dedent(raised)))


def _named() -> Iterator[str]:
    """Yield the arguments that are only given by name, each with its default."""
    made, declared = _source(api._request), _source(api.EchoArguments)
    assert isinstance(made, ast.FunctionDef)
    assert isinstance(declared, ast.ClassDef)
    last = made.args.args[-len(made.args.defaults) :]
    defaults = {each.arg: value for each, value in zip(last, made.args.defaults, strict=True)}
    for each in declared.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            name = each.target.id
            yield _argument(ast.arg(name, each.annotation), defaults[name])


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    """Return an argument as it is declared; a private default is one of its type with all at its defaults."""
    kind = ast.unparse(argument.annotation or ast.Constant(None))
    if default is None:
        return f"{argument.arg}: {kind}"
    value = ast.unparse(default)
    return f"{argument.arg}: {kind} = {f'{kind}()' if value.startswith('_') else value}"


def _raised(text: str) -> Iterator[tuple[str, str]]:
    joined = text.replace("\n    ", " ")
    for line in joined.splitlines():
        name, _, when = line.partition(": ")
        yield code(name), " ".join(when.split())


def _source(thing: type | Callable[..., Any]) -> ast.stmt:
    return ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield from ("", " ".join(paragraph.split()))


def fields(kind: type) -> Iterator[str]:
    """Yield what a class says of itself, its fields with type and default, and its properties."""
    node = _source(kind)
    assert isinstance(node, ast.ClassDef)
    yield from _paragraphs(inspect.cleandoc(kind.__doc__ or ""))
    declared = [*_fields(node), *_attributes(node)]
    if declared:
        yield from table(("field", "type", "default"), declared)
    properties = [
        (code(each.name), code(ast.unparse(each.returns)), " ".join((ast.get_docstring(each) or "").split()))
        for each in node.body
        if isinstance(each, ast.FunctionDef) and each.returns and _decorators(each) == ["property"]
    ]
    if properties:
        yield from table(("property", "type", "what it is"), properties)


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield code(each.target.id), code(ast.unparse(each.annotation)), _default(each.value)


def _attributes(node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    """Yield what a class without fields sets when it is made."""
    for each in ast.walk(node):
        target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
        if isinstance(each, ast.Assign | ast.AnnAssign) and isinstance(target, ast.Attribute) and each.value:
            if target.attr.startswith("_"):
                continue
            value = ast.unparse(each.value)
            kind = ast.unparse(each.annotation) if isinstance(each, ast.AnnAssign) else _kind(each.value)
            yield code(target.attr), code(kind), code(value)


def _kind(value: ast.expr) -> str:
    return ast.unparse(value.func) if isinstance(value, ast.Call) else type(ast.literal_eval(value)).__name__


def _decorators(function: ast.FunctionDef) -> list[str]:
    return [ast.unparse(each) for each in function.decorator_list]


def _default(value: ast.expr | None) -> str:
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "made":
        return code(f"{ast.unparse(value.args[0])}()")
    return code(ast.unparse(value)) if value else ""


def tree() -> Iterator[str]:
    """Yield the tree of all errors."""
    yield from ("", "```", *inspect.cleandoc(errors.__doc__ or "").split("\n\n")[1].splitlines(), "```")


def outcomes() -> Iterator[str]:
    """Yield the outcomes of a report, each with the class of its error and the exit code."""
    yield from table(("outcome", "`report.error`", "exit code"), map(_outcome, dcmtool.Outcome))


def _outcome(outcome: dcmtool.Outcome) -> tuple[str, str, str]:
    for kind in _below(errors.VerificationFailed):
        error = kind("echo", errors.Cause())
        if dcmtool.EchoReport("host", 104, error=error).outcome is outcome:
            return code(outcome), code(kind.__name__), str(exit_code(error))
    return code(outcome), code("None"), "0"


def _below(kind: type[errors.VerificationFailed]) -> Iterator[type[errors.VerificationFailed]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def events() -> Iterator[str]:
    """Yield what may happen, by its classes."""
    rows = (
        (code(kind.__name__), ", ".join(map(code, kind._fields)), " ".join((kind.__doc__ or "").split()))
        for kind in get_args(What)
    )
    yield from table(("`what`", "its fields", "when"), rows)
