"""The variables that a template needs are those it shows without any other text."""

from __future__ import annotations

import pytest

from vapi_mcp.invocation.writes.variables.liquid import variables_in


@pytest.mark.parametrize(
    ("template", "needed"),
    [
        ("Hello", set()),
        ("Hello {{name}}, {{ plan }}", {"name", "plan"}),
        ("{{- order.items[0].title -}} {{ order.id | upcase }}", {"order.items", "order.id"}),
        ("{{ name | default: 'friend' }} {{ a | upcase | default: \"b|c\" }}", set()),
        ("{{now}} {{date}} {{time}} {{month}} {{day}} {{year}} {{timezone}}", set()),
        ("{{customer.name}} {{customer.number}} {{transport.conversationType}}", set()),
        ('{{"now" | date: "%b %d", "America/New_York"}} {{ 3 }} {{ true }}', set()),
        ("{% if plan %}Your plan is {{plan}}.{% endif %}", set()),
        ("{% assign day_name = 'now' | date: '%A' %}{{ day_name }} {{ city }}", {"city"}),
        ("{% for each in orders %}{{ each.id }}{{ forloop.index }}{% endfor %}", set()),
        ("{% raw %}{{ name }}{% endraw %} {% comment %}{{ name }}{% endcomment %}", set()),
        ("{{ customer_name }}", {"customer_name"}),
        ("{{", set()),
        ("{{}} {{ }} {{{name}}}", {"name"}),
    ],
)
def test_a_template_needs_what_it_shows(template: str, needed: set[str]) -> None:
    assert variables_in(template) == needed
