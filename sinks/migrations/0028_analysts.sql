-- What analysts meet: facts and counts as views, without ids of events and without keys, and a comment
-- on every view and on every column that one shows. Comments alone: what the views compute stays.

CREATE VIEW IF NOT EXISTS semko.interaction_facts
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    desk_id LowCardinality(String) COMMENT 'Desk that served the citizen',
    service_id LowCardinality(String) COMMENT 'Service that was delivered',
    channel LowCardinality(String) COMMENT 'counter, mobile, phone, online or post',
    outcome LowCardinality(String) COMMENT 'completed, refused, abandoned or transferred',
    segments Map(String, String) COMMENT 'Declared profile of the citizen: dimension to value',
    completed_at DateTime64(3, 'UTC') COMMENT 'When the service ended; decides hour and day',
    arrived_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the citizen arrived, null if unknown',
    started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the service began, null if unknown',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Legal deadline, null if there is none',
    wait_seconds Nullable(UInt32) COMMENT 'started_at - arrived_at, null if unknown or negative',
    service_seconds Nullable(UInt32) COMMENT 'completed_at - started_at, null if unknown or negative',
    overdue Nullable(UInt8) COMMENT '1 if completed_at is after due_at, null without a deadline',
    score Nullable(UInt8) COMMENT 'Score of the counted vote, 1 (worst) to scale; null without a vote',
    scale Nullable(UInt8) COMMENT 'Scale of the counted vote: 3, 4 or 5; null without a vote',
    reasons Array(LowCardinality(String)) COMMENT 'Reason codes of the counted vote',
    voted_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the counted vote was given, null without a vote',
    match LowCardinality(String) COMMENT 'How the vote was tied: exact (by interaction), desk (by desk and time) or empty',
    moved UInt64 COMMENT 'How many other places (time, desk, service, channel, segments) the interaction had before'
)
AS SELECT
    tenant_id, office_id, desk_id, service_id, channel, outcome, segments, completed_at, arrived_at,
    started_at, due_at, wait_seconds, service_seconds, overdue, score, scale, reasons, voted_at, match,
    length(former) AS moved
FROM semko.interactions FINAL
COMMENT 'One row a completed interaction with its counted vote or none, without ids.';

CREATE VIEW IF NOT EXISTS semko.vote_facts
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    desk_id LowCardinality(String) COMMENT 'Desk where the vote was given',
    terminal_id LowCardinality(String) COMMENT 'Device that took the vote',
    score Nullable(UInt8) COMMENT '1 (worst) to scale',
    scale Nullable(UInt8) COMMENT '3, 4 or 5',
    reasons Array(LowCardinality(String)) COMMENT 'Reason codes',
    voted_at DateTime64(3, 'UTC') COMMENT 'When the face was pressed',
    kind LowCardinality(String) COMMENT 'counted, corrected, repeat, unmatched or test',
    match LowCardinality(String) COMMENT 'How it was tied: exact (by interaction), desk (by desk and time) or empty',
    named UInt8 COMMENT '1 if the vote names its interaction'
)
AS SELECT
    tenant_id, office_id, desk_id, terminal_id, score, scale, reasons, voted_at, kind, match,
    interaction_key != 0 AS named
FROM semko.votes FINAL
COMMENT 'One row a vote event, whatever became of it, without ids.';

CREATE VIEW IF NOT EXISTS semko.window_counts
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    scope LowCardinality(String) COMMENT 'What the row is about: office, desk, service, channel or segment',
    key LowCardinality(String) COMMENT 'Which one: desk, service or channel, dimension=value of a segment, empty for the office',
    window_seconds UInt32 COMMENT 'Length of the window: 60, 900 or 3600 seconds',
    window_start DateTime('UTC') COMMENT 'Start of the half-open window, in UTC',
    completions Int64 COMMENT 'Interactions of every outcome',
    votes Int64 COMMENT 'Interactions with a counted vote',
    v1 Int64 COMMENT 'Votes on the worst face',
    v2 Int64 COMMENT 'Votes on the second face',
    v3 Int64 COMMENT 'Votes on the middle face',
    v4 Int64 COMMENT 'Votes on the fourth face',
    v5 Int64 COMMENT 'Votes on the best face',
    points Int64 COMMENT 'Sum of 10000 (score - 1) / (scale - 1) over the votes',
    points_squared Int64 COMMENT 'Sum of the squares of the points of each vote',
    refused Int64 COMMENT 'Interactions with the outcome refused',
    abandoned Int64 COMMENT 'Interactions with the outcome abandoned',
    transferred Int64 COMMENT 'Interactions with the outcome transferred',
    overdue Int64 COMMENT 'Interactions completed after their deadline',
    due_known Int64 COMMENT 'Interactions with a deadline',
    wait_seconds Int64 COMMENT 'Sum of the known waits, in seconds',
    wait_known Int64 COMMENT 'Interactions whose wait is known'
)
AS SELECT
    tenant_id, office_id, scope, key, window_seconds, window_start, completions, votes, v1, v2, v3, v4,
    v5, points, points_squared, refused, abandoned, transferred, overdue, due_known, wait_seconds,
    wait_known
FROM semko.window_metrics FINAL
WHERE completions > 0
COMMENT 'Every count behind every score, in windows of a minute, a quarter and an hour.';

