"""The description of the API as one finished page: no script, no request to anywhere.

Made from the OpenAPI document alone.
"""

import base64
import hashlib
import json
from html import escape
from typing import Any

Node = dict[str, Any]

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--go:#0a7a5a}
body{font:16px/1.55 system-ui,sans-serif;max-width:56rem;margin:0 auto;padding:2rem 1.25rem 5rem}
h1{margin-bottom:.25rem}h2{margin:2.75rem 0 .5rem;font-size:1.15rem}h3{margin:1.5rem 0 .4rem;
font-size:1rem}code,pre{font:.88em/1.5 ui-monospace,monospace}pre{background:var(--soft);
padding:.9rem 1rem;border-radius:.5rem;overflow:auto}b.verb{color:var(--go);margin-right:.5rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;
vertical-align:top;padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line)}
nav a{display:inline-block;margin:.15rem 1rem .15rem 0}small{opacity:.75}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'none'"
)


def page(document: Node) -> str:
    """HTML for people, in the order of the document."""
    info = document["info"]
    operations = [
        (path, verb, operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]
    links = [f'<a href="#{_anchor(verb, path)}">{escape(path)}</a>' for path, verb, _ in operations]
    schemas = document["components"]["schemas"]
    links += [f'<a href="#{name}">{name}</a>' for name in schemas]
    parts = [
        f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>",
        f"<p>{_prose(info['description'])}</p>",
        f'<nav>{" ".join(links)} <a href="/openapi.json">openapi.json</a></nav>',
        *(_operation(path, verb, operation) for path, verb, operation in operations),
        *(_schema(name, schema) for name, schema in schemas.items()),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(info['title'])}: HTTP</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def _operation(path: str, verb: str, operation: Node) -> str:
    rows = [
        f"<tr><td><code>{status}</code><td>{_prose(answer['description'])}<td>{_kinds(answer)}"
        for status, answer in sorted(operation["responses"].items())
    ]
    parameters = [
        f"<p><code>{escape(_placed(each))}</code> {_prose(each['description'])}</p>"
        for each in operation.get("parameters", ())
    ]
    return (
        f'<h2 id="{_anchor(verb, path)}"><b class="verb">{verb.upper()}</b>'
        f"<code>{escape(path)}</code> {escape(operation['summary'])}</h2>"
        f"<p>{_prose(operation.get('description', ''))}</p>{''.join(parameters)}"
        f"{_body(operation.get('requestBody', {}))}"
        f'<h3>Answers</h3><div class="wide"><table>{"".join(rows)}</table></div>'
    )


def _placed(parameter: Node) -> str:
    """A parameter as it stands in the path or behind it."""
    name = parameter["name"]
    return f"{{{name}}}" if parameter["in"] == "path" else f"?{name}="


def _body(body: Node) -> str:
    parts = []
    for media, content in body.get("content", {}).items():
        parts.append(f"<h3>Body <code>{escape(media)}</code></h3>")
        if description := content["schema"].get("description"):
            parts.append(f"<p>{_prose(description)}</p>")
        for example in content.get("examples", {}).values():
            text = json.dumps(example["value"], ensure_ascii=False, indent=2)
            parts.append(f"<p>{escape(example['summary'])}</p><pre>{escape(text)}</pre>")
    return "".join(parts)


def _schema(name: str, schema: Node) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"<tr><td><code>{escape(field)}</code><td>{_type(about)}"
        f"<td>{'' if field in required else 'optional'}<td>{_prose(about.get('description', ''))}"
        for field, about in schema.get("properties", {}).items()
    ]
    return (
        f'<h2 id="{name}">{name}</h2><p>{_prose(schema.get("description", ""))}</p>'
        f'<div class="wide"><table>{"".join(rows)}</table></div>'
    )


def _type(schema: Node) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{name}">{name}</a>'
    for word in ("anyOf", "oneOf"):
        if word in schema:
            kinds = (_type(each) for each in schema[word] if each.get("type") != "null")
            return " or ".join(kinds)
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return " ".join(f"<code>{escape(json.dumps(each))}</code>" for each in schema["enum"])
    kind = schema.get("format") or schema.get("type", "any")
    inner = f" of {_type(schema['items'])}" if "items" in schema else ""
    return escape(str(kind)) + inner


def _kinds(answer: Node) -> str:
    content = answer.get("content", {})
    return ", ".join(f"{_type(each['schema'])}" for each in content.values())


def _prose(text: str) -> str:
    """Text with `code` marked."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{each}</code>" if at % 2 else each for at, each in enumerate(pieces))


def _anchor(verb: str, path: str) -> str:
    return f"{verb}-{path.strip('/').replace('/', '-').replace('.', '-')}"
