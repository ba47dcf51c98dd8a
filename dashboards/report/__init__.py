"""Pages for managers about an office, a desk or a service: rendered here, without a script."""
