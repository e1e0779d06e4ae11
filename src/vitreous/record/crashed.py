"""What is to be known of an exception that ended the training that was watched."""

from __future__ import annotations

import traceback

from vitreous.record.facts import Crash
from vitreous.record.places import Place, is_users
from vitreous.record.session import Session


def crash(error: BaseException, session: Session) -> Crash:
    """The exception with the user's own lines in its trail, and the operation that failed if it was being heard."""
    import torch

    places = []
    trail = error.__traceback__
    while trail is not None:
        code = trail.tb_frame.f_code
        if is_users(code):
            places.append(Place(code.co_filename, trail.tb_lineno, code.co_name))
        trail = trail.tb_next
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        places.append(Place(error.filename, error.lineno))
    training = session.steps.backwards > 0 or session.models.sites or session.losses.rows
    failed = session.traces.failed
    frames = traceback.extract_tb(error.__traceback__)
    return Crash(
        type(error).__name__, str(error)[:2000], places[::-1][:6], failed.number if failed else None, session.step,
        ("training" if torch.is_grad_enabled() else "evaluation") if training else "setup",
        "".join(traceback.format_list(frames[-6:]))[:4000],
    )  # fmt: skip
