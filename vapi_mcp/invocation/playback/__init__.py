"""A call as a player shows it: what was said when, what it cost, how it sounds."""
