"""What all parts of SEMKO speak of: events, facts, windows, scores. Pure: no clock, no I/O."""
