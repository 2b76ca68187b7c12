"""The SIP messages of a simulated call."""

from __future__ import annotations

from dataclasses import dataclass

from vapi_mcp.sandbox.media.packets import Host


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call: who it is and where it speaks."""

    user: str
    host: Host
    rtp_port: int

    @property
    def uri(self) -> str:
        """The SIP address."""
        return f"sip:{self.user}@{self.host.address}"


@dataclass(frozen=True, slots=True)
class Dialog:
    """A SIP call between two parties; every message of it is text of RFC 3261."""

    call_id: str
    caller: Party
    callee: Party

    def invite(self) -> bytes:
        """The caller asks, and says where it wants to hear."""
        return self._request("INVITE", 1, self.caller, body=_sdp(self.caller))

    def answer(self, status: str, *, with_media: bool = False) -> bytes:
        """The callee answers the INVITE."""
        body = _sdp(self.callee) if with_media else ""
        return self._message(f"SIP/2.0 {status}", "INVITE", 1, self.callee, body)

    def acknowledge(self) -> bytes:
        """The caller confirms the answer."""
        return self._request("ACK", 1, self.caller)

    def hang_up(self) -> bytes:
        """The caller ends the call."""
        return self._request("BYE", 2, self.caller)

    def confirm_end(self) -> bytes:
        """The callee confirms the end."""
        return self._message("SIP/2.0 200 OK", "BYE", 2, self.callee)

    def _request(self, method: str, number: int, sender: Party, body: str = "") -> bytes:
        target = self.callee if sender == self.caller else self.caller
        return self._message(f"{method} {target.uri} SIP/2.0", method, number, sender, body)

    def _message(
        self, first: str, method: str, number: int, sender: Party, body: str = ""
    ) -> bytes:
        tag = self.call_id[:8]
        is_trying = first.endswith("100 Trying")
        is_opening = first.startswith("INVITE") or is_trying
        lines = [
            first,
            f"Via: SIP/2.0/UDP {self.caller.host.address}:5060;branch=z9hG4bK{tag}{method}",
            "Max-Forwards: 70",
            f"From: <{self.caller.uri}>;tag={tag}a",
            f"To: <{self.callee.uri}>" + ("" if is_opening else f";tag={tag}b"),
            f"Call-ID: {self.call_id}",
            f"CSeq: {number} {method}",
            f"Contact: <{sender.uri}:5060>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def _sdp(party: Party) -> str:
    address = party.host.address
    lines = (
        "v=0",
        f"o=- 1 1 IN IP4 {address}",
        "s=call",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=audio {party.rtp_port} RTP/AVP 0",
        "a=rtpmap:0 PCMU/8000",
        "a=ptime:20",
        "a=sendrecv",
    )
    return "\r\n".join(lines) + "\r\n"
