"""Assistants of a fresh sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom
from vapi_mcp.sandbox.seed.texts import prompt

Part = dict[str, Any]

_DEEPGRAM: Part = {"provider": "deepgram", "model": "nova-3", "language": "en", "numerals": True}
_FLUX: Part = {"provider": "deepgram", "model": "flux-general-en", "language": "en"}
_ASSEMBLY: Part = {"provider": "assembly-ai", "language": "en", "formatTurns": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What makes one assistant different from the others.

    `tools`, `outputs` and `scorecards` hold keys of the modules that seed those; `prompt` names the
    system prompt's file.
    """

    key: str
    prompt: str
    name: str
    model: Part
    voice: Part
    transcriber: Part
    first_message: str
    tools: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ("resolved", "category")
    scorecards: tuple[str, ...] = ()
    locale: str = "us"
    days_old: float = 120
    extras: Part | None = None


PROFILES = {
    profile.key: profile
    for profile in (
        Profile(
            key="reception",
            prompt="reception",
            name="Brightwater Dental Reception",
            model={"provider": "openai", "model": "gpt-4.1", "temperature": 0.4, "maxTokens": 250},
            voice={"provider": "11labs", "voiceId": "sarah", "model": "eleven_turbo_v2_5"},
            transcriber=_DEEPGRAM | {"model": "nova-3-medical", "keyterm": ["Osei", "Fisk"]},
            first_message="Brightwater Dental, this is Maya. How can I help you?",
            tools=("availability", "book", "sms", "policies", "end"),
            outputs=("resolved", "category", "appointment"),
            scorecards=("booking",),
            days_old=210,
            extras={"backgroundSound": "office", "endCallPhrases": ["goodbye for now"]},
        ),
        Profile(
            key="reminder",
            prompt="reminder",
            name="Brightwater Dental Reminders",
            model={"provider": "openai", "model": "gpt-4.1-mini", "temperature": 0.2},
            voice={"provider": "11labs", "voiceId": "sarah", "model": "eleven_flash_v2_5"},
            transcriber=_DEEPGRAM,
            first_message="Hello, this is Maya from Brightwater Dental. Am I speaking with "
            "{{firstName}}?",
            tools=("availability", "book", "end"),
            scorecards=("booking",),
            extras={
                "voicemailDetection": {"provider": "vapi", "type": "audio"},
                "voicemailMessage": "Hello, Brightwater Dental here. Please call us back when you "
                "have a minute. Thank you.",
            },
        ),
        Profile(
            key="support",
            prompt="support",
            name="Customer Support",
            model={"provider": "openai", "model": "gpt-5.2", "reasoningEffort": "low"},
            voice={"provider": "cartesia", "voiceId": "a0e99841-438c-4a64-b679-ae501e7d6091"},
            transcriber=_FLUX,
            first_message="Northfold Home support, good to have you on the line. What happened?",
            tools=("customer", "track", "refund", "policies", "sms", "transfer", "end"),
            outputs=("empathy", "resolved", "category", "order"),
            scorecards=("support-quality", "empathy"),
            days_old=300,
            extras={"maxDurationSeconds": 1800},
        ),
        Profile(
            key="triage",
            prompt="triage",
            name="Support Triage",
            model={"provider": "groq", "model": "llama-3.3-70b-versatile", "temperature": 0.1},
            voice={"provider": "cartesia", "voiceId": "a0e99841-438c-4a64-b679-ae501e7d6091"},
            transcriber=_DEEPGRAM | {"language": "multi"},
            first_message="Northfold Home, who am I speaking with and what is it about?",
        ),
        Profile(
            key="billing",
            prompt="billing",
            name="Billing Specialist",
            model={"provider": "anthropic", "model": "claude-sonnet-4-5-20250929"},
            voice={"provider": "openai", "voiceId": "marin", "model": "gpt-4o-mini-tts"},
            transcriber=_DEEPGRAM | {"language": "multi"},
            first_message="",
            tools=("customer", "refund", "transfer", "end"),
            outputs=("empathy", "resolved", "category", "order"),
            scorecards=("support-quality",),
            extras={"firstMessageMode": "assistant-speaks-first-with-model-generated-message"},
        ),
        Profile(
            key="technical",
            prompt="technical",
            name="Technical Specialist",
            model={"provider": "anthropic", "model": "claude-haiku-4-5-20251001"},
            voice={"provider": "deepgram", "voiceId": "orion", "model": "aura-2"},
            transcriber=_DEEPGRAM,
            first_message="",
            tools=("customer", "policies", "transfer"),
            extras={"firstMessageMode": "assistant-speaks-first-with-model-generated-message"},
        ),
        Profile(
            key="renewals",
            prompt="renewals",
            name="Kestrel Care Renewals",
            model={"provider": "xai", "model": "grok-4-fast-non-reasoning", "temperature": 0.5},
            voice={"provider": "11labs", "voiceId": "ryan", "stability": 0.55, "speed": 1.05},
            transcriber=_ASSEMBLY,
            first_message="Good day, this is Alex for Kestrel Care, on a recorded line. Is this "
            "{{firstName}}, and do you have two minutes?",
            tools=("customer", "sms", "policies", "end"),
            outputs=("resolved", "category", "qualified"),
            scorecards=("sales",),
            extras={
                "voicemailDetection": {"provider": "twilio", "enabled": True},
                "voicemailMessage": "Alex from Kestrel Care here. I call you again tomorrow.",
            },
        ),
        Profile(
            key="restaurant",
            prompt="restaurant",
            name="Casa Almendra · Reservas",
            model={"provider": "google", "model": "gemini-2.5-flash", "temperature": 0.7},
            voice={"provider": "azure", "voiceId": "es-ES-ElviraNeural"},
            transcriber={"provider": "gladia", "model": "solaria-1", "languages": ["es", "en"]},
            first_message="Casa Almendra, le habla Lola. ¿En qué puedo ayudarle?",
            tools=("reserve", "policies"),
            locale="es",
        ),
        Profile(
            key="qualifier",
            prompt="qualifier",
            name="Sunhollow Lead Qualification",
            model={"provider": "openai", "model": "gpt-4o", "temperature": 0.6},
            voice={"provider": "vapi", "voiceId": "Elliot"},
            transcriber={"provider": "openai", "model": "gpt-4o-mini-transcribe", "language": "en"},
            first_message="Hi, I'm Juno from Sunhollow Solar. What made you think about solar?",
            tools=("score", "availability", "event"),
            outputs=("resolved", "qualified", "category"),
            scorecards=("sales",),
        ),
        Profile(
            key="delivery",
            prompt="delivery",
            name="Kestrel Delivery Notices",
            model={"provider": "openai", "model": "gpt-4.1-nano", "temperature": 0},
            voice={"provider": "rime-ai", "voiceId": "cove", "model": "mistv2"},
            transcriber=_DEEPGRAM | {"model": "nova-2-phonecall"},
            first_message="Hello, this is the automatic assistant of Kestrel Courier. Parcel "
            "{{parcel}} comes today between {{windowStart}} and {{windowEnd}} to {{street}}. Will "
            "somebody be at home?",
            tools=("track", "keypad", "end"),
            outputs=("resolved",),
            locale="uk",
            extras={
                "maxDurationSeconds": 120,
                "voicemailDetection": {"provider": "vapi", "type": "audio"},
                "voicemailMessage": "Kestrel Courier: your parcel comes today between two and "
                "four. Goodbye.",
            },
        ),
        Profile(
            key="depot",
            prompt="depot",
            name="Kestrel Depot Reconciliation",
            model={
                "provider": "openrouter",
                "model": "mistralai/mistral-small-3.2",
                "maxTokens": 80,
            },
            voice={"provider": "lmnt", "voiceId": "morgan", "speed": 1.1},
            transcriber={"provider": "soniox", "model": "stt-rt-v5", "language": "en"},
            first_message="Kestrel reconciliation line. Which depot, and who is on shift?",
            tools=("track",),
            outputs=("resolved",),
            locale="uk",
            extras={"maxDurationSeconds": 10800},
        ),
        Profile(
            key="workshop",
            prompt="workshop",
            name="Brandt & Söhne Werkstatt",
            model={"provider": "openai", "model": "gpt-4.1", "temperature": 0.3},
            voice={"provider": "azure", "voiceId": "de-DE-KatjaNeural"},
            transcriber={"provider": "azure", "language": "de-DE"},
            first_message="Autowerkstatt Brandt und Söhne, guten Tag. Was kann ich für Sie tun?",
            tools=("customer", "availability", "book", "transfer"),
            locale="de",
            days_old=64,
        ),
        Profile(
            key="concierge",
            prompt="concierge",
            name="Lantern Hotel Concierge",
            model={
                "provider": "custom-llm",
                "url": "https://llm.example.com/v1/chat",
                "model": "lantern-8b",
            },
            voice={"provider": "tavus", "voiceId": "r52da2535a"},
            transcriber={"provider": "11labs", "model": "scribe_v2_realtime", "language": "en"},
            first_message="Good evening, Ferris at your service. What may I do for you?",
            tools=("hotel",),
            days_old=35,
        ),
    )
}


