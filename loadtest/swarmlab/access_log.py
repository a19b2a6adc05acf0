"""What the registry sent, by its own count."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Times, addresses, digests and numbers hold no spaces; fields that may be empty come as "-".
NGINX_FORMAT = ("$msec $remote_addr $request_method $status $body_bytes_sent $uri "
                "$sent_http_content_range")
LINE = re.compile(r"(\d+\.\d+) (\S+) (\S+) (\d{3}) (\d+) (\S+) (?:bytes (\d+)-\d+/\d+|-)")
BLOB = re.compile(r"/v2/.+/blobs/(sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class BlobAnswer:
    """One answer with a blob's bytes: [offset, offset + sent), perhaps fewer than were asked for."""

    time: float  # of its end, in seconds since 1970
    client: str
    digest: str
    offset: int
    sent: int


def parse_access_log(text: str) -> list[BlobAnswer]:
    """The answers that carried bytes of blobs. A line that is cut off at the end is not there yet."""
    answers = []
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        blob = BLOB.fullmatch(match.group(6)) if match else None
        if match and blob and match.group(4) in ("200", "206") and match.group(3) == "GET":
            answers.append(BlobAnswer(float(match.group(1)), match.group(2), blob.group(1),
                                      int(match.group(7) or 0), int(match.group(5))))
    return answers


def refused_requests(text: str) -> int:
    """Requests answered with an error status."""
    matches = (LINE.fullmatch(line) for line in text.splitlines())
    return sum(match is not None and int(match.group(4)) >= 400 for match in matches)


def covered_bytes(answers: Iterable[BlobAnswer], digest: str) -> int:
    """How many different bytes of this blob have left the registry."""
    covered = end = 0
    spans = sorted((answer.offset, answer.offset + answer.sent) for answer in answers
                   if answer.digest == digest)
    for first, last in spans:
        covered += max(0, last - max(first, end))
        end = max(end, last)
    return covered
