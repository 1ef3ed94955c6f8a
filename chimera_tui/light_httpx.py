"""httpx without its command line tool, whose imports (click, Pygments, Rich's Markdown) take 50 ms of a start.

`from chimera_tui.light_httpx import httpx` in the place of `import httpx`. httpx does without the tool when its
module cannot be imported, which is how it behaves where the tool's own dependencies are not installed.
"""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how Python writes "not importable"

import httpx  # noqa: E402

__all__ = ["httpx"]
