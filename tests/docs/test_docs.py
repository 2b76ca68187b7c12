"""What the documentation says is true of this tree."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from tests.support import references
from tests.support.docs_pages import PAGES, ROOT, fences, text_of
from vapi_mcp.invocation.writes.policy.rules import RULES
from vapi_mcp.registry.scope import check_scope, scope_of
from vapi_mcp.specs.tools.loader import load_specs

README, CONNECT = text_of("README.md"), text_of("docs/connect.md")


def test_made_pages_are_current() -> None:
    assert references.stale() == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_section_finds_its_heading(page: Path) -> None:
    for target, section in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
        linked = (page.parent / target if target else page).read_text()
        headings = re.findall(r"^#+ (.+)$", linked, re.MULTILINE)
        assert section in {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_json_example_is_json(page: Path) -> None:
    for example in fences(page.read_text(), "json"):
        orjson.loads(example)


def test_every_tool_the_pages_name_exists() -> None:
    names = {spec.name for spec in load_specs().tools}
    pattern = r"\b(?:list_all|get_single|create_a|update_a|delete_a)_vapi_\w+"
    for page in PAGES:
        assert set(re.findall(pattern, page.read_text())) <= names, page.name


def test_the_client_configurations_of_the_page_are_json() -> None:
    blocks = re.findall(r'\{"mcpServers".*?\}\}\}(?=`|\n)', CONNECT, re.DOTALL)
    assert len(blocks) == 2
    assert all("vapi" in orjson.loads(block)["mcpServers"] for block in blocks)


def test_the_make_targets_the_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = re.findall(r"(?:`|^ {4})make ((?:[a-z]+ ?)+)", page.read_text(), re.MULTILINE)
        assert {target for names in named for target in names.split()} <= targets, page.name


def test_the_readmes_scopes_are_real() -> None:
    for methods in re.findall(r"--methods (\w+)", README + CONNECT):
        check_scope(scope_of(methods=[methods]), load_specs().tools)


def test_the_table_of_policy_rules_has_every_rule_in_order() -> None:
    page = text_of("docs/writes.md")
    table = page[page.index("| Rule |") : page.index("### Calling hours")]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert named == [*(rule.name for rule in RULES), "time_zone"]


def test_no_page_names_a_place_of_someones_machine() -> None:
    for page in PAGES:
        assert not re.search(r"/(?:home|root|work|Users|tmp)/", page.read_text()), page.name


def test_contributing_names_files_and_functions_that_exist() -> None:
    page = text_of("CONTRIBUTING.md")
    ways = page[page.index("## Follow a call") : page.index("## To change a message")]
    named = re.findall(r"`([a-z_/]+\.py)`(?: `([\w.]+)`)?", ways)
    assert len(named) > 15
    for path, name in named:
        source = (ROOT / "vapi_mcp" / path).read_text()
        for part in filter(None, name.split(".")):
            assert re.search(rf"\b(?:def|class) {part}\b", source), (path, part)