CREATE VIEW IF NOT EXISTS semko.indicator_series
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    series LowCardinality(String) COMMENT 'Name of the lagging series, such as complaints',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    period_start Date32 COMMENT 'First day of the period, in the time zone of the tenant',
    value Float64 COMMENT 'Value of the series in the period'
)
AS SELECT tenant_id, series, office_id, period_start, value
FROM semko.indicator_values FINAL
COMMENT 'Complaints and other lagging series by office and period.';

CREATE VIEW IF NOT EXISTS semko.board_indicators
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    series LowCardinality(String) COMMENT 'Name of the lagging series',
    cadence LowCardinality(String) COMMENT 'Length of its periods: day, week, month or quarter',
    horizon UInt16 COMMENT 'By how many periods the score is to lead it',
    named_at DateTime64(3, 'UTC') COMMENT 'When that was named; the first naming counts'
)
AS SELECT tenant_id, series, cadence, horizon, named_at
FROM semko.indicators
COMMENT 'Lagging series, and at which horizon the score is to lead each.';

CREATE VIEW IF NOT EXISTS semko.board_progress
(
    topic LowCardinality(String) COMMENT 'completions or votes',
    partition Int64 COMMENT 'Partition of the topic',
    records Int64 COMMENT 'How many of its records are stored facts by now'
)
AS SELECT topic, partition, offset AS records
FROM semko.progress FINAL
COMMENT 'How far the stored facts go in the log.';

CREATE VIEW IF NOT EXISTS semko.board_dirty_hours
(
    tenant_id LowCardinality(String) COMMENT 'Municipality',
    office_id LowCardinality(String) COMMENT 'Service centre, branch or mobile office',
    hour DateTime('UTC') COMMENT 'Start of the hour, in UTC'
)
AS SELECT tenant_id, office_id, hour
FROM semko.dirty_hours FINAL
WHERE dirty = 1
COMMENT 'Hours whose windows wait to be computed again from the stored facts.';

ALTER TABLE semko.alert_book
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN desk_id 'Desk that the alert is about',
    COMMENT COLUMN alert_id 'Id of the alert',
    COMMENT COLUMN kind 'What dropped: score, response or unfinished',
    COMMENT COLUMN level 'amber or page',
    COMMENT COLUMN state 'open, acknowledged, resolved or withdrawn',
    COMMENT COLUMN begun_at 'When the drop is taken to have begun',
    COMMENT COLUMN opened_at 'When the alert was raised',
    COMMENT COLUMN last_alarm_at 'When it was last confirmed',
    COMMENT COLUMN alarms 'How often it was confirmed',
    COMMENT COLUMN expected 'Score that was to be expected, 0 to 100',
    COMMENT COLUMN observed 'Mean since the drop began, 0 to 100; of shares, in percent',
    COMMENT COLUMN drop_points 'expected - observed, in points',
    COMMENT COLUMN resolved_at 'When the alert ended; null while it lasts',
    COMMENT COLUMN resolved_by 'score or hand: what ended it; empty while it lasts',
    COMMENT COLUMN acknowledged_at 'When somebody first said that they had seen it',
    COMMENT COLUMN cause 'Cause that people named',
    COMMENT COLUMN action 'What people did',
    COMMENT COLUMN reason 'Why it was ended, as people said';

ALTER TABLE semko.alert_recovery
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN desk_id 'Desk whose score dropped',
    COMMENT COLUMN alert_id 'Id of the alert',
    COMMENT COLUMN level 'amber or page',
    COMMENT COLUMN opened_at 'When the alert was raised',
    COMMENT COLUMN acted_at 'When somebody first acted; null if nobody did',
    COMMENT COLUMN resolved_at 'When the alert ended; null while it lasts',
    COMMENT COLUMN resolved_by 'score or hand: what ended it; empty while it lasts',
    COMMENT COLUMN expected 'Score that was to be expected, 0 to 100',
    COMMENT COLUMN chosen_votes 'Votes with which the alert opened',
    COMMENT COLUMN chosen_mean 'Their mean, 0 to 100: low by choice, not to be compared with',
    COMMENT COLUMN held_votes 'Votes between opening and action',
    COMMENT COLUMN held_mean 'Their mean, 0 to 100',
    COMMENT COLUMN after_votes 'Votes in the seven days after the action',
    COMMENT COLUMN after_mean 'Their mean, 0 to 100',
    COMMENT COLUMN change 'after_mean - held_mean, in points',
    COMMENT COLUMN reach 'Half the width of the 95 % interval of the change',
    COMMENT COLUMN recovery 'What became of the score: back, better, no change, worse, too few votes or no action';

ALTER TABLE semko.board_alarms
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN desk_id 'Desk that is known',
    COMMENT COLUMN severity '0: no open alert, 1: amber, 2: page';

ALTER TABLE semko.board_aside
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN unmatched 'Votes that match no completion so far',
    COMMENT COLUMN corrected 'Votes that the citizen replaced within 60 s',
    COMMENT COLUMN repeat 'Votes that came later than those 60 s',
    COMMENT COLUMN test 'Votes to try the terminal';

ALTER TABLE semko.board_dead_letters
    COMMENT COLUMN hour 'Hour in which they came, in UTC',
    COMMENT COLUMN topic 'Topic that they came by',
    COMMENT COLUMN reason 'Why they were no events',
    COMMENT COLUMN records 'How many';

ALTER TABLE semko.board_desks
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN desk_id 'Desk that is registered or had a citizen within 30 days';

