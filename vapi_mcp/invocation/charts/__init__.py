"""Figures of Vapi as a chart shows them."""
