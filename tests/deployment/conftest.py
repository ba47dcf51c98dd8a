"""One walk through the Dockerfile for all tests that look at what comes of it."""

import pytest

from tests.deployment.dockerfile import Walk


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The first stage of the image, done in a folder outside of the checkout."""
    return Walk(tmp_path_factory.mktemp("image"))