ALTER TABLE semko.board_hours
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN desk_id 'Desk that served the citizen',
    COMMENT COLUMN hour 'Hour of the day in the tenant\'s time zone, 0 to 23',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN score 'Score as screens show it, 0 to 100; null with too few votes',
    COMMENT COLUMN score_low 'Lower end of the 95 % interval of the score',
    COMMENT COLUMN score_high 'Upper end of the 95 % interval of the score';

ALTER TABLE semko.board_names
    COMMENT COLUMN scope 'office, desk or service',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN key 'Id of the desk or service; empty for an office',
    COMMENT COLUMN bg 'Name in Bulgarian',
    COMMENT COLUMN en 'Name in English';

ALTER TABLE semko.board_now
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN scope 'office, desk or service',
    COMMENT COLUMN key 'Which one: desk, service or channel, dimension=value of a segment, empty for the office',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN completions 'Interactions of the day so far',
    COMMENT COLUMN votes 'Counted votes of the day so far',
    COMMENT COLUMN response_rate 'votes / completions of the day so far',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN score 'Score as screens show it, 0 to 100; null with too few votes',
    COMMENT COLUMN score_low 'Lower end of the 95 % interval of the score',
    COMMENT COLUMN score_high 'Upper end of the 95 % interval of the score',
    COMMENT COLUMN score_votes 'Votes behind the score',
    COMMENT COLUMN as_of 'Full quarter of an hour up to which votes are in the score',
    COMMENT COLUMN face 'Face that stands for the score, 1 (worst) to 5; null without a score',
    COMMENT COLUMN name_bg 'Name in Bulgarian, or the id',
    COMMENT COLUMN name_en 'Name in English, or the id';

ALTER TABLE semko.board_recovery
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN desk_id 'Desk whose score dropped',
    COMMENT COLUMN alert_id 'Id of the alert',
    COMMENT COLUMN level 'amber or page',
    COMMENT COLUMN opened_at 'When the alert was raised',
    COMMENT COLUMN acted_at 'When somebody first acted; null if nobody did',
    COMMENT COLUMN expected 'Score that was to be expected, 0 to 100',
    COMMENT COLUMN held_votes 'Votes between opening and action',
    COMMENT COLUMN held_mean 'Their mean, 0 to 100',
    COMMENT COLUMN after_votes 'Votes in the seven days after the action',
    COMMENT COLUMN after_mean 'Their mean, 0 to 100',
    COMMENT COLUMN change 'after_mean - held_mean, in points',
    COMMENT COLUMN reach 'Half the width of the 95 % interval of the change',
    COMMENT COLUMN recovery 'What became of the score: back, better, no change, worse, too few votes or no action';

ALTER TABLE semko.board_terminals
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN terminal_id 'Device that takes votes',
    COMMENT COLUMN desks 'Desks whose votes it takes',
    COMMENT COLUMN state 'ok, clock, no votes, unheard, closed, off, no network or maintenance',
    COMMENT COLUMN last_heartbeat_at 'When it was last heard; null if never',
    COMMENT COLUMN version 'Version of its software',
    COMMENT COLUMN clock_offset_seconds 'Its clock minus that of the server, in seconds',
    COMMENT COLUMN queue_length 'Votes that wait on it to be sent',
    COMMENT COLUMN is_open '1 while its office is open';

ALTER TABLE semko.comparison_between
    MODIFY COMMENT 'Desks or services of an office compared fairly over the days from … to …; for the views beside it.';

ALTER TABLE semko.daily_scores
    MODIFY COMMENT 'Scores of every scope and key by local day, with every count behind them.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN scope 'What the row is about: office, desk, service, channel or segment',
    COMMENT COLUMN key 'Which one: desk, service or channel, dimension=value of a segment, empty for the office',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN v1 'Votes on the worst face',
    COMMENT COLUMN v2 'Votes on the second face',
    COMMENT COLUMN v3 'Votes on the middle face',
    COMMENT COLUMN v4 'Votes on the fourth face',
    COMMENT COLUMN v5 'Votes on the best face',
    COMMENT COLUMN points 'Sum of 10000 (score - 1) / (scale - 1) over the votes',
    COMMENT COLUMN points_squared 'Sum of the squares of the points of each vote',
    COMMENT COLUMN refused 'Interactions with the outcome refused',
    COMMENT COLUMN abandoned 'Interactions with the outcome abandoned',
    COMMENT COLUMN transferred 'Interactions with the outcome transferred',
    COMMENT COLUMN overdue 'Interactions completed after their deadline',
    COMMENT COLUMN due_known 'Interactions with a deadline',
    COMMENT COLUMN wait_seconds 'Sum of the known waits, in seconds',
    COMMENT COLUMN wait_known 'Interactions whose wait is known',
    COMMENT COLUMN response_rate 'votes / completions, 0 to 1; null without completions',
    COMMENT COLUMN mean 'Mean score, 0 (all worst) to 100 (all best); null without votes',
    COMMENT COLUMN mean_low 'Lower end of the 95 % interval of the mean',
    COMMENT COLUMN mean_high 'Upper end of the 95 % interval of the mean',
    COMMENT COLUMN top2 'Share of votes on the two best faces, 0 to 1',
    COMMENT COLUMN top2_low 'Lower end of the 95 % Wilson interval of top2',
    COMMENT COLUMN top2_high 'Upper end of the 95 % Wilson interval of top2',
    COMMENT COLUMN bottom2 'Share of votes on the two worst faces, 0 to 1',
    COMMENT COLUMN bottom2_low 'Lower end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN bottom2_high 'Upper end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN net 'top2 - bottom2, -1 to 1',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another';

