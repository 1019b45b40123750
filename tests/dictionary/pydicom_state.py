"""pydicom's dictionaries as they were: tests that register entries leave nothing behind."""

import contextlib
from collections.abc import Iterator
from typing import Any

from pydicom import datadict
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._private_dict import private_dictionaries


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """End with the entries that were there."""
    tables: list[dict[Any, Any]] = [
        *(DicomDictionary, RepeatersDictionary, private_dictionaries, datadict.masks, datadict.keyword_dict)
    ]
    before = [dict(table) for table in tables]
    private = {creator: dict(entries) for creator, entries in private_dictionaries.items()}
    keywords = list(datadict.REPEATER_KEYWORDS)
    try:
        yield
    finally:
        for table, content in zip(tables, before, strict=True):
            table.clear()
            table.update(content)
        private_dictionaries.update(private)
        datadict.REPEATER_KEYWORDS[:] = keywords
