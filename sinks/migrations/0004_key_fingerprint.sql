-- Which secret made the interaction keys of this store.

CREATE TABLE IF NOT EXISTS semko.key_fingerprint
(
    fingerprint String COMMENT 'Tells secrets apart and does not reveal them',
    stored_at DateTime('UTC') DEFAULT now() COMMENT 'When the store was first written with it'
)
ENGINE = MergeTree
ORDER BY fingerprint
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Fingerprint of the secret behind interaction_key; one row.';
