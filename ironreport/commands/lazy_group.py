"""A group of commands that loads a command when it is called: ``ironreport --version`` needs no scientific library."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup


class LazyGroup(TyperGroup):
    """A group whose commands stand elsewhere; only the help of the whole group loads all of them."""

    WHERE: ClassVar[dict[str, str]] = {
        "fit": "exam_commands:fit",
        "report": "exam_commands:report",
        "export": "exam_commands:export",
        "inspect": "exam_commands:inspect",
        "check": "check_commands:check",
        "selftest": "check_commands:selftest",
        "batch": "batch_commands:batch",
        "clinic": "clinic_commands:clinic_app",
        "receive": "receive_commands:receive",
        "fetch": "receive_commands:fetch",
        "watch": "receive_commands:watch",
        "validate": "validation_commands:validate",
    }
    """Name of a command, its module in this folder, and the function or group there."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Those declared with the group, then those that stand elsewhere."""
        return [*super().list_commands(ctx), *self.WHERE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, loaded now."""
        if cmd_name not in self.WHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = self.WHERE[cmd_name].partition(":")
        return _as_click(cmd_name, getattr(import_module(f"ironreport.commands.{module}"), name))


def _as_click(name: str, found: Any) -> Any:
    group = found
    if not isinstance(found, typer.Typer):
        group = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        group.command(name)(found)
    command = typer.main.get_command(group)
    command.name = name
    return command