def seed_assistants(draws: SeededRandom) -> list[Part]:
    """Return the assistants, one for each profile."""
    return [_assistant(draws, profile) for profile in PROFILES.values()]


def _assistant(draws: SeededRandom, profile: Profile) -> Part:
    model = profile.model | {"messages": [{"role": "system", "content": prompt(profile.prompt)}]}
    if profile.tools:
        model["toolIds"] = [draws.id_of("tool", key) for key in profile.tools]
    return draws.stamped("assistant", profile.key, profile.days_old) | {
        "name": profile.name,
        "model": model,
        "voice": profile.voice,
        "transcriber": profile.transcriber,
        "firstMessage": profile.first_message,
        "firstMessageMode": "assistant-speaks-first",
        "maxDurationSeconds": 600,
        "analysisPlan": _analysis_plan(),
        "artifactPlan": _artifact_plan(draws, profile),
        "startSpeakingPlan": {"waitSeconds": 0.4, "smartEndpointingPlan": {"provider": "livekit"}},
        "stopSpeakingPlan": {"numWords": 2, "voiceSeconds": 0.2, "backoffSeconds": 1},
        "monitorPlan": {"listenEnabled": True, "controlEnabled": True},
        "server": {"url": f"https://hooks.example.com/vapi/{profile.key}", "timeoutSeconds": 20},
        "serverMessages": ["end-of-call-report", "status-update", "tool-calls"],
        "metadata": {"team": profile.key, "owner": "operations@example.com"},
        **(profile.extras or {}),
    }


def _analysis_plan() -> Part:
    return {
        "summaryPlan": {"enabled": True},
        "structuredDataPlan": {
            "enabled": True,
            "schema": {"type": "object", "properties": {"outcome": {"type": "string"}}},
        },
        "successEvaluationPlan": {"enabled": True, "rubric": "PassFail"},
    }


def _artifact_plan(draws: SeededRandom, profile: Profile) -> Part:
    return {
        "recordingEnabled": True,
        "recordingFormat": "wav;l16",
        "videoRecordingEnabled": profile.key == "concierge",
        "pcapEnabled": True,
        "loggingEnabled": True,
        "transcriptPlan": {"enabled": True},
        "structuredOutputIds": [draws.id_of("structured-output", key) for key in profile.outputs],
        "scorecardIds": [draws.id_of("scorecard", key) for key in profile.scorecards],
    }
