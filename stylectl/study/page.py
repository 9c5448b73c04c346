"""The page of a study: one HTML file with its style, its program and its pictures inside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from typing import Any


def page(study: dict[str, Any]) -> str:
    """The HTML of a study.

    Args:
        study: what page.js reads: "legend", "pairsPerPerson", "pictures" (base64 of JPEGs) and
            "pairs", each with "pair" (names of content and style), "given" (numbers of the two
            pictures) and "results" (mark of the method -> number of the picture).

    The page gets an "id" made of all that, so that answers to two studies are never mixed.
    """
    digest = hashlib.sha256(json.dumps(study, sort_keys=True).encode()).hexdigest()
    data = json.dumps({"id": digest[:12], **study}).replace("<", "\\u003c")
    style, program = _part("page.css"), _part("page.js")
    # Nothing but what is in this file can run or load, wherever the page is opened.
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; "
        f"script-src '{_hash(program)}'; base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "style": style, "program": program, "study": data}
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _part("page.html"))


def _part(name: str) -> str:
    return (files(__package__ or "stylectl.study") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
