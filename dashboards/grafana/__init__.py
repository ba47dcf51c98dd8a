"""Grafana as code: dashboards, alert rules and the data source. Knows SEMKO's views, no store."""
