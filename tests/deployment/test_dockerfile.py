"""The image: pinned, checked by hashes, without tools, without root, asked whether it is well."""

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from models.errors import WorldError
from sources.gateway import GatewaySettings
from tests.deployment.dockerfile import ROOT, VERSION, context, stages
from tests.installations import free_port
from tests.sources.gateway_at_work import gateway, in_a_loop, keys_at

BUILD, LAST = stages()


def test_both_stages_stand_on_the_same_python_of_one_version() -> None:
    assert BUILD.base == LAST.base
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", LAST.base)


def test_every_package_is_checked_by_its_hash_and_none_is_compiled() -> None:
    installs = [text for text in BUILD.texts("RUN") if text.startswith("uv pip install")]
    locked, ours = installs
    assert {"--require-hashes", "--no-build"} <= set(locked.split())
    assert locked.endswith("--requirements requirements.lock")
    assert "--no-deps" in ours.split()
    (build,) = (text for text in BUILD.texts("RUN") if text.startswith("uv build"))
    assert "--build-constraints requirements-dev.lock --require-hashes" in build
    (tool,) = (text for text in BUILD.texts("RUN") if text.startswith("pip install"))
    assert '"uv==$(cat .uv-version)"' in tool


def test_the_last_stage_takes_what_was_built_and_brings_no_tools() -> None:
    copied = [text.split() for text in LAST.texts("COPY")]
    assert [words[:2] for words in copied] == [
        ["--from=build", "/srv/semko"],
        ["deploy/healthy.py", "/srv/semko/healthy.py"],
    ]
    (run,) = LAST.texts("RUN")
    assert "pip uninstall --yes --quiet pip setuptools wheel" in run
    assert not re.search(r"\b(?:apt-get|curl|wget|gcc|uv)\b|pip install", run)
    assert not LAST.texts("ADD")
    assert not BUILD.texts("ADD")


def test_it_does_not_run_as_root_and_says_what_it_is() -> None:
    (user,) = LAST.texts("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert f"--uid {user.partition(':')[0]} " in " ".join(LAST.texts("RUN"))
    assert LAST.words("ENTRYPOINT") == ["semko"]
    (labels,) = LAST.texts("LABEL")
    assert f'org.opencontainers.image.version="{VERSION}"' in labels


def test_no_secret_is_built_in() -> None:
    named = " ".join(text for stage in (BUILD, LAST) for text in stage.texts("ENV"))
    assert not re.search(r"PASSWORD|SECRET|TOKEN|KEY", named)
    assert not BUILD.texts("ARG")
    assert not LAST.texts("ARG")


def test_every_package_of_ours_is_copied_and_the_build_sees_it() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    copied = {name for text in BUILD.texts("COPY") for name in text.split()[:-1]}
    assert packages <= copied <= context()


async def asked(port: int, *arguments: str) -> tuple[int, str]:
    """What the health check of the image says of a process on ``port``, and its exit code."""
    (text,) = LAST.texts("HEALTHCHECK")
    assert text.endswith('CMD ["python", "/srv/semko/healthy.py"]')
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "deploy" / "healthy.py"),
        *arguments,
        env={"SEMKO_HTTP": f"0.0.0.0:{port}"},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, told.decode()


@in_a_loop
async def test_the_health_check_finds_a_gateway_well_with_keys_and_without(tmp_path: Path) -> None:
    async with gateway() as it:
        assert (await asked(it.port))[0] == 0
    async with gateway(GatewaySettings(port=0, keys_path=keys_at(tmp_path))) as it:
        assert (await asked(it.port))[0] == (await asked(it.port, "/readyz"))[0] == 0


@in_a_loop
async def test_the_health_check_says_why_something_is_not_well() -> None:
    async def loading() -> Mapping[str, object]:
        raise WorldError("the worker is still loading")

    async with gateway(ready=loading) as it:
        code, told = await asked(it.port, "/readyz")
        assert (code, "still loading" in told) == (1, True)
        assert (await asked(it.port))[0] == 0
    code, told = await asked(free_port())
    assert (code, "does not answer" in told) == (1, True)
