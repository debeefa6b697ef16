"""Writes XLSX. Text is never a formula or a link there, whatever it begins with."""

from collections.abc import Iterable
from typing import IO

from collector.replacement.files.sheets import Sheet

_OPTIONS = {
    "constant_memory": True,  # each row goes to the disk as soon as the next one comes
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}
_COLUMN_WIDTH = 16
"""In characters; a day fits, and most names."""


def write_workbook(sheets: Iterable[Sheet], file: IO[bytes]) -> None:
    """Write them into the file, with headers that stay in sight and can filter. The rows are taken one by one."""
    from xlsxwriter import Workbook  # noqa: PLC0415  # 3 MB, for who asks for a workbook

    with Workbook(file, _OPTIONS) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            page.set_column(0, len(sheet.header) - 1, _COLUMN_WIDTH)
            page.freeze_panes(1, 0)
            page.write_row(0, 0, sheet.header, bold)
            last = 0
            for last, row in enumerate(sheet.rows, 1):
                page.write_row(last, 0, row)
            page.autofilter(0, 0, last, len(sheet.header) - 1)
