"""What words around a number tell whether it is a claim, and of what sort."""

from __future__ import annotations

import re

BRACKETS = re.compile(r"[(\[]([^()\[\]]{1,24})[)\]]")
LABEL = re.compile(
    r"\b(?:report|table|figure|fig|section|step|phase|iteration|run|test|appendix|"
    r"chapter|part|example|option|agent|"
    r"task|scenario|experiment|priority|level|tier|stage|trial|batch|epoch|version|"
    r"file|note|item|question|finding|"
    r"recommendation|risk|rule|attempt|round|page|line|row|case|model|gpu|cpu|core|"
    r"python|cuda|windows|linux|ubuntu|"
    r"llama|gemma|qwen|phi|mistral|gpt|rtx|gtx|tr|configuration|config|week|day|year|no|nr|number|quarter|chimera)"
    r"\.?\s*#?\s*$",
    re.IGNORECASE,
)
TOP = re.compile(r"\b(?:top|first|last|next|past|previous|bottom|final|remaining)[\s-]*$", re.IGNORECASE)
WINDOW = re.compile(r"\b(?:per|over|in a|in|for|every|each|of a|within|a)\s*$", re.IGNORECASE)
ASSUMED = re.compile(
    r"\b(?:assum\w*|suppose|hypothetical\w*|imagine|e\.g|for example|for instance|if we|let'?s say|say)\b",
    re.IGNORECASE,
)
DATE_LINE = re.compile(
    r"^\W*(?:report |analysis |issue |creation |publication )?(?:date|dated|last updated|generated|"
    r"prepared|published|created|written|author(?:ed)?|"
    r"timestamp|report version|revision)\b(?!\s*(?:range|span|distribution))",
    re.IGNORECASE,
)
TARGET = re.compile(
    r"\b(?:targets?|targeting|goal|aim(?:ing)?(?: for)?|should (?:be|not|stay|remain|"
    r"exceed|reach)|must (?:be|not|stay)|"
    r"thresholds?|sla|recommended|ideally|objective)\b[^.;]*$",
    re.IGNORECASE,
)
ADVICE_SECTION = re.compile(
    r"recommend|next step|action|mitigation|future|optimi[sz]ation opportunit|roadmap|"
    r"target|goal|suggest|proposal",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"\b(?:should|could|would|aim|target|goal|consider|recommend\w*|increase|reduce|"
    r"decrease|improve|limit|set|use|try|"
    r"ensure|implement|explore|experiment|at least|up to|threshold|budget|adjust|raise|"
    r"lower|keep|maintain|achieve|plan|"
    r"schedule|allocate|expect\w*|potential\w*|adopt|switch|move|run|conduct|add)\b",
    re.IGNORECASE,
)
COUNTED = re.compile(
    r"\s*(?:different |distinct |unique |main |primary |total |separate |of the |csv |"
    r"json |markdown |md |file |benchmark |data |sub)*"
    r"(?:files?|formats?|types?|director(?:y|ies)|folders?|subfolders?|kinds|categories|documents)\b",
    re.IGNORECASE,
)
LABEL_COLUMN = re.compile(
    r"^\W*(?:#|no\.?|nr\.?|id|rank|step|run|iteration|priority|index|order|test #?)\W*$", re.IGNORECASE
)
UNIT_COLUMN = re.compile(r"^\W*units?\W*$", re.IGNORECASE)
ILLUSTRATIVE = re.compile(
    r"illustrat|placeholder|hypothetical|example|sample (?:data|values|table)|fictional|"
    r"mock|template|inferred|for demonstration",
    re.IGNORECASE,
)
ABOUT = re.compile(r"(?:~|≈|about|around|approx\w*\.?|roughly|nearly|almost|circa|close to)\s*$", re.IGNORECASE)
MORE = re.compile(
    r"(?:over|more than|at least|above|exceed\w*|greater than|>|≥|beyond|upwards of)\s*$", re.IGNORECASE
)
LESS = re.compile(r"(?:under|less than|at most|below|up to|fewer than|<|≤|within)\s*$", re.IGNORECASE)
PER = re.compile(r"(?:\bper|cost of)\s*$", re.IGNORECASE)
PERCENTILE = re.compile(r"\s{0,4}(?:to|-|–)?\s{0,4}\d{0,3}\s{0,4}(?:st|nd|rd|th)?\s{0,4}percentile", re.IGNORECASE)
MODIFIED = re.compile(r"modif|updat", re.IGNORECASE)
FOLDER = re.compile(r"\s*(?:directory|folder)\b", re.IGNORECASE)
DERIVED = re.compile(
    r"reduc|increas|improv|\bgain|yield|\bsav(?:es|ed|ing)|faster|slower|higher|lower|"
    r"better|worse|speed-?up|overhead|\bdrop|"
    r"decreas|degrad|boost|penalty|differ|delta|\bvs\b|versus|compared|variation|variance",
    re.IGNORECASE,
)
OF_THE_DOCUMENT = re.compile(
    r"^\W*(?:(?:document|report) )?(?:last updated|last revised|revision|"
    r"version date)\W*$",
    re.IGNORECASE,
)
