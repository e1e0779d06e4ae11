"""All commands, found by listing this package: a module with a ``command`` function is a command."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import typer

from vitreous import cli

app = typer.Typer(
    name="vitreous",
    help="Train neural networks on your own data, and see through them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from vitreous import __version__

        typer.echo(f"vitreous {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Train neural networks on your own data, and see through them."""


for _info in pkgutil.iter_modules(cli.__path__):
    _module = import_module(f"{cli.__name__}.{_info.name}") if _info.name.startswith("command_") else None
    if _module is not None:
        _context = getattr(_module, "PASS_ON", None)
        app.command(_info.name.removeprefix("command_"), context_settings=_context)(_module.command)
