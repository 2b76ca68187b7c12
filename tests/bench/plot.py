"""The plot of `docs/performance.md`: bars on a logarithmic scale, as SVG, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

_WIDTH = 860
_LEFT, _RIGHT = 230, 60
_BAR, _GAP, _HEADING = 15, 5, 34
_LEAST, _MOST = 0.003, 5.0
_TICKS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
_STYLE = """
text { font-family: system-ui, sans-serif; font-size: 12px; fill: #24292f }
.heading { font-weight: 600; font-size: 13px }
.tick { font-size: 11px; fill: #57606a }
.grid { stroke: #d0d7de; stroke-width: 1 }
.floor { stroke: #24292f; stroke-width: 1.5; stroke-dasharray: 4 3 }
.goal { stroke: #bf3989; stroke-width: 2.5 }
.ours { fill: #0969da } .sdk { fill: #8c959f } .peer { fill: #bc8c4c } .before { fill: #80b8f0 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .tick { fill: #9198a1 }
  .grid { stroke: #30363d }
  .floor { stroke: #e6edf3 }
  .goal { stroke: #ff80c8 }
  .ours { fill: #4493f8 } .sdk { fill: #6e7681 } .peer { fill: #c69026 } .before { fill: #1f4f86 }
}
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A ratio to the floor; kind is the class of its colour, goal where one is set."""

    label: str
    ratio: float
    kind: str
    goal: float | None = None


def svg(groups: Mapping[str, Sequence[Bar]], title: str) -> str:
    """Return the plot: a group of bars for each heading."""
    parts: list[str] = []
    top = 64
    for heading, bars in groups.items():
        parts.append(_text(12, top + 16, heading, "heading"))
        for number, bar in enumerate(bars):
            parts += _bar(bar, top + _HEADING - 8 + number * (_BAR + _GAP))
        top += _HEADING + len(bars) * (_BAR + _GAP)
    height = top + 14
    size = f'width="{_WIDTH}" viewBox="0 0 {_WIDTH} {height}"'
    named = f'role="img" aria-label="{escape(title)}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {named}>',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            _text(12, 22, title, "heading"),
            *_grid(height),
            *parts,
            "</svg>",
            "",
        ]
    )


def _grid(height: int) -> Iterable[str]:
    for tick in _TICKS:
        kind = "floor" if tick == 1 else "grid"
        x = f"{_x(tick):.1f}"
        yield f'<line class="{kind}" x1="{x}" x2="{x}" y1="54" y2="{height - 10}"/>'
        label = "F1 = 1" if tick == 1 else f"{tick:g}"
        yield f'<text class="tick" x="{x}" y="46" text-anchor="middle">{label}</text>'


def _bar(bar: Bar, y: int) -> Iterable[str]:
    end = _x(bar.ratio)
    middle = y + _BAR - 3
    yield f'<text x="{_LEFT - 8}" y="{middle}" text-anchor="end">{escape(bar.label)}</text>'
    yield (
        f'<rect class="{bar.kind}" x="{_LEFT}" y="{y}" height="{_BAR}" '
        f'width="{max(end - _LEFT, 1):.1f}"/>'
    )
    yield _text(end + 6, middle, f"{bar.ratio:.2f}", "tick")
    if bar.goal:
        x = f"{_x(bar.goal):.1f}"
        yield f'<line class="goal" x1="{x}" x2="{x}" y1="{y - 2}" y2="{y + _BAR + 2}"/>'


def _text(x: float, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y}">{escape(text)}</text>'


def _x(ratio: float) -> float:
    share = log10(max(ratio, _LEAST) / _LEAST) / log10(_MOST / _LEAST)
    return _LEFT + min(share, 1.0) * (_WIDTH - _LEFT - _RIGHT)
