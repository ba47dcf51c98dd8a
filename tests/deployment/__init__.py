"""What is deployed: image, composition, service and proxy, as far as no Docker is needed."""