ALTER TABLE semko.desk_comparison
    MODIFY COMMENT 'Desks of the last 13 weeks, compared fairly within their office.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN state 'compared, too few votes, or not comparable',
    COMMENT COLUMN votes 'Counted votes of the span',
    COMMENT COLUMN mean 'Plain mean, 0 to 100; null below 5 votes',
    COMMENT COLUMN expected 'What the others would have got with the same work, 0 to 100',
    COMMENT COLUMN difference 'mean - expected over comparable votes, in points',
    COMMENT COLUMN standard_error 'Standard error of the difference, with what whole days add',
    COMMENT COLUMN comparable_votes 'Votes in cells that others have too',
    COMMENT COLUMN z 'difference / standard_error',
    COMMENT COLUMN adjusted 'usual + difference, 0 to 100',
    COMMENT COLUMN score 'The adjusted score, shrunk towards the usual one, 0 to 100',
    COMMENT COLUMN score_low 'Lower end of the 95 % interval of the score',
    COMMENT COLUMN score_high 'Upper end of the 95 % interval of the score',
    COMMENT COLUMN flag 'usual, or lower or higher beyond what chance explains',
    COMMENT COLUMN rank_from 'Best rank that the intervals allow',
    COMMENT COLUMN rank_to 'Worst rank that the intervals allow',
    COMMENT COLUMN compared 'How many of the office are compared',
    COMMENT COLUMN usual 'Mean of the office, 0 to 100',
    COMMENT COLUMN vote_deviation 'Standard deviation of one vote, in points',
    COMMENT COLUMN day_deviation 'Standard deviation that a whole day adds, in points',
    COMMENT COLUMN unit_deviation 'True standard deviation between those compared, in points',
    COMMENT COLUMN funnel_deviation 'Standard deviation between those compared that the funnel allows for',
    COMMENT COLUMN limit 'z beyond which one is flagged',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another',
    COMMENT COLUMN desk_id 'Desk compared';

ALTER TABLE semko.desk_comparison_between
    MODIFY COMMENT 'Desks compared fairly over the days from … to …: desk_comparison_between(from = …, to = …).';

ALTER TABLE semko.desk_hours
    MODIFY COMMENT 'Desks in the local hours of today, as the shift page shows them.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN desk_id 'Desk that served the citizen',
    COMMENT COLUMN hour 'Hour of the day in the tenant\'s time zone, 0 to 23',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN score 'Score as screens show it, 0 to 100; null with too few votes',
    COMMENT COLUMN score_low 'Lower end of the 95 % interval of the score',
    COMMENT COLUMN score_high 'Upper end of the 95 % interval of the score';

ALTER TABLE semko.desk_hours_at
    MODIFY COMMENT 'The same as desk_hours with the moment given: desk_hours_at(now = …).';

ALTER TABLE semko.desk_scores
    MODIFY COMMENT 'Scores of desks by UTC hour.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN window_start 'Start of the hour, in UTC',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN v1 'Votes on the worst face',
    COMMENT COLUMN v2 'Votes on the second face',
    COMMENT COLUMN v3 'Votes on the middle face',
    COMMENT COLUMN v4 'Votes on the fourth face',
    COMMENT COLUMN v5 'Votes on the best face',
    COMMENT COLUMN points 'Sum of 10000 (score - 1) / (scale - 1) over the votes',
    COMMENT COLUMN points_squared 'Sum of the squares of the points of each vote',
    COMMENT COLUMN refused 'Interactions with the outcome refused',
    COMMENT COLUMN abandoned 'Interactions with the outcome abandoned',
    COMMENT COLUMN transferred 'Interactions with the outcome transferred',
    COMMENT COLUMN overdue 'Interactions completed after their deadline',
    COMMENT COLUMN due_known 'Interactions with a deadline',
    COMMENT COLUMN wait_seconds 'Sum of the known waits, in seconds',
    COMMENT COLUMN wait_known 'Interactions whose wait is known',
    COMMENT COLUMN response_rate 'votes / completions, 0 to 1; null without completions',
    COMMENT COLUMN mean 'Mean score, 0 (all worst) to 100 (all best); null without votes',
    COMMENT COLUMN mean_low 'Lower end of the 95 % interval of the mean',
    COMMENT COLUMN mean_high 'Upper end of the 95 % interval of the mean',
    COMMENT COLUMN top2 'Share of votes on the two best faces, 0 to 1',
    COMMENT COLUMN top2_low 'Lower end of the 95 % Wilson interval of top2',
    COMMENT COLUMN top2_high 'Upper end of the 95 % Wilson interval of top2',
    COMMENT COLUMN bottom2 'Share of votes on the two worst faces, 0 to 1',
    COMMENT COLUMN bottom2_low 'Lower end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN bottom2_high 'Upper end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN net 'top2 - bottom2, -1 to 1',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another',
    COMMENT COLUMN desk_id 'Desk that served the citizen';

