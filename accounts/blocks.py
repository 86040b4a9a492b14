"""Template tags that wrap what stands between their ends, with declared arguments and an optional row of buttons."""

from collections.abc import Callable
from inspect import getfullargspec

from django import template
from django.template.base import Node, NodeList, Parser, Token
from django.template.library import parse_bits
from django.utils.safestring import mark_safe

Build = Callable[..., dict]


class Block(Node):
    """`content` is what stands in the block, `actions` what stands after `{% actions %}` in it."""

    child_nodelists = ("body", "actions")

    def __init__(self, build: Build, path: str, args: list, kwargs: dict, body: NodeList, actions: NodeList):
        self.build, self.path, self.args, self.kwargs = build, path, args, kwargs
        self.body, self.actions = body, actions

    def render(self, context: template.Context) -> str:
        args = [value.resolve(context) for value in self.args]
        kwargs = {name: value.resolve(context) for name, value in self.kwargs.items()}
        values = self.build(*args, **kwargs)
        values["content"] = mark_safe(self.body.render(context).strip())  # noqa: S308 - rendered, so escaped already
        values["actions"] = mark_safe(self.actions.render(context).strip())  # noqa: S308
        drawing = context.template.engine.get_template(self.path)  # type: ignore[union-attr]
        return drawing.render(context.new(values))


def blocks(register: template.Library) -> Callable[[Build], Build]:
    """A decorator for `{% name … %}…{% actions %}…{% endname %}`, drawn by `components/name.html`.

    The function's arguments are the tag's: an unknown, doubled or missing one is a TemplateSyntaxError. It returns the
    values that the drawing needs besides `content` and `actions`.
    """

    def decorate(build: Build) -> Build:
        name, spec = build.__name__, getfullargspec(build)
        end = f"end{name}"

        def compile_block(parser: Parser, token: Token) -> Block:
            bits = token.split_contents()[1:]
            shape = (spec.args, spec.varargs, spec.varkw, spec.defaults, spec.kwonlyargs, spec.kwonlydefaults)
            args, kwargs = parse_bits(parser, bits, *shape, False, name)  # type: ignore[call-arg, arg-type]
            body, actions = parser.parse(("actions", end)), NodeList()
            if parser.next_token().contents == "actions":
                actions = parser.parse((end,))
                parser.delete_first_token()
            return Block(build, f"components/{name}.html", args, kwargs, body, actions)

        register.tag(name, compile_block)
        return build

    return decorate
