"""People with names and telephone numbers."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

_FIRST = {
    "us": [
        "Olivia",
        "Marcus",
        "Priya",
        "Daniel",
        "Grace",
        "Tyrone",
        "Hannah",
        "Luis",
        "Megan",
        "Omar",
        "Kayla",
        "Victor",
        "Ruth",
        "Andre",
        "Nina",
        "Caleb",
        "Joy",
        "Samuel",
        "Tessa",
        "Wesley",
        "Imani",
        "Peter",
        "Aisha",
        "Colin",
    ],
    "uk": [
        "Imogen",
        "Callum",
        "Freya",
        "Rhys",
        "Harriet",
        "Nikhil",
        "Poppy",
        "Alasdair",
        "Maeve",
        "Declan",
    ],
    "es": ["Lucía", "Mateo", "Camila", "Joaquín", "Valeria", "Andrés", "Ximena", "Iñaki"],
    "de": ["Jürgen", "Annika", "Matthias", "Käthe", "Lukas", "Friederike", "Björn", "Sabine"],
}
_LAST = {
    "us": [
        "Whitfield",
        "Okafor",
        "Raman",
        "Castellano",
        "Burke",
        "Delgado",
        "Lindqvist",
        "Moreau",
        "Hargrove",
        "Tran",
        "Abbott",
        "Nakamura",
        "Pruitt",
        "Sandoval",
        "Keller",
        "Osei",
        "Fontaine",
        "Mbeki",
        "Larkin",
        "Duarte",
    ],
    "uk": [
        "Ashdown",
        "Pemberton",
        "Llewellyn",
        "Fairbairn",
        "Chaudhry",
        "Thistlewood",
        "Kavanagh",
        "Redfern",
    ],
    "es": ["Echeverría", "Muñoz", "Villalobos", "Quintana", "Peñaloza", "Araújo", "Ibáñez"],
    "de": ["Schröder", "Weißmann", "Vogelsang", "Köhler", "Brandstätter", "Hübner"],
}
_US_AREAS = (415, 212, 303, 512, 206, 617)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person with a number from a range reserved for fiction."""

    first: str
    last: str
    number: str
    email: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


def draw_person(rng: Random, locale: str) -> Person:
    """Draw a person of a locale: us, uk, es (with an American number) or de."""
    first, last = rng.choice(_FIRST[locale]), rng.choice(_LAST[locale])
    email = f"{_ascii(first)}.{_ascii(last)}@example.com".lower()
    return Person(first, last, draw_number(rng, locale), email)


def draw_number(rng: Random, locale: str) -> str:
    """Draw an E.164 number nobody owns."""
    if locale == "uk":
        return f"+447700900{rng.randrange(1000):03}"
    if locale == "de":
        return f"+493023125{rng.randrange(1000):03}"
    return f"+1{rng.choice(_US_AREAS)}55501{rng.randrange(100):02}"


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    return plain.encode("ascii", "ignore").decode()
