"""One module per command: what it takes (`add_arguments`) and what it does (`run`)."""

COMMANDS = {
    "run": "run the agents without the screen",
    "inventory": "count the files of a reports directory",
    "runs": "list the runs of a reports directory",
    "show": "show a run or a series, or read a saved report back",
    "compare": "say what differs between runs, and whether so few runs can tell",
    "check": "check every number of a report against the files that it is about",
    "campaign": "sweep settings over a night: plan, run, resume, report",
    "import": "read the result files of other benchmark tools",
    "export": "write runs in the formats of other benchmark tools",
    "doctor": "look whether everything that is needed is there",
    "config": "print every setting and where it came from",
    "daemon": "ask about or stop the process behind the screen",
    "simulate": "serve Ollama's API without a model",
}
"""Name → what it does; each is the module of that name (`import_`, for `import` is a word of Python).

Without one of these, `view` opens the screen.
"""