ALTER TABLE semko.desk_scores_daily
    MODIFY COMMENT 'Scores of desks by local day.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN v1 'Votes on the worst face',
    COMMENT COLUMN v2 'Votes on the second face',
    COMMENT COLUMN v3 'Votes on the middle face',
    COMMENT COLUMN v4 'Votes on the fourth face',
    COMMENT COLUMN v5 'Votes on the best face',
    COMMENT COLUMN points 'Sum of 10000 (score - 1) / (scale - 1) over the votes',
    COMMENT COLUMN points_squared 'Sum of the squares of the points of each vote',
    COMMENT COLUMN refused 'Interactions with the outcome refused',
    COMMENT COLUMN abandoned 'Interactions with the outcome abandoned',
    COMMENT COLUMN transferred 'Interactions with the outcome transferred',
    COMMENT COLUMN overdue 'Interactions completed after their deadline',
    COMMENT COLUMN due_known 'Interactions with a deadline',
    COMMENT COLUMN wait_seconds 'Sum of the known waits, in seconds',
    COMMENT COLUMN wait_known 'Interactions whose wait is known',
    COMMENT COLUMN response_rate 'votes / completions, 0 to 1; null without completions',
    COMMENT COLUMN mean 'Mean score, 0 (all worst) to 100 (all best); null without votes',
    COMMENT COLUMN mean_low 'Lower end of the 95 % interval of the mean',
    COMMENT COLUMN mean_high 'Upper end of the 95 % interval of the mean',
    COMMENT COLUMN top2 'Share of votes on the two best faces, 0 to 1',
    COMMENT COLUMN top2_low 'Lower end of the 95 % Wilson interval of top2',
    COMMENT COLUMN top2_high 'Upper end of the 95 % Wilson interval of top2',
    COMMENT COLUMN bottom2 'Share of votes on the two worst faces, 0 to 1',
    COMMENT COLUMN bottom2_low 'Lower end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN bottom2_high 'Upper end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN net 'top2 - bottom2, -1 to 1',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another',
    COMMENT COLUMN desk_id 'Desk that served the citizen';

ALTER TABLE semko.hourly_scores
    MODIFY COMMENT 'Scores of every scope and key by UTC hour, with every count behind them.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN scope 'What the row is about: office, desk, service, channel or segment',
    COMMENT COLUMN key 'Which one: desk, service or channel, dimension=value of a segment, empty for the office',
    COMMENT COLUMN window_start 'Start of the hour, in UTC',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN v1 'Votes on the worst face',
    COMMENT COLUMN v2 'Votes on the second face',
    COMMENT COLUMN v3 'Votes on the middle face',
    COMMENT COLUMN v4 'Votes on the fourth face',
    COMMENT COLUMN v5 'Votes on the best face',
    COMMENT COLUMN points 'Sum of 10000 (score - 1) / (scale - 1) over the votes',
    COMMENT COLUMN points_squared 'Sum of the squares of the points of each vote',
    COMMENT COLUMN refused 'Interactions with the outcome refused',
    COMMENT COLUMN abandoned 'Interactions with the outcome abandoned',
    COMMENT COLUMN transferred 'Interactions with the outcome transferred',
    COMMENT COLUMN overdue 'Interactions completed after their deadline',
    COMMENT COLUMN due_known 'Interactions with a deadline',
    COMMENT COLUMN wait_seconds 'Sum of the known waits, in seconds',
    COMMENT COLUMN wait_known 'Interactions whose wait is known',
    COMMENT COLUMN response_rate 'votes / completions, 0 to 1; null without completions',
    COMMENT COLUMN mean 'Mean score, 0 (all worst) to 100 (all best); null without votes',
    COMMENT COLUMN mean_low 'Lower end of the 95 % interval of the mean',
    COMMENT COLUMN mean_high 'Upper end of the 95 % interval of the mean',
    COMMENT COLUMN top2 'Share of votes on the two best faces, 0 to 1',
    COMMENT COLUMN top2_low 'Lower end of the 95 % Wilson interval of top2',
    COMMENT COLUMN top2_high 'Upper end of the 95 % Wilson interval of top2',
    COMMENT COLUMN bottom2 'Share of votes on the two worst faces, 0 to 1',
    COMMENT COLUMN bottom2_low 'Lower end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN bottom2_high 'Upper end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN net 'top2 - bottom2, -1 to 1',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another';

ALTER TABLE semko.not_registered
    COMMENT COLUMN kind 'What has the id: tenant, office, desk, service or terminal',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN id 'The id that no entry of the registry has',
    COMMENT COLUMN first_seen 'When it first came',
    COMMENT COLUMN events 'How many events carried it';

ALTER TABLE semko.office_scores
    MODIFY COMMENT 'Scores of offices by UTC hour.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN window_start 'Start of the hour, in UTC',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN v1 'Votes on the worst face',
    COMMENT COLUMN v2 'Votes on the second face',
    COMMENT COLUMN v3 'Votes on the middle face',
    COMMENT COLUMN v4 'Votes on the fourth face',
    COMMENT COLUMN v5 'Votes on the best face',
    COMMENT COLUMN points 'Sum of 10000 (score - 1) / (scale - 1) over the votes',
    COMMENT COLUMN points_squared 'Sum of the squares of the points of each vote',
    COMMENT COLUMN refused 'Interactions with the outcome refused',
    COMMENT COLUMN abandoned 'Interactions with the outcome abandoned',
    COMMENT COLUMN transferred 'Interactions with the outcome transferred',
    COMMENT COLUMN overdue 'Interactions completed after their deadline',
    COMMENT COLUMN due_known 'Interactions with a deadline',
    COMMENT COLUMN wait_seconds 'Sum of the known waits, in seconds',
    COMMENT COLUMN wait_known 'Interactions whose wait is known',
    COMMENT COLUMN response_rate 'votes / completions, 0 to 1; null without completions',
    COMMENT COLUMN mean 'Mean score, 0 (all worst) to 100 (all best); null without votes',
    COMMENT COLUMN mean_low 'Lower end of the 95 % interval of the mean',
    COMMENT COLUMN mean_high 'Upper end of the 95 % interval of the mean',
    COMMENT COLUMN top2 'Share of votes on the two best faces, 0 to 1',
    COMMENT COLUMN top2_low 'Lower end of the 95 % Wilson interval of top2',
    COMMENT COLUMN top2_high 'Upper end of the 95 % Wilson interval of top2',
    COMMENT COLUMN bottom2 'Share of votes on the two worst faces, 0 to 1',
    COMMENT COLUMN bottom2_low 'Lower end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN bottom2_high 'Upper end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN net 'top2 - bottom2, -1 to 1',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another';

