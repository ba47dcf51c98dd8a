"""Whether the `semko` of this container is well: exit code 0, or 1 and why.

    python healthy.py            it answers at all (/healthz)
    python healthy.py /readyz    it has loaded what it owns

Knows the port from ``SEMKO_WORKER_HTTP`` of a worker, else from ``SEMKO_HTTP`` of a gateway.
"""

import http.client
import os
import sys

SECONDS = 4


def main() -> int:
    """Ask once; the exit code."""
    path = sys.argv[1] if len(sys.argv) > 1 else "/healthz"
    asked = os.environ.get("SEMKO_WORKER_HTTP") or os.environ.get("SEMKO_HTTP", "127.0.0.1:8080")
    port = asked.rpartition(":")[2]
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = f"{path} answers {answer.status}: {answer.read(500).decode(errors='replace')}"
        well = answer.status == 200
    except OSError as problem:
        said, well = f"port {port} does not answer: {problem}", False
    finally:
        connection.close()
    sys.stdout.write(said + "\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
