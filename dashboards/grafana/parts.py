"""What dashboards are put together from: panels, variables, links, and the colours of the faces."""

from typing import Any

from grafana_foundation_sdk.builders import common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    GraphDrawStyle,
    StackingMode,
    TableCellDisplayMode,
    VisibilityMode,
)

from dashboards.grafana.queries import SOURCE_REF, TABLE, TIME_SERIES, Asked
from dashboards.grafana.words import Words

TAG = "semko"
FACES = (
    (0.0, "#c4513f"),
    (12.5, "#c97a2b"),
    (37.5, "#a8952f"),
    (62.5, "#3f9c86"),
    (87.5, "#2f9a64"),
)
"""From which score on which colour: those of the wall."""
GREY = "#7d888c"
FULL, HALF, THIRD = 24, 12, 8
"""Widths of panels, of 24."""

Panel = stat.Panel | table.Panel | timeseries.Panel


class Panels:
    """Panels with the words of one language; titles are named by their keys."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def scores(self, title: str, sql: str, height: int = 5) -> stat.Panel:
        """A large number a row of ``name`` and ``score``, coloured by its face."""
        every_row = common.ReduceDataOptions().values(True).calcs([])
        return (
            stat.Panel()
            .title(self._words.say(title))
            .datasource(SOURCE_REF)
            .with_target(Asked(sql, TABLE))
            .reduce_options(every_row)
            .thresholds(score_thresholds())
            .mappings(self._too_few())
            .decimals(0)
            .min(0)
            .max(100)
            .span(FULL)
            .height(height)
        )

    def number(self, title: str, sql: str, unit: str, worse_from: float) -> stat.Panel:
        """One number that is red from ``worse_from`` on."""
        steps = [
            model.Threshold(value=None, color=FACES[4][1]),
            model.Threshold(value=worse_from, color=FACES[0][1]),
        ]
        thresholds = dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
        return (
            stat.Panel()
            .title(self._words.say(title))
            .datasource(SOURCE_REF)
            .with_target(Asked(sql, TABLE))
            .unit(unit)
            .thresholds(thresholds)
            .span(THIRD)
            .height(8)
        )

    def lines(
        self, title: str, sql: str, unit: str = "none", width: int = HALF, top: float | None = None
    ) -> timeseries.Panel:
        """Lines over time; where nobody voted is a gap."""
        panel = (
            timeseries.Panel()
            .title(self._words.say(title))
            .datasource(SOURCE_REF)
            .with_target(Asked(sql, TIME_SERIES))
            .unit(unit)
            .min(0)
            .show_points(VisibilityMode.AUTO)
            .line_width(2)
            .span(width)
            .height(8)
        )
        return panel if top is None else panel.max(top)

    def band(self, title: str, sql: str, width: int = HALF) -> timeseries.Panel:
        """A mean in its interval; the columns are ``time``, ``score``, ``low``, ``high``."""
        thin = [_value("custom.lineWidth", 0)]
        fill = [*thin, _value("custom.fillBelowTo", "low"), _value("custom.fillOpacity", 18)]
        panel = self.lines(title, sql, width=width, top=100)
        return panel.override_by_name("low", thin).override_by_name("high", fill)

    def bars(self, title: str, sql: str, width: int = HALF) -> timeseries.Panel:
        """Stacked bars over time; faces have their colours."""
        stacked = common.StackingConfig().mode(StackingMode.NORMAL)
        panel = self.lines(title, sql, width=width).draw_style(GraphDrawStyle.BARS)
        panel = panel.fill_opacity(80).stacking(stacked)
        for number, (_, colour) in enumerate(FACES, 1):
            fixed = _value("color", {"mode": "fixed", "fixedColor": colour})
            panel = panel.override_by_name(self._words.say(f"face{number}"), [fixed])
        return panel

    def rows(
        self, title: str, sql: str, columns: str, width: int = HALF, height: int = 8
    ) -> table.Panel:
        """A table; ``columns`` are those of the query, each headed by its word, scores coloured."""
        panel = (
            table.Panel()
            .title(self._words.say(title))
            .datasource(SOURCE_REF)
            .with_target(Asked(sql, TABLE))
            .span(width)
            .height(height)
        )
        for name in columns.split():
            heading = [_value("displayName", self._words.say(f"column {name}"))]
            heading += [_value(*each) for each in _FORMS.get(name, ())]
            heading += self._coloured() if name == "score" else []
            panel = panel.override_by_name(name, heading)
        return panel

    def matrix(self, title: str, sql: str, down: str, across: str) -> table.Panel:
        """Scores as a heat map; the columns are ``down``, ``across`` and ``score``."""
        turned = model.DataTransformerConfig(
            id_val="groupingToMatrix",
            options={
                "columnField": across,
                "rowField": down,
                "valueField": "score",
                "emptyValue": "null",
            },
        )
        numbers = model.MatcherConfig(id_val="byType", options="number")
        panel = self.rows(title, sql, down, FULL, 10).with_transformation(turned)
        return panel.with_override(numbers, self._coloured())

    def _coloured(self) -> list[model.DynamicConfigValue]:
        cell = {"type": TableCellDisplayMode.COLOR_BACKGROUND, "mode": "basic"}
        return [
            _value("thresholds", score_thresholds().build().to_json()),
            _value("custom.cellOptions", cell),
            _value("decimals", 0),
            _value("mappings", self._too_few()),
        ]

    def _too_few(self) -> list[Any]:
        """In place of a score that does not exist: grey, and in words."""
        said = model.ValueMappingResult(text=self._words.say("tooFew"), color=GREY)
        null = model.SpecialValueMatch.NULL
        of = model.DashboardSpecialValueMapOptions(match=null, result=said)
        return [model.SpecialValueMap(options=of)]

    def variable(self, name: str, sql: str) -> dashboard.QueryVariable:
        """Several values or all of them, asked for anew whenever the time changes."""
        return (
            dashboard.QueryVariable(name)
            .label(self._words.say(f"{name}Label"))
            .datasource(SOURCE_REF)
            .query(" ".join(sql.split()))
            .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(model.VariableSort.ALPHABETICAL_ASC)
            .multi(True)
            .include_all(True)
            .current(model.VariableOption(selected=True, text="All", value="$__all"))
        )

    def board(self, name: str, since: str, refresh: str, pages: str) -> dashboard.Dashboard:
        """An empty dashboard, linked to the others and to the gateway's own pages at ``pages``."""
        links = [
            dashboard.DashboardLink("SEMKO")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        ]
        for title, path in (("toWall", "/wall"), ("toShift", "/shift")) if pages else ():
            link = dashboard.DashboardLink(self._words.say(title)).url(pages + path)
            link = link.type(model.DashboardLinkType.LINK).icon("external link")
            links.append(link.target_blank(True))
        made = (
            dashboard.Dashboard(f"SEMKO: {self._words.say(name)}")
            .uid(f"semko-{name}")
            .description(self._words.say(f"{name}About"))
            .tags([TAG])
            .time(since, "now")
            .refresh(refresh)
            .timezone("browser")
            .editable()
        )
        for link in links:
            made = made.link(link)
        return made


_FORMS: dict[str, tuple[tuple[str, object], ...]] = {
    "low": (("decimals", 0),),
    "high": (("decimals", 0),),
    "expected": (("decimals", 0),),
    "observed": (("decimals", 0),),
    "wait": (("unit", "s"),),
    "response": (("unit", "percentunit"), ("decimals", 0)),
    "offset": (("unit", "s"),),
    "before": (("decimals", 0),),
    "after": (("decimals", 0),),
    "change": (("decimals", 0),),
    "reach": (("decimals", 0),),
}
"""How columns of tables are shown."""


def score_thresholds() -> dashboard.ThresholdsConfig:
    """The five faces, as thresholds."""
    first = model.Threshold(value=None, color=FACES[0][1])
    others = [model.Threshold(value=at, color=colour) for at, colour in FACES[1:]]
    absolute = model.ThresholdsMode.ABSOLUTE
    return dashboard.ThresholdsConfig().mode(absolute).steps([first, *others])


def _value(name: str, value: object) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(id_val=name, value=value)
