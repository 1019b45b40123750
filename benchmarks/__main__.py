"""Measure everything, print the table, fail where a figure is beyond its limit."""

import sys

from benchmarks import captures, dictionaries, echoes, exporter, processes, secure, serving, sweeping
from benchmarks.comparison import table


def main() -> None:
    rows = [
        *processes.whole_process(),
        echoes.per_echo(),
        *echoes.per_association(),
        *secure.rows(),
        *serving.rows(),
        *sweeping.rows(),
        *exporter.rows(),
        *captures.rows(),
        processes.help_page(),
        *processes.completions(),
        processes.memory(),
        *dictionaries.loading(),
    ]
    print(table(rows))
    failed = [row.name for row in rows if row.failed]
    if failed:
        sys.exit(f"over the limit: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
