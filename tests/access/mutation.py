"""Every scope filter and every ownership check, taken away one at a time: found in the code itself, so that a new one is found too.

A guard is a function of the product that narrows what a person sees or refuses one: each `visible_to`, and each function
that calls one, raises Refused or Http404, or tells why somebody may not. A mutant is a guard without one of its conditions,
put in place by changing the function's code object, so that every module that has imported it gets the mutant.
"""

import ast
import copy
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from django.shortcuts import get_object_or_404

from accounts.roles import PERMISSIONS, Permission
from tests.access.calls import POLICY
from tests.access.matrix import Matrix, tries, undone
from tests.access.personas import PERSONAS
from tests.access.sight import Probe, probes

APPS = ("accounts", "research", "interviews", "synthesis")
NOT_GUARDS = ("migrations", "management", "sample", "nlp", "report", "importers", "api.serializers")
RAISED = {"Refused", "Http404", "NotFound", "PermissionDenied"}
ASKING = {"visible_to", "visible", "get_visible", "see", "require", "refuse_if", "source_open_to"}
# What lets everybody through when it always says so.
PREDICATES = {"has_permission": True, "must_set_up": False}
NARROWING = {"filter", "exclude", "get", "Q"}


@dataclass(frozen=True)
class Guard:
    """A function that keeps somebody out."""

    name: str
    function: FunctionType
    tree: ast.FunctionDef


@dataclass(frozen=True)
class Mutant:
    """A guard without one of its conditions, or a permission that everybody has."""

    name: str
    guard: str
    put_in: Callable[[], Any]


# Finding the guards -------------------------------------------------------------------------------------------------


def guards() -> list[Guard]:
    """Every guard of the product, by its dotted name."""
    found = {}
    for module in modules():
        for name, function in _functions(module):
            tree = _tree(function)
            if tree is not None and (function.__name__ == "visible_to" or _asks(tree)):
                found[f"{module.__name__}.{name}"] = Guard(f"{module.__name__}.{name}", function, tree)
    return [found[name] for name in sorted(found)]


def modules() -> Iterator[ModuleType]:
    """The modules of the apps, but for those in which nobody is kept out."""
    for app in APPS:
        package = importlib.import_module(app)
        for info in pkgutil.walk_packages(package.__path__, f"{app}."):
            if not any(f".{part}" in info.name for part in NOT_GUARDS):
                yield importlib.import_module(info.name)


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    for name, thing in vars(module).items():
        if inspect.isclass(thing) and thing.__module__ == module.__name__:
            for inner, member in vars(thing).items():
                if function := _plain(member, module):
                    yield f"{name}.{inner}", function
        elif function := _plain(thing, module):
            yield name, function


def _plain(thing: Any, module: ModuleType) -> FunctionType | None:
    """The function as it was written, below its decorators."""
    thing = getattr(thing, "fget", None) or getattr(thing, "func", None) or getattr(thing, "__func__", thing)
    thing = inspect.unwrap(thing) if callable(thing) else thing
    return thing if isinstance(thing, FunctionType) and thing.__module__ == module.__name__ else None


def _tree(function: FunctionType) -> ast.FunctionDef | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, SyntaxError):
        return None
    return tree if isinstance(tree, ast.FunctionDef) else None


def _asks(tree: ast.FunctionDef) -> bool:
    """True for a function that narrows what is seen or refuses somebody."""
    if tree.name.endswith("_refusal") or tree.name in PREDICATES:
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and _called(node.exc) in RAISED:
            return True
        if isinstance(node, ast.Call) and _called(node) in ASKING - {"require", "refuse_if"}:
            return True
    return False


def _called(node: Any) -> str:
    """The last name of what is called or raised."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


# Taking conditions away ---------------------------------------------------------------------------------------------


@cache
def mutants() -> list[Mutant]:
    """Every mutant: of each guard without each of its conditions, and of each permission given to everybody."""
    found = [
        Mutant(f"everybody may {permission.label}", "", lambda p=permission: granted(p)) for permission in Permission
    ]
    for guard in guards():
        for what, code in _without_each(guard):
            found.append(Mutant(f"{guard.name}: {what}", guard.name, lambda f=guard.function, c=code: swapped(f, c)))
    return found


def _without_each(guard: Guard) -> Iterator[tuple[str, CodeType]]:
    """The guard's code without each of its conditions in turn, with words for what is gone."""
    for index, kind in enumerate(ast.walk(guard.tree)):
        if not isinstance(kind, (ast.If, ast.IfExp, ast.Call, ast.BinOp, ast.Return, ast.Expr)):
            continue
        tree = copy.deepcopy(guard.tree)
        node = list(ast.walk(tree))[index]
        for what in _take_away(node, tree):
            yield what, compiled(guard.function, copy.deepcopy(tree))


