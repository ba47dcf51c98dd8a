-- Desks, or services, of an office compared fairly: adjusted for the work that they had, with what
-- whole days add by chance, shrunk, with intervals, and with ranks only where intervals lie apart.
-- For the operator's circle; with fewer than 5 votes no score is shown. What the numbers mean and
-- whose formulas they are stands in docs/comparison.md; a test computes them once more by matrices.
--
-- What is compared is called a unit: a desk among desks, or a service among services. Its votes are
-- compared within cells: with those of other units in the same hour of the day and at the same
-- service (of services: at the same desk). Each step is a subquery with a name, used once; from
-- `offices` on, a row is an office and its arrays run over its units. No step uses a name that it
-- makes itself: with those, planning took five times as long.

CREATE VIEW IF NOT EXISTS semko.comparison_between AS
WITH
    places AS
    (
        SELECT
            tenant_id, office_id,
            toString(if({unit:String} = 'service', service_id, desk_id)) AS unit,
            toString(if({unit:String} = 'service', desk_id, service_id)) AS other,
            formatDateTime(completed_at, '%F', time_zone) AS day,
            formatDateTime(completed_at, '%H', time_zone) AS hour,
            round(10000 * (assumeNotNull(score) - 1) / (assumeNotNull(scale) - 1)) / 100 AS value
        FROM
        (
            SELECT
                tenant_id, office_id, desk_id, service_id, completed_at, score, scale,
                (SELECT (groupArray(tenant_id), groupArray(time_zone)) FROM semko.tenant_zones) AS zones,
                transform(CAST(tenant_id AS String), zones.1, zones.2, 'Europe/Sofia') AS time_zone
            FROM semko.interactions FINAL
            WHERE ({tenant:String} = '' OR tenant_id = {tenant:String})
                AND ({office:String} = '' OR office_id = {office:String})
                AND completed_at >= toDateTime64({from:Date}, 3, 'UTC') - INTERVAL 1 DAY
                AND completed_at < toDateTime64({to:Date}, 3, 'UTC') + INTERVAL 2 DAY
                AND score IS NOT NULL
        )
        WHERE day >= toString({from:Date}) AND day <= toString({to:Date})
    ),
    days AS
    (
        SELECT
            tenant_id, office_id, unit, other, hour, day,
            count() AS n, sum(value) AS total, sum(value * value) AS squares
        FROM places
        GROUP BY tenant_id, office_id, unit, other, hour, day
    ),
    plain_means AS
    (
        SELECT
            tenant_id, office_id, unit, other, hour, day, n, total, squares,
            sum(n) OVER cell AS cell_votes,
            sum(total) OVER cell / sum(n) OVER cell AS plain_mean
        FROM days
        WINDOW cell AS (PARTITION BY tenant_id, office_id, other, hour)
    ),
    -- What is left of votes when each cell's mean is taken away.
    residuals AS
    (
        SELECT
            tenant_id, office_id, unit, other, hour, day, n, total, cell_votes,
            total - n * plain_mean AS residual,
            squares - 2 * plain_mean * total + n * plain_mean * plain_mean AS residual_squares
        FROM plain_means
    ),
    unit_days AS
    (
        SELECT *, sum(n) OVER unit_day AS day_votes, sum(residual) OVER unit_day AS day_residual
        FROM residuals
        WINDOW unit_day AS (PARTITION BY tenant_id, office_id, unit, day)
    ),
    units AS
    (
        SELECT
            *,
            sum(n) OVER same_unit AS unit_votes,
            sum(n * day_votes) OVER same_unit / sum(n) OVER same_unit AS votes_of_same_day,
            pow(sum(residual) OVER same_unit, 2) / sum(n) OVER same_unit AS squares_of_unit,
            sum(residual_squares) OVER same_unit AS all_squares_of_unit,
            dense_rank() OVER (PARTITION BY tenant_id, office_id ORDER BY unit) AS place
        FROM unit_days
        WINDOW same_unit AS (PARTITION BY tenant_id, office_id, unit)
    ),
    -- One-way analysis of variance by days within units. Taking cell means away took a share of all
    -- squares with it; `kept` is what it left.
    sums AS
    (
        SELECT
            *,
            1 - sum(n / cell_votes) OVER office / sum(n) OVER office AS kept,
            sum(n) OVER office - sum(n / day_votes) OVER office AS freedom_within,
            sum(residual_squares - n * pow(day_residual / day_votes, 2)) OVER office AS squares_within,
            sum(n / day_votes - n / unit_votes) OVER office AS freedom_between,
            sum(n * pow(day_residual / day_votes, 2) - squares_of_unit * n / unit_votes) OVER office AS squares_between,
            sum(n - n * votes_of_same_day / unit_votes) OVER office AS votes_between
        FROM units
        WINDOW office AS (PARTITION BY tenant_id, office_id)
    ),
    -- 20 votes with a standard deviation of 35 stand in for what nothing is known of.
    within AS
    (
        SELECT *, (squares_within + 20 * 1225) / (freedom_within * kept + 20) AS within_variance
        FROM sums
    ),
    between AS
    (
        SELECT
            *,
            if(votes_between * kept < 1, 0, greatest(0, (squares_between - freedom_between * kept * within_variance) / (votes_between * kept))) AS day_variance
        FROM within
    ),
    -- Of how many votes one independent vote of the usual variance is worth: more where many are of
    -- the same day (Kish's design effect), more where the unit's votes differ more.
    worths AS
    (
        SELECT
            tenant_id, office_id, unit, other, hour, place, n, total, day_variance,
            within_variance + day_variance AS vote_variance,
            (1 + day_variance / (within_variance + day_variance) * (votes_of_same_day - 1))
                * ((all_squares_of_unit - squares_of_unit) / (within_variance + day_variance) + 50) / ((unit_votes - 1) * kept + 50) AS worth
        FROM between
    ),
    weights AS
    (
        SELECT
            tenant_id, office_id, other, hour, unit, place, vote_variance, day_variance,
            sum(n) AS votes, sum(total) AS points, sum(n / worth) AS weight
        FROM worths
        GROUP BY tenant_id, office_id, other, hour, unit, place, vote_variance, day_variance
    ),
    cells AS
    (
        SELECT
            *,
            sum(weight) OVER cell AS cell_weight,
            sum(weight * points / votes) OVER cell / sum(weight) OVER cell AS cell_mean,
            groupArray(place) OVER cell AS cell_places,
            groupArray(weight) OVER cell AS cell_weights
        FROM weights
        WINDOW cell AS (PARTITION BY tenant_id, office_id, other, hour)
    ),
    -- Least squares with a mean for each cell: what is left of it for units alone, row by row.
    equations AS
    (
        SELECT
            tenant_id, office_id, unit, place, vote_variance, day_variance,
            sum(votes) AS unit_votes, sum(points) AS unit_points, sum(weight) AS own_weight,
            sum(weight * (points / votes - cell_mean)) AS right_side,
            sumMap(cell_places, arrayMap(each -> weight * each / cell_weight, cell_weights)) AS shared
        FROM cells
        GROUP BY tenant_id, office_id, unit, place, vote_variance, day_variance
    ),
    offices AS
    (
        SELECT
            tenant_id, office_id, vote_variance, day_variance,
            arraySort(each -> each.1, groupArray((place, unit, unit_votes, unit_points, own_weight, right_side, shared.1, shared.2))) AS each_unit
        FROM equations
        GROUP BY tenant_id, office_id, vote_variance, day_variance
    ),
    columns AS
    (
        SELECT
            tenant_id, office_id, vote_variance, day_variance,
            each_unit.1 AS places, each_unit.2 AS names, each_unit.3 AS votes, each_unit.4 AS points,
            each_unit.6 AS right_sides,
            arrayMap((place, own, with_whom, shares) -> arrayMap(j -> if(place = j, own, 0) - shares[indexOf(with_whom, j)], each_unit.1), each_unit.1, each_unit.5, each_unit.7, each_unit.8) AS matrix
        FROM offices
    ),
    diagonals AS
    (
        SELECT *, arrayMap((row, i) -> row[i], matrix, places) AS comparable
        FROM columns
    ),
    judged AS
    (
        SELECT *, arrayMap((n, own) -> toUInt8(n >= 5 AND own >= 1), votes, comparable) AS is_compared
        FROM diagonals
    ),
    -- First pass: one prior variance for all, by the method of moments.
    first_priors AS
    (
        SELECT
            *,
            arraySum(is_compared) AS compared,
            greatest(4, arraySum((value, own, yes) -> if(yes, value * value / own - vote_variance, 0), right_sides, comparable, is_compared)
                / greatest(1e-300, arraySum((row, own, yes) -> if(yes, arraySum(value -> value * value, row) / own, 0), matrix, comparable, is_compared))) AS first_prior
        FROM judged
    ),
    -- The inverse of a symmetric positive matrix, swept pivot by pivot. With c as row k less the
    -- unit vector, matrix - c*c'/pivot is the sweep but for 2 on the diagonal, which does no harm
    -- and stays: after all pivots there is 2*I - inverse.
    first_equations AS
    (
        SELECT *, arrayMap((row, i) -> arrayMap((value, j) -> value / vote_variance + if(i = j, 1 / first_prior, 0), row, places), matrix, places) AS equation
        FROM first_priors
    ),
    first_swept AS
    (
        SELECT
            * EXCEPT (equation),
            arrayFold(
                (state, k) -> arrayMap(
                    (row, share, c) -> arrayMap((value, each) -> value - share * each, row, c),
                    state,
                    arrayMap((value, i) -> (value - (i = k)) / state[k][k], state[k], places),
                    arrayMap(row -> arrayMap((value, i) -> value - (i = k), state[k], places), state)
                ),
                places, equation
            ) AS swept
        FROM first_equations
    ),
    first_solved AS
    (
        SELECT
            * EXCEPT (swept),
            arrayMap((row, i) -> 2 - row[i], swept, places) AS spread,
            arrayMap((row, i) -> arraySum((value, right, j) -> (if(i = j, 2, 0) - value) * right / vote_variance, row, right_sides, places), swept, places) AS values
        FROM first_swept
    ),
    -- What each says by itself, its own prior taken away: its certainty (1 by the variance) and, in
    -- standard errors, its difference.
    first_estimates AS
    (
        SELECT *, arrayMap(each -> greatest(1e-12, 1 / each - 1 / first_prior), spread) AS certainties
        FROM first_solved
    ),
    first_errors AS
    (
        SELECT
            *,
            if(compared < 3, 0, greatest(1, intDiv(compared, 10))) AS ends,
            arraySum((certainty, yes) -> certainty * yes, certainties, is_compared) AS certainty_of_all,
            arraySort(arrayFilter((z, yes) -> yes, arrayMap((value, each, certainty) -> value / each / sqrt(certainty), values, spread, certainties), is_compared)) AS zs
        FROM first_estimates
    ),
    -- How far units lie apart beyond chance, the most extreme at either end pulled in to their
    -- neighbours.
    first_between AS
    (
        SELECT
            *,
            greatest(0, (arraySum(z -> pow(least(greatest(z, zs[ends + 1]), zs[compared - ends]), 2), zs) - compared) / greatest(certainty_of_all, 1e-300)) AS between_units
        FROM first_errors
    ),
    -- Second pass: a unit that was far off gets a wide prior, so that it neither moves what is usual
    -- nor passes its difference on to those who share its work.
    priors AS
    (
        SELECT
            * EXCEPT (zs, certainties, certainty_of_all, spread, values),
            arrayMap(value -> greatest(4, value * value + between_units), values) AS prior
        FROM first_between
    ),
    second_equations AS
    (
        SELECT *, arrayMap((row, own, i) -> arrayMap((value, j) -> value / vote_variance + if(i = j, 1 / own, 0), row, places), matrix, prior, places) AS equation
        FROM priors
    ),
    swept AS
    (
        SELECT
            * EXCEPT (equation),
            arrayFold(
                (state, k) -> arrayMap(
                    (row, share, c) -> arrayMap((value, each) -> value - share * each, row, c),
                    state,
                    arrayMap((value, i) -> (value - (i = k)) / state[k][k], state[k], places),
                    arrayMap(row -> arrayMap((value, i) -> value - (i = k), state[k], places), state)
                ),
                places, equation
            ) AS swept_matrix
        FROM second_equations
    ),
    solved AS
    (
        SELECT
            * EXCEPT (swept_matrix),
            arrayMap((row, i) -> 2 - row[i], swept_matrix, places) AS spread,
            arrayMap((row, i) -> arraySum((value, right, j) -> (if(i = j, 2, 0) - value) * right / vote_variance, row, right_sides, places), swept_matrix, places) AS values
        FROM swept
    ),
    certain AS
    (
        SELECT *, arrayMap((each, own) -> greatest(1e-12, 1 / each - 1 / own), spread, prior) AS certainties
        FROM solved
    ),
    estimates AS
    (
        SELECT
            *,
            arrayMap((value, each, certainty) -> value / each / certainty, values, spread, certainties) AS differences,
            arraySum((certainty, yes) -> certainty * yes, certainties, is_compared) AS certainty_of_all,
            arraySort(arrayFilter((z, yes) -> yes, arrayMap((value, each, certainty) -> value / each / sqrt(certainty), values, spread, certainties), is_compared)) AS zs
        FROM certain
    ),
    spreads AS
    (
        SELECT
            tenant_id, office_id, vote_variance, day_variance, names, votes, points, is_compared, compared, certainties, differences,
            greatest(0, (arraySum(z -> z * z, zs) - compared) / greatest(certainty_of_all, 1e-300)) AS unit_variance,
            greatest(0, (arraySum(z -> pow(least(greatest(z, zs[ends + 1]), zs[compared - ends]), 2), zs) - compared) / greatest(certainty_of_all, 1e-300)) AS funnel_variance,
            -- The normal quantile beyond which one of all units compared comes by chance in 1 of 20
            -- cases, by bisection.
            arrayFold(
                (bounds, step) -> if(erfc((bounds.1 + bounds.2) / sqrt(8)) > 0.05 / greatest(compared, 1), ((bounds.1 + bounds.2) / 2, bounds.2), (bounds.1, (bounds.1 + bounds.2) / 2)),
                range(60), (toFloat64(0), toFloat64(10))
            ).1 AS limit
        FROM estimates
    ),
    -- Empirical Bayes: each loses as much of its difference as is chance. How far units lie apart is
    -- itself uncertain, the more so the fewer they are, and that makes intervals wider.
    lost AS
    (
        SELECT *, arrayMap(certainty -> 1 / (1 + certainty * greatest(4, unit_variance)), certainties) AS shares
        FROM spreads
    ),
    shrunk AS
    (
        SELECT
            * EXCEPT (shares),
            arrayMap((value, share) -> value * (1 - share), differences, shares) AS kept_differences,
            arrayMap((value, certainty, share) -> sqrt((1 - share) / certainty + 2 / greatest(2, toInt64(compared) - 3) * pow(share * value, 2)), differences, certainties, shares) AS deviations
        FROM lost
    ),
    ends AS
    (
        SELECT
            *,
            -- The score of all votes, had they been given to units like the usual one.
            arraySum((total, n, value) -> total - n * value, points, votes, kept_differences) / arraySum(votes) AS usual,
            arrayMap((value, deviation, yes) -> if(yes, value - limit * deviation, -inf), kept_differences, deviations, is_compared) AS lows,
            arrayMap((value, deviation, yes) -> if(yes, value + limit * deviation, inf), kept_differences, deviations, is_compared) AS highs
        FROM shrunk
    ),
    rows AS
    (
        SELECT
            * EXCEPT (names, votes, points, is_compared, certainties, differences, kept_differences, deviations),
            name, n, total / n AS plain_mean, yes AND compared > 1 AS is_placed,
            own_difference, 1 / certainty AS error_variance, kept, deviation, low, high
        FROM ends
        ARRAY JOIN
            names AS name, votes AS n, points AS total, is_compared AS yes, differences AS own_difference,
            certainties AS certainty, kept_differences AS kept, deviations AS deviation, lows AS low, highs AS high
    )
SELECT
    tenant_id, office_id, name AS unit,
    multiIf(n < 5, 'too few votes', NOT is_placed, 'not comparable', 'compared') AS state,
    toUInt32(n) AS votes,
    if(n < 5, NULL, plain_mean) AS mean,
    if(is_placed, greatest(0, least(100, plain_mean - own_difference)), NULL) AS expected,
    if(is_placed, own_difference, NULL) AS difference,
    if(is_placed, sqrt(error_variance), NULL) AS standard_error,
    if(is_placed, vote_variance / error_variance, NULL) AS comparable_votes,
    if(is_placed, own_difference / sqrt(error_variance + funnel_variance), NULL) AS z,
    if(is_placed, greatest(0, least(100, usual + own_difference)), NULL) AS adjusted,
    if(is_placed, greatest(0, least(100, usual + kept)), NULL) AS score,
    if(is_placed, greatest(0, least(100, usual + kept - 1.959963984540054 * deviation)), NULL) AS score_low,
    if(is_placed, greatest(0, least(100, usual + kept + 1.959963984540054 * deviation)), NULL) AS score_high,
    multiIf(NOT is_placed OR abs(own_difference) <= limit * sqrt(error_variance + funnel_variance), 'usual', own_difference < 0, 'lower', 'higher') AS flag,
    if(is_placed, toUInt32(1 + arrayCount(other -> other > high, lows)), NULL) AS rank_from,
    if(is_placed, toUInt32(compared - arrayCount(other -> other < low, highs)), NULL) AS rank_to,
    toUInt32(compared) AS compared,
    usual,
    sqrt(vote_variance) AS vote_deviation,
    sqrt(day_variance) AS day_deviation,
    sqrt(unit_variance) AS unit_deviation,
    sqrt(funnel_variance) AS funnel_deviation,
    limit,
    toUInt16(1) AS formula_version
FROM rows;

CREATE VIEW IF NOT EXISTS semko.desk_comparison_between AS
SELECT * EXCEPT (unit), unit AS desk_id
FROM semko.comparison_between(unit = 'desk', tenant = '', office = '', from = {from:Date}, to = {to:Date});

CREATE VIEW IF NOT EXISTS semko.service_comparison_between AS
SELECT * EXCEPT (unit), unit AS service_id
FROM semko.comparison_between(unit = 'service', tenant = '', office = '', from = {from:Date}, to = {to:Date});

-- Of the last 13 weeks; no tenant's day is further ahead of that of UTC than one.
CREATE VIEW IF NOT EXISTS semko.desk_comparison AS
SELECT * EXCEPT (unit), unit AS desk_id
FROM semko.comparison_between(unit = 'desk', tenant = '', office = '', from = today() - 90, to = today() + 1);

CREATE VIEW IF NOT EXISTS semko.service_comparison AS
SELECT * EXCEPT (unit), unit AS service_id
FROM semko.comparison_between(unit = 'service', tenant = '', office = '', from = today() - 90, to = today() + 1);
