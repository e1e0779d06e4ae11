"""``vitreous`` and ``python -m vitreous``: runs the command line and words its errors."""

from __future__ import annotations

import os
import sys

from vitreous.errors import VitreousError


def main() -> None:
    """Runs one command; an error is one or two lines on standard error, never a traceback."""
    # Waiting threads that sleep cost a little on an idle machine; ones that spin cost everything on a
    # busy one: an epoch of two seconds took eighty. It must stand before torch loads OpenMP.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    from vitreous.cli.app import app

    try:
        app()
    except VitreousError as error:
        where = f"{error.where}: " if error.where else ""
        print(f"error: {_plain(where + error.message)}", file=sys.stderr)
        if error.hint:
            print(f"       {_plain(error.hint)}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output is gone, as in `vitreous runs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _plain(text: str) -> str:
    """Without what would steer the terminal: names of files are part of errors, and anybody's."""
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)


if __name__ == "__main__":
    main()
