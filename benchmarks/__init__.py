"""Measurements: of the product, of its peers, and of its detection."""
