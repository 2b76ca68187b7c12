"""Subscriptions to events and their deliveries in SQL."""