def _take_away(node: ast.AST, tree: ast.FunctionDef) -> Iterator[str]:
    """Change the tree at one node in each way that takes something away; the next step undoes the one before."""
    if isinstance(node, ast.If) and _refuses(node.body, tree):
        words = ast.unparse(node.test)
        if not isinstance(node.test, ast.NamedExpr):
            node.test = ast.Constant(False)
        else:
            node.body = [ast.Pass()]
        yield f"never: if {words}"
    elif isinstance(node, ast.IfExp) and _called(node.orelse) == "none":
        words = ast.unparse(node.test)
        node.test = ast.Constant(True)
        yield f"always: {words}"
    elif (
        isinstance(node, ast.Call)
        and _called(node) in ("visible_to", "source_open_to")
        and isinstance(node.func, ast.Attribute)
    ):
        words = ast.unparse(node)
        node.func.attr, node.args, node.keywords = "all", [], []
        yield f"all instead of {words}"
    elif isinstance(node, ast.Call) and _called(node) in ("visible", "get_visible") and isinstance(node.func, ast.Name):
        words = ast.unparse(node)
        node.func.id = f"_any_{node.func.id}"
        yield f"any instead of {words}"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd):
        yield from _one_side(node)
    elif isinstance(node, ast.Call) and _called(node) in NARROWING and _scopes(node, tree):
        yield from _one_condition(node)
    elif isinstance(node, ast.Return) and tree.name in PREDICATES:
        yield from _always(node, PREDICATES[tree.name])
    elif (
        isinstance(node, ast.Return)
        and node is tree.body[-1]
        and tree.name.endswith("_refusal")
        and not _nothing(node.value)
    ):
        words = ast.unparse(node)
        node.value = ast.Constant(None)
        yield f"never: {words}"
    elif isinstance(node, ast.Expr) and _called(node.value) in ("require", "refuse_if"):
        words = ast.unparse(node)
        node.value = ast.Constant(None)
        yield f"without {words}"


def _always(node: ast.Return, opening: bool) -> Iterator[str]:
    own = node.value
    node.value = ast.Constant(opening)
    yield f"always {opening}"
    if opening and isinstance(own, ast.BoolOp):
        for place, part in enumerate(own.values):
            rest = [one for index, one in enumerate(own.values) if index != place]
            node.value = ast.BoolOp(own.op, rest)
            yield f"without {ast.unparse(part)}"


def _one_side(node: ast.BinOp) -> Iterator[str]:
    left, right = node.left, node.right
    node.right = left
    yield f"without {ast.unparse(right)}"
    node.left = node.right = right
    yield f"without {ast.unparse(left)}"


def _one_condition(node: ast.Call) -> Iterator[str]:
    for place in range(len(node.keywords)):
        if node.keywords[place].arg in ("pk", "id") and _called(node) != "Q":
            continue
        taken = node.keywords.pop(place)
        yield f"{_called(node)} without {ast.unparse(taken)}"
        node.keywords.insert(place, taken)
    for place in range(len(node.args)):
        words = ast.unparse(node.args[place])
        kept, node.args[place] = node.args[place], ast.parse("_q()", mode="eval").body
        yield f"{_called(node)} without {words}"
        node.args[place] = kept


def _scopes(node: ast.Call, tree: ast.FunctionDef) -> bool:
    """True where a filter says who sees what, and not merely which row is meant."""
    return tree.name in ("visible_to", "source_open_to") or any(
        _called(part) in ("visible_to", "visible") for part in ast.walk(node)
    )


def _refuses(body: list[ast.stmt], tree: ast.FunctionDef) -> bool:
    """True for a branch that keeps somebody out: it raises a refusal, answers with none of the rows or with a sentence."""
    for step in body:
        if tree.name.endswith("_refusal") and isinstance(step, ast.Return) and not _nothing(step.value):
            return True
        if isinstance(step, ast.Raise) and any(_called(part) in RAISED for part in ast.walk(step)):
            return True
        if isinstance(step, ast.Return) and _called(step.value) == "none":
            return True
    return False