ALTER TABLE semko.office_scores_daily
    MODIFY COMMENT 'Scores of offices by local day.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN v1 'Votes on the worst face',
    COMMENT COLUMN v2 'Votes on the second face',
    COMMENT COLUMN v3 'Votes on the middle face',
    COMMENT COLUMN v4 'Votes on the fourth face',
    COMMENT COLUMN v5 'Votes on the best face',
    COMMENT COLUMN points 'Sum of 10000 (score - 1) / (scale - 1) over the votes',
    COMMENT COLUMN points_squared 'Sum of the squares of the points of each vote',
    COMMENT COLUMN refused 'Interactions with the outcome refused',
    COMMENT COLUMN abandoned 'Interactions with the outcome abandoned',
    COMMENT COLUMN transferred 'Interactions with the outcome transferred',
    COMMENT COLUMN overdue 'Interactions completed after their deadline',
    COMMENT COLUMN due_known 'Interactions with a deadline',
    COMMENT COLUMN wait_seconds 'Sum of the known waits, in seconds',
    COMMENT COLUMN wait_known 'Interactions whose wait is known',
    COMMENT COLUMN response_rate 'votes / completions, 0 to 1; null without completions',
    COMMENT COLUMN mean 'Mean score, 0 (all worst) to 100 (all best); null without votes',
    COMMENT COLUMN mean_low 'Lower end of the 95 % interval of the mean',
    COMMENT COLUMN mean_high 'Upper end of the 95 % interval of the mean',
    COMMENT COLUMN top2 'Share of votes on the two best faces, 0 to 1',
    COMMENT COLUMN top2_low 'Lower end of the 95 % Wilson interval of top2',
    COMMENT COLUMN top2_high 'Upper end of the 95 % Wilson interval of top2',
    COMMENT COLUMN bottom2 'Share of votes on the two worst faces, 0 to 1',
    COMMENT COLUMN bottom2_low 'Lower end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN bottom2_high 'Upper end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN net 'top2 - bottom2, -1 to 1',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another';

ALTER TABLE semko.segment_scores
    MODIFY COMMENT 'Scores of segments by office and local day, made safe to be passed on.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN dimension 'Dimension of the declared profile, such as age_band',
    COMMENT COLUMN value 'Value in that dimension',
    COMMENT COLUMN suppressed '1: the numbers are hidden, for few or uniform votes or to protect another cell',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN v1 'Votes on the worst face',
    COMMENT COLUMN v2 'Votes on the second face',
    COMMENT COLUMN v3 'Votes on the middle face',
    COMMENT COLUMN v4 'Votes on the fourth face',
    COMMENT COLUMN v5 'Votes on the best face',
    COMMENT COLUMN response_rate 'votes / completions, 0 to 1; null without completions',
    COMMENT COLUMN mean 'Mean score, 0 (all worst) to 100 (all best); null without votes',
    COMMENT COLUMN mean_low 'Lower end of the 95 % interval of the mean',
    COMMENT COLUMN mean_high 'Upper end of the 95 % interval of the mean',
    COMMENT COLUMN top2 'Share of votes on the two best faces, 0 to 1',
    COMMENT COLUMN top2_low 'Lower end of the 95 % Wilson interval of top2',
    COMMENT COLUMN top2_high 'Upper end of the 95 % Wilson interval of top2',
    COMMENT COLUMN bottom2 'Share of votes on the two worst faces, 0 to 1',
    COMMENT COLUMN bottom2_low 'Lower end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN bottom2_high 'Upper end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN net 'top2 - bottom2, -1 to 1',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another';

ALTER TABLE semko.service_comparison
    MODIFY COMMENT 'Services of the last 13 weeks, compared fairly within their office.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN state 'compared, too few votes, or not comparable',
    COMMENT COLUMN votes 'Counted votes of the span',
    COMMENT COLUMN mean 'Plain mean, 0 to 100; null below 5 votes',
    COMMENT COLUMN expected 'What the others would have got with the same work, 0 to 100',
    COMMENT COLUMN difference 'mean - expected over comparable votes, in points',
    COMMENT COLUMN standard_error 'Standard error of the difference, with what whole days add',
    COMMENT COLUMN comparable_votes 'Votes in cells that others have too',
    COMMENT COLUMN z 'difference / standard_error',
    COMMENT COLUMN adjusted 'usual + difference, 0 to 100',
    COMMENT COLUMN score 'The adjusted score, shrunk towards the usual one, 0 to 100',
    COMMENT COLUMN score_low 'Lower end of the 95 % interval of the score',
    COMMENT COLUMN score_high 'Upper end of the 95 % interval of the score',
    COMMENT COLUMN flag 'usual, or lower or higher beyond what chance explains',
    COMMENT COLUMN rank_from 'Best rank that the intervals allow',
    COMMENT COLUMN rank_to 'Worst rank that the intervals allow',
    COMMENT COLUMN compared 'How many of the office are compared',
    COMMENT COLUMN usual 'Mean of the office, 0 to 100',
    COMMENT COLUMN vote_deviation 'Standard deviation of one vote, in points',
    COMMENT COLUMN day_deviation 'Standard deviation that a whole day adds, in points',
    COMMENT COLUMN unit_deviation 'True standard deviation between those compared, in points',
    COMMENT COLUMN funnel_deviation 'Standard deviation between those compared that the funnel allows for',
    COMMENT COLUMN limit 'z beyond which one is flagged',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another',
    COMMENT COLUMN service_id 'Service compared';

