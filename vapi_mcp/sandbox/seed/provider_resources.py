"""Provider resources of a fresh sandbox."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom, hex_string, uuid4_of

Part = dict[str, Any]


def _alias(word: str, alias: str) -> Part:
    return {"stringToReplace": word, "type": "alias", "alias": alias}


def _phoneme(word: str, phoneme: str) -> Part:
    return {
        "stringToReplace": word,
        "type": "phoneme",
        "phoneme": phoneme,
        "alphabet": "cmu-arpabet",
    }


_RULES: dict[str, tuple[str, list[Part]]] = {
    "dental-names": (
        "Brightwater names",
        [_phoneme("Osei", "OW S EY"), _alias("BW", "B W"), _alias("Dr.", "Doctor")],
    ),
    "renewal-terms": (
        "Kestrel Care terms",
        [_alias("KC", "Kestrel Care"), _phoneme("Kestrel", "K EH S T R AH L")],
    ),
}
_ITEMS: dict[str, tuple[str, list[Part]]] = {
    "northfold-products": (
        "Northfold products",
        [{"text": "LUMA", "alias": "loo-mah"}, {"text": "HOLT", "alias": "hohlt"}],
    ),
    "northfold-orders": (
        "Northfold orders",
        [{"text": "NF-", "alias": "N F "}, {"text": "e.g.", "alias": "for example"}],
    ),
}


def seed_provider_resources(draws: SeededRandom) -> list[Part]:
    """Return two pronunciation dictionaries of each provider."""
    dictionaries = [_elevenlabs(draws, key) for key in _RULES]
    return dictionaries + [_cartesia(draws, key) for key in _ITEMS]


def _elevenlabs(draws: SeededRandom, key: str) -> Part:
    name, rules = _RULES[key]
    rng = draws.stream("dictionary", key)
    resource_id = hex_string(rng, 20)
    version = hex_string(rng, 20)
    resource = {"id": resource_id, "versionId": version, "name": name, "rules": rules}
    return _dictionary(draws, key, "11labs", resource)


def _cartesia(draws: SeededRandom, key: str) -> Part:
    name, items = _ITEMS[key]
    resource_id = uuid4_of(draws.stream("dictionary", key))
    return _dictionary(draws, key, "cartesia", {"id": resource_id, "name": name, "items": items})


def _dictionary(draws: SeededRandom, key: str, provider: str, resource: Part) -> Part:
    return draws.stamped("provider-resource", key, 60) | {
        "provider": provider,
        "resourceName": "pronunciation-dictionary",
        "resourceId": resource["id"],
        "resource": resource,
    }
