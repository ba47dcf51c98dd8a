"""The rules of counting, pure: time is an argument; no clock, file or socket is read here.

`pipeline.process` is the whole way of a record. Where to look for a rule of counting:

1. identity, of contents that differ one counts: `interactions` and `votes` (``content``)
2. completion, of several the greatest counts: `interactions`
3. match, and its bounds: `matching`
4. one vote an interaction: `matching`
5. windows, aligned and half-open: `sums`
6. scopes (`vocabulary`, `sums.window_keys`) and what each interaction adds (`contributions`)
7. late is not lost: `frontier` (who owns an hour), `loading` (what left memory), `changing`
8. scores, from counts alone: `models.scores`
9. what is no event: `decoding`, by `models.bulk` or `models.codec`, and `models.envelope`

Score drops stand beside the counting, not in the pipeline yet: `baseline` says what is expected
of a desk, `drop_evidence` and `drop_detector` when its votes say otherwise, `alarm_thresholds` how
sure that must be.

What must be written again after a batch says `dirty`; as which rows, `rows`. Everything that is
held between two batches is `memory` and `sums`.
"""
