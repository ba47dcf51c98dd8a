"""Tests of Grafana's dashboards: their queries, files, and the way into a Grafana."""
