"""The page's colours, light and dark: Okabe-Ito hues, shaded so that each is readable on its paper.

A plot is drawn once. Its specification names colours by sentinels, impossible-looking hex values that
`vitreous.report.drawing` replaces in the SVG by CSS variables, so that one drawing serves both modes.
"""

from __future__ import annotations

SERIES = 7
LEVELS = 7

LIGHT = {
    "paper": "#fdfdfb", "panel": "#f5f5f1", "ink": "#1d1d1b", "muted": "#5b5b56", "line": "#dcdcd5",
    "grid": "#e7e7e1", "accent": "#005a8e", "good": "#00694d", "bad": "#a33b00", "band": "#e3eef6",
    "s0": "#0072b2", "s1": "#d55e00", "s2": "#008a64", "s3": "#b4588d",
    "s4": "#b07500", "s5": "#3389bf", "s6": "#4a4a46",
    "h0": "#f4f5f6", "h1": "#dce9f3", "h2": "#b9d6ea", "h3": "#8dbfe0", "h4": "#559dca", "h5": "#1a6ca3",
    "h6": "#0b4a75",
    "k0": "#1d1d1b", "k1": "#1d1d1b", "k2": "#1d1d1b", "k3": "#1d1d1b", "k4": "#101010", "k5": "#ffffff",
    "k6": "#ffffff",
}  # fmt: skip
DARK = {
    "paper": "#15171a", "panel": "#1d2024", "ink": "#e9e7e2", "muted": "#a8a7a2", "line": "#35393e",
    "grid": "#2a2e33", "accent": "#7cc4f2", "good": "#5ed2ac", "bad": "#ff9c69", "band": "#1b2f3f",
    "s0": "#56b4e9", "s1": "#f0843c", "s2": "#2cc295", "s3": "#dd93bb",
    "s4": "#e69f00", "s5": "#8fd0f5", "s6": "#c9c8c3",
    "h0": "#23272b", "h1": "#24394a", "h2": "#26506f", "h3": "#2a6996", "h4": "#4f9dd1", "h5": "#80c0ea",
    "h6": "#b8e0fa",
    "k0": "#e9e7e2", "k1": "#e9e7e2", "k2": "#f2f2f2", "k3": "#ffffff", "k4": "#0b0e11", "k5": "#0b0e11",
    "k6": "#0b0e11",
}  # fmt: skip

SENTINELS = {name: f"#01{place:02x}fe" for place, name in enumerate(LIGHT)}
VARIABLES = {sentinel: f"var(--{name})" for name, sentinel in SENTINELS.items()}


def color(name: str) -> str:
    """The sentinel that stands for a colour in a plot's specification."""
    return SENTINELS[name]


def series(many: int) -> list[str]:
    """Sentinels for so many lines."""
    return [SENTINELS[f"s{place % SERIES}"] for place in range(many)]


def level(share: float) -> int:
    """The shade, 0 to 6, of a share between 0 and 1."""
    return min(max(int(share * LEVELS), 0), LEVELS - 1)


def css() -> str:
    """Both modes as CSS; paper is always light."""

    def variables(colors: dict[str, str]) -> str:
        return "".join(f"--{name}:{value};" for name, value in colors.items())

    return (
        f":root{{color-scheme:light dark;{variables(LIGHT)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{variables(DARK)}}}}}"
    )
