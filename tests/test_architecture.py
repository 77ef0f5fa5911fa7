"""The house rules that a machine can hold: purity below the ways in, file sizes, names, and documents that are true."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from api.cli import app

ROOT = Path(__file__).parents[1]
PACKAGES = ("models", "terminology", "assistant", "api")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PURE = [path for path in SOURCES if path.relative_to(ROOT).parts[0] != "api"]
WRITTEN = (
    "*.md",
    "*.toml",
    "*.lock",
    "*.py",
    "*.yaml",
    "*.html",
    "*.js",
    "*.css",
    "Makefile",
    "run",
    "NOTICE",
)
_LONGEST_FILE = 450
_VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}

# What a pure room may not ask: the clock, chance, the network, the case store.
_FORBIDDEN_CALLS = {
    ("date", "today"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("time", "time"),
    ("time", "monotonic"),
    ("time", "localtime"),
}
_FORBIDDEN_MODULES = {
    "random",
    "secrets",
    "uuid",
    "socket",
    "urllib.request",
    "http.client",
    "requests",
    "httpx",
    "api",
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", PURE, ids=name)
def test_no_clock_chance_or_network_below_the_ways_in(path: Path) -> None:
    tree = ast.parse(path.read_text())
    modules = {module for module in imports(tree) if module in _FORBIDDEN_MODULES or module.split(".")[0] == "api"}
    calls = {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in _FORBIDDEN_CALLS
    }
    assert not modules
    assert not calls


@pytest.mark.parametrize("path", [p for p in SOURCES if "models/store" not in name(p)], ids=name)
def test_only_the_stores_know_sql(path: Path) -> None:
    allowed = name(path) in ("terminology/database.py", "terminology/build.py")
    found = {module.split(".")[0] for module in imports(ast.parse(path.read_text()))}
    assert not found & {"sqlmodel", "sqlalchemy"}
    assert allowed or "sqlite3" not in found


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_files_are_short_named_and_described(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= _LONGEST_FILE
    assert not _VAGUE & set(path.stem.split("_"))
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_rule_is_keyed_on_a_year(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare):
            attributes = {item.attr for item in ast.walk(node) if isinstance(item, ast.Attribute)}
            numbers = {item.value for item in ast.walk(node) if isinstance(item, ast.Constant)}
            years = {number for number in numbers if isinstance(number, int) and 1990 <= number <= 2100}
            assert not ("year" in attributes and years), f"line {node.lineno}"


def committed_text() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *WRITTEN], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        return [path for pattern in WRITTEN for path in ROOT.rglob(pattern) if ".venv" not in path.parts]
    return [ROOT / item for item in listed.stdout.split("\0") if item]


def test_no_machine_path_or_registry_host_is_written_down() -> None:
    # Spelled in parts, so that this file does not find itself.
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "deb" + "ian.org/deb"]
    places = re.compile(r"(?<![\w.])/(?:work|root|home|tmp)/[\w.]+")
    for path in committed_text():
        if not path.is_file() or path.suffix == ".jsonl":
            continue
        text = path.read_text()
        assert not [host for host in hosts if host in text], name(path)
        assert not places.search(text), f"{name(path)}: {places.search(text)}"


def test_a_fresh_clone_has_what_a_stranger_looks_for() -> None:
    for file in (
        "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "NOTICE",
        "Makefile", ".ci/run", "requirements.lock", "requirements-dev.lock",
    ):  # fmt: skip
        assert (ROOT / file).is_file(), file


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def test_every_make_command_in_the_documents_exists() -> None:
    for file in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/command-line.md"):
        named = set(re.findall(r"`?make ([a-z]+)", (ROOT / file).read_text()))
        assert named <= make_targets(), file
    assert {"run", "test", "lint", "score", "bench"} <= make_targets()


def commands() -> dict[str, list[str]]:
    """Every command as typed -> its options."""
    found = {}

    def walk(group: object, prefix: str) -> None:
        for command_name, command in group.commands.items():  # type: ignore[attr-defined]
            if hasattr(command, "commands"):
                walk(command, f"{prefix}{command_name} ")
            else:
                options = [opt for param in command.params for opt in param.opts if opt.startswith("--")]
                found[f"{prefix}{command_name}"] = [option for option in options if option != "--help"]

    walk(typer.main.get_command(app), "")
    return found


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_documented_with_its_options(command: str) -> None:
    sections = re.split(r"^## ", (ROOT / "docs" / "command-line.md").read_text(), flags=re.MULTILINE)
    section = next((text for text in sections if text.startswith(f"`oncode {command}")), "")
    assert section, f"docs/command-line.md has no section for {command}"
    for option in commands()[command]:
        assert f"`{option}" in section, option


def test_the_map_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {
        name(path.parent) + "/"
        for path in SOURCES
        if path.name == "__init__.py" and path.parent.name not in ("route", "workbench", "terminal")
    }
    missing = {room for room in rooms if f"`{room}`" not in text}
    assert not missing


def test_links_between_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} -> {target}"


def test_both_locks_pin_every_dependency_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[\[<>=]", item)[0].lower() for item in project["dependencies"]}
    pins = {}
    for file in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / file).read_text()
        pins[file] = dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, flags=re.MULTILINE))
        assert wanted <= set(pins[file]), file
        assert text.count("--hash=sha256:") >= len(pins[file])
        assert "http" not in re.sub(r"#.*|http(core|x|s)?2?==|[a-z-]*http[a-z0-9-]*==", "", text)
    both = pins["requirements.lock"].keys() & pins["requirements-dev.lock"].keys()
    assert all(pins["requirements.lock"][item] == pins["requirements-dev.lock"][item] for item in both)


def test_every_key_of_the_workbench_is_documented() -> None:
    script = (ROOT / "api" / "workbench" / "static" / "workbench.js").read_text()
    table = script[script.index("const keys = {") : script.index('document.addEventListener("keydown"')]
    keys = set(re.findall(r"(?:^|[ {,])\"?([a-z?]|Escape)\"?: ", table, flags=re.MULTILINE))
    assert {"j", "k", "n", "p", "?"} <= keys
    page = (ROOT / "api" / "workbench" / "template" / "base.html").read_text()
    document = (ROOT / "docs" / "workbench.md").read_text()
    for key in keys:
        shown = "Esc" if key == "Escape" else key
        assert f"<kbd>{shown}</kbd>" in page, key
        assert f"`{shown}`" in document, key
