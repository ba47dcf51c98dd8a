"""Several real workers on a real Kafka over one store: killed, stopped, cut off, and exact."""
