"""Read workbooks of spreadsheets, of which one sheet is the table."""

import io

from sklearn_ser.datasets._table_text import is_empty
from sklearn_ser.utils._messages import say_count, say_rows, shorten


def read_workbook(path, name, remarks):
    """Read the first sheet with cells of a workbook.

    Parameters
    ----------
    path : Path
    name : str
        Of the workbook, for messages.
    remarks : Remarks

    Returns
    -------
    name : str
        With the sheet, if several have cells.
    rows : list of list
        The cells of the sheet.
    unread : tuple of str
        Titles of other sheets that may be tables.

    Raises
    ------
    ImportError
        If openpyxl is not installed.
    ValueError
        If this is no workbook.
    """
    sheets = _read_sheets(path, True)
    if not sheets:
        raise ValueError(f"{name} has no sheet with cells; save the table as CSV.")
    filled = [
        title for title, rows in sheets.items() if any(not all(map(is_empty, r)) for r in rows)
    ]
    first = next(iter(filled), next(iter(sheets)))
    if len(filled) > 1:
        name = f"{name}, sheet {first!r}"
    rows = sheets[first]
    if any(cell is None for row in rows for cell in row):
        _describe_formulas(rows, _read_sheets(path, False)[first], remarks.of(name))
    unread = tuple(t for t in filled if t != first and _is_table(sheets[t]))
    return name, rows, unread


def _read_sheets(path, values):
    """Return the cells of each sheet: the values of formulas, or the formulas."""
    try:
        import openpyxl
    except ImportError:
        raise ImportError(
            f"reading {path.name} needs openpyxl: save the table as CSV, or pip install openpyxl."
        ) from None
    try:
        content = io.BytesIO(path.read_bytes())
        book = openpyxl.load_workbook(content, read_only=True, data_only=values)
    except Exception as error:  # of many types, for archives that are no workbook
        raise ValueError(
            f"{path} is an archive and no .xlsx file; save the table as CSV "
            f"({shorten(error, 100)})."
        ) from error
    try:
        return {s.title: [*map(list, s.iter_rows(values_only=True))] for s in book.worksheets}
    finally:
        book.close()


def _describe_formulas(rows, formulas, remarks):
    """Append a remark on formulas whose values the program that wrote them did not save."""
    found = [
        number
        for number, (row, written) in enumerate(zip(rows, formulas, strict=False), 1)
        for cell, formula in zip(row, written, strict=False)
        if cell is None and formula is not None
    ]
    if found:
        count = say_count(
            len(found), "formula has no value and is", "formulas have no values and are"
        )
        remarks.append(
            f"{count} read as empty ({say_rows(found)}): open the workbook in a spreadsheet "
            "program, and save it again"
        )


def _is_table(rows):
    """Return whether a sheet has a header and more below it."""
    widths = [sum(not is_empty(cell) for cell in row) for row in rows]
    return sum(width > 1 for width in widths) > 1
