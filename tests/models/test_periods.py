"""Periods as people write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.periods import Cadence, Period, parse_period, period_of

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("text", "cadence", "start", "end"),
    [
        ("2025-03-31", Cadence.DAY, date(2025, 3, 31), date(2025, 3, 31)),
        ("2025-W14", Cadence.WEEK, date(2025, 3, 31), date(2025, 4, 6)),
        ("2025W14", Cadence.WEEK, date(2025, 3, 31), date(2025, 4, 6)),
        ("2026-W53", Cadence.WEEK, date(2026, 12, 28), date(2027, 1, 3)),
        ("2024-02", Cadence.MONTH, date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-12", Cadence.MONTH, date(2025, 12, 1), date(2025, 12, 31)),
        ("2025-Q4", Cadence.QUARTER, date(2025, 10, 1), date(2025, 12, 31)),
        ("2025Q1", Cadence.QUARTER, date(2025, 1, 1), date(2025, 3, 31)),
    ],
)
def test_a_period_is_read_with_its_first_and_last_day(
    text: str, cadence: Cadence, start: date, end: date
) -> None:
    period = parse_period(text)
    assert (period.cadence, period.start, period.end) == (cadence, start, end)


@pytest.mark.parametrize("text", ["2025-W54", "2025-02-30", "2025-13", "2025-W00", "0000-01-01"])
def test_what_is_in_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is in no calendar; write .*2025-W14"):
        parse_period(text)


@pytest.mark.parametrize("text", ["", "14", "2025", "2025-Q5", "31.03.2025", "2025-3", "٢٠٢٥-٠٣"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no period; write"):
        parse_period(text)


@given(DAYS, st.sampled_from(Cadence))
def test_a_day_lies_in_its_period_whose_name_reads_as_itself(day: date, cadence: Cadence) -> None:
    period = period_of(cadence, day)
    assert period.start <= day <= period.end
    assert parse_period(str(period)) == period
    after = Period(cadence, period.number + 1)
    assert after.start == period.end + timedelta(days=1)
