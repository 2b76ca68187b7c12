"""The board that the dashboard opens with: made when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.resources.crud import Handler, object_answer
from vapi_mcp.sandbox.state.sandbox import Sandbox

_KEY = "metrics-overview"
_WIDGETS = ("concurrency_chart", "average_cost_breakdown_chart", "failed_calls_list")


def default_board(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with the default board."""
    del asked
    known = (board for board in sandbox.all("board") if board.get("systemKey") == _KEY)
    board = next(known, None) or sandbox.create(
        "board",
        {
            "name": "Metrics Overview",
            "systemKey": _KEY,
            "layout": {"columns": 6},
            "items": [
                {"type": kind, "position": {"x": 2 * at, "y": 0}, "size": {"width": 2, "height": 2}}
                for at, kind in enumerate(_WIDGETS)
            ],
        },
    )
    return object_answer(sandbox, "board", board)


HANDLERS: Mapping[str, Handler] = {"GET /reporting/board/default/metrics-overview": default_board}
