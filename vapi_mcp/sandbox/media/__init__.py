"""Recordings, captures, videos and logs of simulated calls."""

from __future__ import annotations

from vapi_mcp.sandbox.media.logs import call_log
from vapi_mcp.sandbox.media.pcap import capture
from vapi_mcp.sandbox.media.sample_video import video
from vapi_mcp.sandbox.media.wav import Track, recording

__all__ = ["Track", "call_log", "capture", "recording", "video"]