def _nothing(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def compiled(function: FunctionType, tree: ast.FunctionDef) -> CodeType:
    """The code object of a changed tree, with the same free names as the function's own."""
    tree.decorator_list = []
    tree.returns = None
    for argument in ast.walk(tree.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    inner: ast.stmt = tree
    if free := function.__code__.co_freevars:
        outer = ast.parse(f"def _outer({', '.join(free)}): pass").body[0]
        outer.body = [tree]  # type: ignore[attr-defined]
        inner = outer
    module = ast.fix_missing_locations(ast.Module([inner], []))
    code = compile(module, f"<mutant of {function.__qualname__}>", "exec")
    while True:
        code = next(part for part in code.co_consts if isinstance(part, CodeType))
        if code.co_name == function.__name__:
            return code


@contextmanager
def swapped(function: FunctionType, code: CodeType) -> Iterator[None]:
    """The function with other code, wherever it has been imported."""
    from django.db.models import Q

    function.__globals__.update(_any_visible=any_row, _any_get_visible=any_one, _q=Q)
    own, function.__code__ = function.__code__, code
    try:
        yield
    finally:
        function.__code__ = own


@contextmanager
def granted(permission: Permission) -> Iterator[None]:
    """Everybody holds one permission."""
    own = dict(PERMISSIONS)
    PERMISSIONS.update({role: held | {permission} for role, held in own.items()})
    try:
        yield
    finally:
        PERMISSIONS.update(own)


def any_row(model: Any, user: Any) -> Any:
    return model._default_manager.all()


def any_one(model: Any, user: Any, **lookup: Any) -> Any:
    return get_object_or_404(model._default_manager.all(), **lookup)


# Which tries a guard stands behind ----------------------------------------------------------------------------------


@contextmanager
def noting(into: set[str], found: list[Guard]) -> Iterator[None]:
    """While this lasts, the name of each guard that is called is put into the set."""
    own = {}
    for guard in found:
        tree = copy.deepcopy(guard.tree)
        note = ast.parse(f"_called_guards.add({guard.name!r})").body[0]
        start = 1 if ast.get_docstring(tree) else 0
        tree.body.insert(start, note)
        own[guard.function] = guard.function.__code__
        guard.function.__globals__["_called_guards"] = into
        guard.function.__code__ = compiled(guard.function, tree)
    try:
        yield
    finally:
        for function, code in own.items():
            function.__code__ = code


# The hunt -----------------------------------------------------------------------------------------------------------


def everything(matrix: Matrix, people: tuple[str, ...] = tuple(PERSONAS)) -> list[Probe]:
    """Every try of the matrix, by everybody or by some, and all that is asked below the pages."""
    rows = [row for name in sorted(POLICY) for row in tries(name, matrix.world, people=people)]
    pages = [Probe(row.name, "open" not in row.expected, lambda row=row: str(matrix.check(row) or "")) for row in rows]
    return probes(matrix) + pages


class Hunt:
    """What is asked, and for each guard the questions that it stands behind."""

    def __init__(self, asked: list[Probe]):
        self.asked = asked
        self.behind: dict[str, list[Probe]] = {}
        self.wrong: list[str] = []
        called: set[str] = set()
        with noting(called, guards()):
            for probe in asked:
                called.clear()
                if wrong := probe.wrong():
                    self.wrong.append(f"{probe.name}: {wrong}")
                for name in called:
                    self.behind.setdefault(name, []).append(probe)

    def catch(self, mutant: Mutant) -> str:
        """What a mutant makes go wrong first; "" for one that survives."""
        return caught_by(mutant, self.behind.get(mutant.guard, []) if mutant.guard else self.asked)


def caught_by(mutant: Mutant, asked: list[Probe]) -> str:
    """What a mutant makes go wrong first of what is asked; "" for one that survives."""
    with mutant.put_in():
        for probe in spread(asked):
            try:
                with undone():
                    wrong = probe.wrong()
            except Exception as error:
                wrong = repr(error)
            if wrong:
                return f"{probe.name}: {wrong}"
    return ""


def spread(asked: list[Probe]) -> list[Probe]:
    """The questions in an order that comes to a difference soon: refusals first, and each name once before any twice."""
    turn: dict[tuple[str, bool], int] = {}
    keyed = []
    for place, probe in enumerate(asked):
        kind = (probe.name, probe.refusing)
        turn[kind] = turn.get(kind, 0) + 1
        keyed.append((turn[kind] + 2 * (not probe.refusing), place, probe))
    return [probe for _, _, probe in sorted(keyed, key=lambda key: key[:2])]