ALTER TABLE semko.service_comparison_between
    MODIFY COMMENT 'Services compared fairly over the days from … to …: service_comparison_between(from = …, to = …).';

ALTER TABLE semko.service_scores
    MODIFY COMMENT 'Scores of services by UTC hour.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN window_start 'Start of the hour, in UTC',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN v1 'Votes on the worst face',
    COMMENT COLUMN v2 'Votes on the second face',
    COMMENT COLUMN v3 'Votes on the middle face',
    COMMENT COLUMN v4 'Votes on the fourth face',
    COMMENT COLUMN v5 'Votes on the best face',
    COMMENT COLUMN points 'Sum of 10000 (score - 1) / (scale - 1) over the votes',
    COMMENT COLUMN points_squared 'Sum of the squares of the points of each vote',
    COMMENT COLUMN refused 'Interactions with the outcome refused',
    COMMENT COLUMN abandoned 'Interactions with the outcome abandoned',
    COMMENT COLUMN transferred 'Interactions with the outcome transferred',
    COMMENT COLUMN overdue 'Interactions completed after their deadline',
    COMMENT COLUMN due_known 'Interactions with a deadline',
    COMMENT COLUMN wait_seconds 'Sum of the known waits, in seconds',
    COMMENT COLUMN wait_known 'Interactions whose wait is known',
    COMMENT COLUMN response_rate 'votes / completions, 0 to 1; null without completions',
    COMMENT COLUMN mean 'Mean score, 0 (all worst) to 100 (all best); null without votes',
    COMMENT COLUMN mean_low 'Lower end of the 95 % interval of the mean',
    COMMENT COLUMN mean_high 'Upper end of the 95 % interval of the mean',
    COMMENT COLUMN top2 'Share of votes on the two best faces, 0 to 1',
    COMMENT COLUMN top2_low 'Lower end of the 95 % Wilson interval of top2',
    COMMENT COLUMN top2_high 'Upper end of the 95 % Wilson interval of top2',
    COMMENT COLUMN bottom2 'Share of votes on the two worst faces, 0 to 1',
    COMMENT COLUMN bottom2_low 'Lower end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN bottom2_high 'Upper end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN net 'top2 - bottom2, -1 to 1',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another',
    COMMENT COLUMN service_id 'Service that was delivered';

ALTER TABLE semko.service_scores_daily
    MODIFY COMMENT 'Scores of services by local day.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN completions 'Interactions of every outcome',
    COMMENT COLUMN votes 'Interactions with a counted vote',
    COMMENT COLUMN v1 'Votes on the worst face',
    COMMENT COLUMN v2 'Votes on the second face',
    COMMENT COLUMN v3 'Votes on the middle face',
    COMMENT COLUMN v4 'Votes on the fourth face',
    COMMENT COLUMN v5 'Votes on the best face',
    COMMENT COLUMN points 'Sum of 10000 (score - 1) / (scale - 1) over the votes',
    COMMENT COLUMN points_squared 'Sum of the squares of the points of each vote',
    COMMENT COLUMN refused 'Interactions with the outcome refused',
    COMMENT COLUMN abandoned 'Interactions with the outcome abandoned',
    COMMENT COLUMN transferred 'Interactions with the outcome transferred',
    COMMENT COLUMN overdue 'Interactions completed after their deadline',
    COMMENT COLUMN due_known 'Interactions with a deadline',
    COMMENT COLUMN wait_seconds 'Sum of the known waits, in seconds',
    COMMENT COLUMN wait_known 'Interactions whose wait is known',
    COMMENT COLUMN response_rate 'votes / completions, 0 to 1; null without completions',
    COMMENT COLUMN mean 'Mean score, 0 (all worst) to 100 (all best); null without votes',
    COMMENT COLUMN mean_low 'Lower end of the 95 % interval of the mean',
    COMMENT COLUMN mean_high 'Upper end of the 95 % interval of the mean',
    COMMENT COLUMN top2 'Share of votes on the two best faces, 0 to 1',
    COMMENT COLUMN top2_low 'Lower end of the 95 % Wilson interval of top2',
    COMMENT COLUMN top2_high 'Upper end of the 95 % Wilson interval of top2',
    COMMENT COLUMN bottom2 'Share of votes on the two worst faces, 0 to 1',
    COMMENT COLUMN bottom2_low 'Lower end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN bottom2_high 'Upper end of the 95 % Wilson interval of bottom2',
    COMMENT COLUMN net 'top2 - bottom2, -1 to 1',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits, in seconds; null where none is known',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another',
    COMMENT COLUMN service_id 'Service that was delivered';

