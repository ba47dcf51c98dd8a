"""Alerts in installations at work: made of drops, and what people do about them."""
