#!/usr/bin/env python3
"""Checks of the house style that neither the compiler nor clang-tidy makes.

    style_test.py [ROOT]       checks the repository; one line for each finding, exit 1 if any
    style_test.py --self-test  checks the checks, each by an example that must be found
"""

import pathlib
import re
import sys
import tempfile
import unittest

LINES_MAX = 400

# A module may include those of the ranks below its own; of its own rank only itself.
MODULE_RANKS = {
    "base": 0,
    "http": 1,
    "pki": 1,
    "containerd": 1,
    "manual": 1,
    "store": 1,
    "discovery": 1,
    "upstream": 1,
    "p2p": 2,
    "transfer": 3,
    "mirror": 4,
    "admin": 4,
    "inventory": 5,
    "cli": 5,
    "daemon": 6,
}

# Third-party headers that cost much or tie modules together: where each may be included at all, and
# in which modules' headers.
FENCED_INCLUDES = [
    ("boost/beast", {"http", "upstream"}, {"http", "upstream"}),
    ("libtorrent", {"p2p"}, {"p2p"}),
    ("leveldb", {"store"}, {"store"}),
]

FORBIDDEN = [
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "unfinished work is an issue, not a comment"),
    (re.compile(r"\basio::detached\b"), "asio::detached: start coroutines with spawn()"),
    (re.compile(r"\bco_return\b[^;]*std::move\(\w+(->|\.)error\(\)\)"),
     "an error moved out of a result in a co_return is destroyed twice by GCC 12.2; pass it by copy"),
    (re.compile(r"\busing\s+namespace\s+(?!std::[\w:]*literals)"), "using namespace"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def without_comments_and_strings(text):
    """The code alone, with what is left out blanked so that offsets and lines stay."""
    pattern = re.compile(
        r'R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"'
        r"|//[^\n]*|/\*.*?\*/"
        r'|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
        re.DOTALL,
    )
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def closing(code, opening):
    """Where the bracket at `opening` closes; the end of the text where it does not."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    depth = 0
    for offset in range(opening, len(code)):
        if code[offset] in pairs:
            depth += 1
        elif code[offset] in pairs.values():
            depth -= 1
            if depth == 0:
                return offset
    return len(code)


def expression_from(code, start):
    """The code from `start` to the ';' that ends the full expression."""
    offset = start
    while offset < len(code) and code[offset] not in ";":
        if code[offset] in ")]}":  # of something that began before: a condition, an argument list
            break
        if code[offset] in "([{":
            offset = closing(code, offset)
        offset += 1
    return code[start:offset]


def captures_of_lambdas(expression):
    """The capture lists of the lambdas that stand in the expression."""
    for match in re.finditer(r"(?<![\w\])])\s*\[", expression):
        opening = match.end() - 1
        end = closing(expression, opening)
        after = expression[end + 1 :].lstrip()
        if after.startswith(("(", "{", "mutable", "<")):
            yield expression[opening + 1 : end].strip()


class File:
    def __init__(self, root, path):
        self.path = path.relative_to(root)
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.code = without_comments_and_strings(self.text)
        self.is_header = path.suffix == ".h"
        parts = self.path.parts
        self.in_src = parts[0] == "src"
        self.module = parts[1] if self.in_src and len(parts) > 2 else None
        self.includes = [
            (match.group(2), line_of(self.text, match.start()))
            for match in INCLUDE.finditer(self.text)
        ]


def check_length(file):
    lines = file.text.count("\n")
    if lines > LINES_MAX:
        yield lines, f"{lines} lines; {LINES_MAX} is the most: split it by concept"


def check_pragma_once(file):
    if file.is_header and not re.search(r"^#pragma once$", file.text, re.MULTILINE):
        yield 1, "a header without #pragma once"


def check_own_header_first(file, root):
    if file.is_header or not file.in_src or file.module is None:
        return
    own = file.path.with_suffix(".h")
    if not (root / own).exists():
        return
    wanted = own.relative_to("src").as_posix()
    if not file.includes or file.includes[0][0] != wanted:
        yield 1, f'the first include must be its own header, "{wanted}"'


def check_forbidden(file):
    for pattern, why in FORBIDDEN:
        # Unfinished work is announced in comments; the rest counts in code only.
        text = file.text if "TODO" in pattern.pattern else file.code
        for match in pattern.finditer(text):
            yield line_of(text, match.start()), why


def check_fenced_includes(file):
    if not file.in_src:
        return
    for name, line in file.includes:
        for prefix, modules, header_modules in FENCED_INCLUDES:
            if not name.startswith(prefix + "/") and name != prefix + ".hpp":
                continue
            allowed = header_modules if file.is_header else modules
            if file.module not in allowed:
                yield line, f"{name} may be included in {', '.join(sorted(allowed))} only"


def check_public_headers_stay_light(file, by_path):
    """No fenced header reaches another module through one of ours."""
    for name, line in file.includes:
        included = by_path.get("src/" + name)
        if included is None or included.module in (None, file.module) or not file.in_src:
            continue
        heavy = fenced_reach(included, by_path, set())
        if heavy:
            yield line, f"{name} brings {heavy} into module {file.module}"


def fenced_reach(file, by_path, seen):
    if file.path in seen:
        return None
    seen.add(file.path)
    for name, _ in file.includes:
        if any(name.startswith(prefix) for prefix, _, _ in FENCED_INCLUDES):
            return name
        inner = by_path.get("src/" + name)
        heavy = fenced_reach(inner, by_path, seen) if inner else None
        if heavy:
            return heavy
    return None


def check_direction(file):
    if file.module is None:
        return
    rank = MODULE_RANKS.get(file.module)
    if rank is None:
        yield 1, f"module {file.module} has no place in the order of dependencies"
        return
    for name, line in file.includes:
        other = name.split("/")[0]
        if "/" not in name or other == file.module or other not in MODULE_RANKS:
            continue
        if MODULE_RANKS[other] >= rank:
            yield line, f"module {file.module} must not include {name}: dependencies point one way"


def check_coroutine_temporaries(file):
    """GCC 12.2 destroys a capturing lambda twice when it is a temporary beside a co_await."""
    for match in re.finditer(r"\bco_await\b", file.code):
        expression = expression_from(file.code, match.end())
        if any(captures_of_lambdas(expression)):
            yield (
                line_of(file.code, match.start()),
                "a capturing lambda inside a co_await expression: give it a name on its own line",
            )


def findings(root):
    files = []
    for folder in ("src", "tests"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cc") and path.is_file():
                files.append(File(root, path))
    by_path = {file.path.as_posix(): file for file in files}
    for file in files:
        for line, why in (
            *check_length(file),
            *check_pragma_once(file),
            *check_own_header_first(file, root),
            *check_forbidden(file),
            *check_fenced_includes(file),
            *check_public_headers_stay_light(file, by_path),
            *check_direction(file),
            *check_coroutine_temporaries(file),
        ):
            yield f"{file.path}:{line}: {why}"


class ChecksTest(unittest.TestCase):
    """Each check finds its example, and good code passes all of them."""

    def findings_of(self, **sources):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in sources.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return list(findings(root))

    def assert_found(self, why, **sources):
        found = self.findings_of(**sources)
        self.assertEqual(len(found), 1, found)
        self.assertIn(why, found[0])

    def assert_clean(self, **sources):
        self.assertEqual(self.findings_of(**sources), [])

    def test_length(self):
        self.assert_found("401 lines", **{"src/base/a.cc": "\n" * 401})
        self.assert_clean(**{"src/base/a.cc": "\n" * 400})

    def test_pragma_once(self):
        self.assert_found("#pragma once", **{"src/base/a.h": "int a;\n"})

    def test_own_header_first(self):
        header = {"src/base/a.h": "#pragma once\n"}
        self.assert_found(
            "own header", **header, **{"src/base/a.cc": '#include <map>\n#include "base/a.h"\n'}
        )
        self.assert_clean(**header, **{"src/base/a.cc": '// Why.\n#include "base/a.h"\n'})

    def test_forbidden_words(self):
        self.assert_found("unfinished", **{"src/base/a.cc": "// " + "TO" + "DO: later\n"})
        self.assert_found("spawn()", **{"src/base/a.cc": "co_spawn(x, f(), asio::detached);\n"})
        self.assert_found("using namespace", **{"src/base/a.cc": "using namespace std;\n"})
        self.assert_clean(
            **{
                "src/base/a.cc": "using namespace std::chrono_literals;\n"
                '// never asio::detached\nauto text = "using namespace std";\n'
            }
        )

    def test_fenced_includes(self):
        beast = "#include <boost/beast/http.hpp>\n"
        self.assert_found("may be included", **{"src/mirror/a.cc": beast})
        self.assert_clean(**{"src/http/a.cc": beast})
        torrent = "#pragma once\n#include <libtorrent/session.hpp>\n"
        self.assert_found("may be included", **{"src/transfer/a.h": torrent})
        self.assert_clean(**{"src/p2p/a.h": torrent})

    def test_fenced_includes_do_not_travel(self):
        self.assert_found(
            "brings libtorrent/session.hpp into module transfer",
            **{
                "src/p2p/b.h": "#pragma once\n#include <libtorrent/session.hpp>\n",
                "src/p2p/a.h": '#pragma once\n#include "p2p/b.h"\n',
                "src/transfer/c.cc": '#include "p2p/a.h"\n',
            },
        )

    def test_direction(self):
        self.assert_found("one way", **{"src/store/a.cc": '#include "mirror/x.h"\n'})
        self.assert_found("one way", **{"src/store/a.cc": '#include "http/x.h"\n'})
        self.assert_clean(**{"src/mirror/a.cc": '#include "transfer/x.h"\n'})
        self.assert_found("no place", **{"src/other/a.cc": "\n"})

    def test_coroutine_temporaries(self):
        for bad in (
            "co_await offload(pool, [&] { return 1; });\n",
            "auto x = co_await offload(pool,\n    [this]() mutable { f(); });\n",
            "if (co_await run([x](int y) { return x; })) f();\n",
        ):
            self.assert_found("capturing lambda", **{"src/base/a.cc": bad})
        self.assert_clean(
            **{
                "src/base/a.cc": "auto work = [&] { return 1; };\n"
                "co_await offload(pool, std::move(work));\n"
                "co_await f(table[i], values[0](1));\n"
                "co_await f([] { return 1; });\n"
                "if (co_await g()) h([&] {});\n"
                "// co_await f([&] {});\n"
            }
        )


def main(arguments):
    if arguments == ["--self-test"]:
        return unittest.main(argv=["style_test"], exit=False).result.wasSuccessful() is not True
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).parents[1]).resolve()
    found = list(findings(root))
    print("\n".join(found) if found else "style: no findings")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
