"""Calm output: aligned lines, and a few that update in place where there is a terminal."""

import os
import shutil
import sys
import time
from collections.abc import Sequence

LABEL_WIDTH = 14
BAR_WIDTH = 24
# Without a terminal, progress is a new line at most so often.
LOG_INTERVAL_SECONDS = 10.0


class Terminal:
    def __init__(self) -> None:
        self._is_live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._has_color = self._is_live and "NO_COLOR" not in os.environ
        self._live_lines = 0
        self._logged_at = time.monotonic()

    def title(self, text: str) -> None:
        self._print(f"\n{self._styled(text, '1')}\n")

    def line(self, label: str, text: str) -> None:
        """A finished step."""
        self._clear_live()
        self._print(f"  {self._styled(label.ljust(LABEL_WIDTH), '36')} {text}")

    def text(self, text: str = "") -> None:
        self._clear_live()
        self._print(f"  {text}" if text else "")

    def failure(self, text: str) -> None:
        self._clear_live()
        sys.stdout.flush()
        print(self._styled(text, "31"), file=sys.stderr, flush=True)

    def live(self, lines: Sequence[tuple[str, str]]) -> None:
        """Shows steps that are under way: replaced by the next call, gone with the next line."""
        if not self._is_live:
            if time.monotonic() - self._logged_at >= LOG_INTERVAL_SECONDS:
                self._logged_at = time.monotonic()
                for label, text in lines:
                    self._print(f"  {label.ljust(LABEL_WIDTH)} {text}")
            return
        self._clear_live()
        columns = shutil.get_terminal_size().columns
        for label, text in lines:
            self._print(f"  {label.ljust(LABEL_WIDTH)} {text}"[:columns - 1])
        self._live_lines = len(lines)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
        self.text()
        self._table_row(header, widths, "1")
        self.text("  ".join("─" * width for width in widths))
        for row in rows:
            self._table_row(row, widths, "")
        self.text()

    def _table_row(self, row: Sequence[str], widths: Sequence[int], style: str) -> None:
        # Names and remarks read from the left, numbers line up at the right.
        cells = [cell.rjust(width) if index and cell[:1].isdigit() or style and 0 < index < 4
                 else cell.ljust(width) for index, (cell, width) in enumerate(zip(row, widths))]
        self.text(self._styled("  ".join(cells).rstrip(), style))

    def _clear_live(self) -> None:
        if self._live_lines:
            sys.stdout.write(f"\033[{self._live_lines}A\033[J")
            self._live_lines = 0

    def _styled(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self._has_color and style else text

    def _print(self, text: str) -> None:
        print(text, flush=True)


def bar(done: int, whole: int) -> str:
    share = min(done / whole, 1.0) if whole else 1.0
    filled = int(share * BAR_WIDTH)
    return f"{'█' * filled}{'░' * (BAR_WIDTH - filled)} {share:4.0%}"


def megabytes(count: float) -> str:
    return f"{count / 1e6:.1f} MB"
