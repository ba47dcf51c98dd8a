"""Tables of scores: sums over periods, by the formulas of ``models.scores``, and their picture."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from models import scores
from models.errors import CallError, WorldError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_UNIT = ["tenant_id", "office_id", "key"]
_FACES = ["v1", "v2", "v3", "v4", "v5"]
_COUNTS = [
    "completions",
    "votes",
    *_FACES,
    "points",
    "points_squared",
    "wait_seconds",
    "wait_known",
]
MEASURES = {
    "mean": ("Mean score, 0–100", (0, 100)),
    "response_rate": ("Share of interactions with a vote", (0, 1)),
    "top2": ("Share of the two best faces", (0, 1)),
    "bottom2": ("Share of the two worst faces", (0, 1)),
    "mean_wait_seconds": ("Mean wait, s", None),
    "votes": ("Votes", None),
    "completions": ("Interactions", None),
}
"""What can be drawn: its label, and the range where it has one."""

_LINES_AT_MOST, _BANDS_AT_MOST = 12, 3


class Scores(pd.DataFrame):
    """Scores as ``Client.scores`` gives them: a pandas table that can draw itself."""

    @property
    def _constructor(self) -> type["Scores"]:
        return Scores

    def plot(  # type: ignore[override]  # pandas has an accessor there, which knows no interval
        self, measure: str = "mean", ax: "Axes | None" = None
    ) -> "Axes":
        """Draw ``measure``, a line a unit over time or a bar a unit for a total; means with their
        95 % interval. Gives matplotlib's axes.

        Raises ``CallError`` for a measure that is none, ``WorldError`` without matplotlib.
        """
        if measure not in MEASURES:
            raise CallError(f"{measure!r} cannot be drawn: there are {', '.join(MEASURES)}")
        try:
            from matplotlib import pyplot  # noqa: PLC0415  # wanted for pictures alone
        except ImportError:
            problem = "drawing needs matplotlib: install it, as by `pip install matplotlib`"
            raise WorldError(problem) from None
        if self.empty:
            raise CallError("there is nothing to draw: no rows. Ask for other days or offices")
        axes = ax if ax is not None else pyplot.subplots(layout="constrained")[1]
        time = next((name for name in ("day", "hour") if name in self.columns), None)
        if time is None:
            self._bars(axes, measure)
        else:
            self._lines(axes, measure, time)
        label, limits = MEASURES[measure]
        axes.set_title(label, loc="left")
        low, high = limits or (0, None)
        if time is None:
            axes.set_xlim(left=low, right=high)
        else:
            axes.set_ylim(bottom=low, top=high)
        return axes

    def _lines(self, axes: "Axes", measure: str, time: str) -> None:
        units = list(self._by_unit())
        if len(units) > _LINES_AT_MOST:
            raise CallError(
                f"{len(units)} lines in one picture cannot be told apart: choose at most"
                f" {_LINES_AT_MOST}, by office= or by rows of the table"
            )
        for name, rows in units:
            when = pd.to_datetime(rows[time])
            (line,) = axes.plot(when, rows[measure], marker="o", markersize=3, label=name)
            if measure == "mean" and len(units) <= _BANDS_AT_MOST:
                low, high = rows["mean_low"], rows["mean_high"]
                axes.fill_between(when, low, high, alpha=0.15, color=line.get_color(), lw=0)
            elif measure == "mean":
                axes.vlines(when, rows["mean_low"], rows["mean_high"], line.get_color(), alpha=0.3)
        axes.tick_params(axis="x", rotation=30)
        axes.grid(axis="y", alpha=0.3)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)

    def _bars(self, axes: "Axes", measure: str) -> None:
        rows = pd.DataFrame(self).sort_values(measure)
        names = _names(rows)
        reach = None
        if measure == "mean":
            low, high = rows["mean"] - rows["mean_low"], rows["mean_high"] - rows["mean"]
            reach = [low.clip(lower=0), high.clip(lower=0)]
        axes.barh(names, rows[measure], xerr=reach, ecolor="0.35")
        axes.grid(axis="x", alpha=0.3)

    def _by_unit(self) -> Iterable[tuple[str, pd.DataFrame]]:
        table = pd.DataFrame(self)
        table["_name"] = _names(table)
        return ((str(name), rows) for name, rows in table.groupby("_name", sort=True))


def _names(rows: pd.DataFrame) -> list[str]:
    """What tells the units apart: no more of tenant, office and key than it takes."""
    differing = [name for name in _UNIT if rows[name].nunique() > 1] or ["key"]
    if rows["key"].iloc[0] and "key" not in differing:
        differing.append("key")
    named = rows[differing].agg(" · ".join, axis=1)
    return [name or office for name, office in zip(named, rows["office_id"], strict=True)]


def total(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` of days added up, a row a unit: counts first, then the formulas."""
    if rows.empty:
        return rows.drop(columns="day", errors="ignore")
    added = rows.groupby(_UNIT, as_index=False, sort=True)[_COUNTS].sum()
    made = [_formulas(row) for row in added.to_dict("records")]
    return pd.concat([added, pd.DataFrame(made)], axis=1)


def _formulas(row: dict[Any, Any]) -> dict[str, float | None]:
    faces = tuple(int(row[name]) for name in _FACES)
    votes = scores.Votes(faces, int(row["points"]), int(row["points_squared"]))  # type: ignore[arg-type]
    interval = scores.mean_interval(votes)
    return {
        "response_rate": scores.response_rate(int(row["votes"]), int(row["completions"])),
        "mean": scores.mean(votes),
        "mean_low": None if interval is None else interval.low,
        "mean_high": None if interval is None else interval.high,
        "top2": scores.top2(votes),
        "bottom2": scores.bottom2(votes),
        "mean_wait_seconds": row["wait_seconds"] / row["wait_known"] if row["wait_known"] else None,
    }
