"""The stream processor: a pure core that counts, and a Faust shell around it."""
