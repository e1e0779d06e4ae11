"""A run as one offline HTML page (`write`) and as terminal text (`terminal`, `comparison`).

Everything here reads files only: torch is never needed, and what a file says never becomes markup.
"""

from __future__ import annotations

from vitreous.report.images import png_base64
from vitreous.report.page import write
from vitreous.report.terminal import comparison, terminal

__all__ = ["comparison", "png_base64", "terminal", "write"]
