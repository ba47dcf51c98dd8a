"""The scores as tables for Python: ``semko.connect(url).scores(by="desk")``.

Asks the analysts' door over HTTP. Knows no store and no command.
"""

from client.asking import Client
from client.frames import Scores

__all__ = ["Client", "Scores"]
