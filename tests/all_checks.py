"""What `make test` runs: style, types, import directions and all tests.

Every part runs, whatever became of those before it. The last line counts pytest's tests and one for
each other part: ``N passed, N failed``, with ``, N skipped`` where something was.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
PARTS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "import directions": ["lint-imports"],
    "types": ["mypy"],
}


@dataclass
class Result:
    """How many passed and failed, and why the others were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Result") -> None:
        """Count ``other`` in."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def closing_line(self) -> str:
        """The whole in one line."""
        line = f"{self.passed} passed, {self.failed} failed"
        return f"{line}, {self.skipped.total()} skipped" if self.skipped else line


def say(line: str) -> None:
    """Print at once: what the parts print goes to the same place."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(name: str, command: list[str]) -> int:
    """Run one part under a heading; its exit code."""
    say(f"\n--- {name}: {' '.join(command)}")
    begun = time.perf_counter()
    program = Path(sys.executable).with_name(command[0])
    code = subprocess.run([program, *command[1:]], cwd=ROOT, check=False).returncode
    verdict = "good" if code == 0 else f"FAILED (exit code {code})"
    say(f"--- {name}: {verdict}, {time.perf_counter() - begun:.1f} s")
    return code


def run_tests(report: Path) -> Result:
    """Run pytest and read what it reports; a run that ends in no report is one failure."""
    code = run(
        "tests",
        [
            "pytest",
            "-q",
            "-n2",
            "--dist=loadfile",
            f"--junitxml={report}",
            "-o",
            "junit_logging=no",
        ],
    )
    result = read(report) if report.exists() else Result()
    if code and not result.failed:
        result.failed += 1
    return result


def read(report: Path) -> Result:
    """What a report in JUnit's form says."""
    result = Result()
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif skipped is not None:
            result.skipped[skipped.get("message", "no reason given")] += 1
        else:
            result.passed += 1
    return result


def main() -> int:
    """Run everything; 0 where nothing failed."""
    whole = Result()
    for name, command in PARTS.items():
        failed = run(name, command) != 0
        whole.add(Result(passed=not failed, failed=failed))
    with tempfile.TemporaryDirectory() as folder:
        whole.add(run_tests(Path(folder) / "report.xml"))
    say("")
    for reason, count in sorted(whole.skipped.items()):
        say(f"skipped {count} x: {reason}")
    say(whole.closing_line())
    return 1 if whole.failed else 0


if __name__ == "__main__":
    sys.exit(main())
