"""How a webhook is signed: ``t=<unix seconds>,v1=<hexadecimal HMAC-SHA256 of "t.body">``.

The scheme is that of Stripe's webhooks (https://docs.stripe.com/webhooks#verify-manually): the time
is signed along, so an old message cannot be played back for ever. Pure.
"""

import hashlib
import hmac

HEADER = "X-Semko-Signature"
TOLERANCE_SECONDS = 300
"""So far a receiver should let the signed time be from its own."""


def signature(secret: str, body: bytes, seconds: int) -> str:
    """The header's value for a body sent at ``seconds`` since 1970."""
    digest = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def verified(secret: str, header: str, body: bytes, seconds: float) -> bool:
    """Whether ``body`` came from who knows the secret, not long before ``seconds`` since 1970."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    sent = parts.get("t", "")
    if not (sent.isascii() and sent.isdigit()) or abs(seconds - int(sent)) > TOLERANCE_SECONDS:
        return False
    return hmac.compare_digest(signature(secret, body, int(sent)), header)