ALTER TABLE semko.suspected_staff_votes
    MODIFY COMMENT 'Presses that no waiting citizen explains, by desk and local day; for the operator\'s circle.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN desk_id 'Desk where the votes were given',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN presses 'Votes pressed at the desk',
    COMMENT COLUMN explained 'Those that a service which just ended explains',
    COMMENT COLUMN unexplained 'The others',
    COMMENT COLUMN when_closed 'Pressed more than half an hour out of opening hours',
    COMMENT COLUMN without_service 'Pressed with no service of the desk that ended',
    COMMENT COLUMN repeated 'Pressed again for the same service, beyond one change of mind',
    COMMENT COLUMN hurried 'Pressed less than 5 s after one for another service',
    COMMENT COLUMN usual_share 'Share of unexplained presses that is usual there, 0 to 1',
    COMMENT COLUMN chance 'Chance of so many and more at the usual share';

ALTER TABLE semko.tenant_zones
    MODIFY COMMENT 'Time zone of each tenant.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN time_zone 'Time zone of the tenant, such as Europe/Sofia';

ALTER TABLE semko.terminals
    MODIFY COMMENT 'Terminals: how each does now, and how sure that is.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN terminal_id 'Device that takes votes',
    COMMENT COLUMN desks 'Desks whose votes it takes',
    COMMENT COLUMN state 'ok, clock, no votes, unheard, closed, off, no network or maintenance',
    COMMENT COLUMN last_heartbeat_at 'When it was last heard; null if never',
    COMMENT COLUMN version 'Version of its software',
    COMMENT COLUMN clock_offset_seconds 'Its clock minus that of the server, in seconds',
    COMMENT COLUMN queue_length 'Votes that wait on it to be sent',
    COMMENT COLUMN uptime_seconds 'Seconds since it started',
    COMMENT COLUMN last_vote_at 'Its newest vote; null if there is none',
    COMMENT COLUMN services_since 'Services of its desks since that vote',
    COMMENT COLUMN usual_rate 'Votes for a service that are usual there, 0 to 1',
    COMMENT COLUMN silence_chance 'Chance of so long a silence if nothing is wrong',
    COMMENT COLUMN gap_was 'Why it was last not heard; empty if it was never away',
    COMMENT COLUMN gap_seconds 'How long it was away, in seconds',
    COMMENT COLUMN gap_ended_at 'When it was heard again',
    COMMENT COLUMN maintenance_since 'Since when it is in maintenance; null if it is not',
    COMMENT COLUMN is_open '1 while its office is open';

ALTER TABLE semko.terminals_at
    MODIFY COMMENT 'The same as terminals with the moment given: terminals_at(now = …).';

ALTER TABLE semko.usual_scores
    MODIFY COMMENT 'What is usual for an office: its last 7 open days within three weeks.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN open_days 'Open days that were looked at',
    COMMENT COLUMN votes 'Votes of those days',
    COMMENT COLUMN usual 'Their mean, 0 to 100; null with too few votes';

ALTER TABLE semko.usual_scores_at
    MODIFY COMMENT 'The same as usual_scores with the moment given: usual_scores_at(now = …).';

ALTER TABLE semko.votes_aside
    MODIFY COMMENT 'Votes that are in no score, by office and local day.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN unmatched 'Votes that match no completion so far',
    COMMENT COLUMN corrected 'Votes that the citizen replaced within 60 s',
    COMMENT COLUMN repeat 'Votes that came later than those 60 s',
    COMMENT COLUMN test 'Votes to try the terminal';

ALTER TABLE semko.wall_scores
    MODIFY COMMENT 'The day so far of each office, desk and service, as the wall shows it.',
    COMMENT COLUMN tenant_id 'Municipality',
    COMMENT COLUMN office_id 'Service centre, branch or mobile office',
    COMMENT COLUMN scope 'office, desk or service',
    COMMENT COLUMN key 'Which one: desk, service or channel, dimension=value of a segment, empty for the office',
    COMMENT COLUMN time_zone 'Time zone of the tenant, such as Europe/Sofia',
    COMMENT COLUMN day 'Day in the tenant\'s time zone',
    COMMENT COLUMN completions 'Interactions of the day so far',
    COMMENT COLUMN votes 'Counted votes of the day so far',
    COMMENT COLUMN response_rate 'votes / completions of the day so far',
    COMMENT COLUMN wait_known 'Interactions of the day whose wait is known',
    COMMENT COLUMN mean_wait_seconds 'Mean of the known waits of the day, in seconds',
    COMMENT COLUMN last_completed_at 'When the last service ended',
    COMMENT COLUMN last_voted_at 'When the last counted vote was given',
    COMMENT COLUMN state 'scored or too few votes',
    COMMENT COLUMN score 'Score as screens show it, 0 to 100; null with too few votes',
    COMMENT COLUMN score_low 'Lower end of the 95 % interval of the score',
    COMMENT COLUMN score_high 'Upper end of the 95 % interval of the score',
    COMMENT COLUMN score_votes 'Votes behind the score',
    COMMENT COLUMN as_of 'Full quarter of an hour up to which votes are in the score',
    COMMENT COLUMN face 'Face that stands for the score, 1 (worst) to 5; null without a score',
    COMMENT COLUMN steps 'Course of the score today: moment, score and votes behind it',
    COMMENT COLUMN formula_version 'Version of the formulas; a change of results gets another';

ALTER TABLE semko.wall_scores_at
    MODIFY COMMENT 'The same as wall_scores with the moment given: wall_scores_at(now = …).';
