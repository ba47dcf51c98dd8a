"""Files for Grafana: those of the composition are what `semko dashboards render` writes."""

from pathlib import Path

import yaml

from dashboards.grafana.files import provisioning
from dashboards.grafana.words import Words
from tests.installations import ROOT, semko

HELD = ROOT / "deploy" / "grafana" / "provisioning"


def test_the_composition_has_what_would_be_rendered_now() -> None:
    held = {
        str(path.relative_to(HELD)): path.read_text("utf-8")
        for path in HELD.rglob("*")
        if path.is_file()
    }
    assert held == provisioning(Words("en"), "", "")


def test_rendering_says_what_it_wrote_and_writes_no_more_than_that(tmp_path: Path) -> None:
    tried = semko("dashboards", "render", "here", "--dry-run", folder=tmp_path)
    assert tried.returncode == 0, tried.stderr
    assert "+++ alerting/rules.yml then" in tried.stdout
    assert not (tmp_path / "here").exists()
    done = semko("dashboards", "render", "here", folder=tmp_path)
    assert "9 files written" in done.stderr
    again = semko("dashboards", "render", "here", folder=tmp_path)
    assert "0 files written" in again.stderr


def test_a_contact_point_is_there_only_where_somebody_is_to_be_told() -> None:
    silent, loud = (provisioning(Words("en"), "", to) for to in ("", "duty@town.example"))
    assert loud.keys() - silent.keys() == {"alerting/contact-points.yml"}
    rules = yaml.safe_load(loud["alerting/rules.yml"])["groups"][0]["rules"]
    assert [rule["isPaused"] for rule in rules] == [False] * 3
    assert "duty@town.example" in loud["alerting/contact-points.yml"]
    assert not any("polic" in name for name in loud)
