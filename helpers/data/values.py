"""Values as they stand in files and frames, made into numbers, dates or text.

plain_values([True, None, False])                          # text: "True", missing, "False"
parse_numbers("bill", text_series(["12,5", "?"]), Words())   # [12.5, nan]
"""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

MISSING = frozenset(
    ["", "?", "-", "--", "---", ".", "na", "n/a", "n.a.", "#n/a", "#na", "nan", "null", "<na>",
     "nat", "missing", "#null!", "#div/0!", "#value!", "#ref!", "#num!"]
)  # fmt: skip
MANY_NUMBERS = 20  # a column of so many different numbers is no list of codes
DECIMAL_COMMAS = "It has decimal commas."
_POINTS = r"^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?$"  # points between thousands
_LIKE_NUMBER = (r"(?i)^[+-]?(?:\d+|\d{1,3}(?:[.,]\d{3})+|\d*[.,]\d+|\d{1,3}(?:\.\d{3})+,\d+|"
                r"\d{1,3}(?:,\d{3})+\.\d+)(?:e[+-]?\d+)?$")  # fmt: skip
_WITH_SIGN = re.compile(r"([$€£¥%]?) ?[+-]?[\d.,]*\d[\d.,]* ?([$€£¥%]?)")
_MANY = 1000  # texts, of which nobody reads a list
_EXACT = 2**53  # from here on float64 cannot tell whole numbers apart
_PLAIN = r"[+-]?\d+(?:e[+-]?\d+)?"
_DECIMAL_COMMA = re.compile(rf"{_PLAIN}|[+-]?(?:\d+|\d{{1,3}}(?:\.\d{{3}})+)?,\d+(?:e[+-]?\d+)?|"
                            r"[+-]?\d{1,3}(?:\.\d{3}){2,}", re.I)  # fmt: skip
_THOUSANDS = re.compile(rf"{_PLAIN}|[+-]?\d*\.\d+|[+-]?\d{{1,3}}(?:,\d{{3}})+(?:\.\d*)?", re.I)
_DATES = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d",
          "%Y.%m.%d", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y",
          "%B %d, %Y", "%d-%b-%y", "%b %Y", "%Y-%m")  # fmt: skip
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


@dataclass(frozen=True)
class Words:
    """How text is understood.

    Attributes:
        missing: Values that stand for a missing one, besides the usual words.
        decimal: "." or ","; None finds it.
        comma: Whether "1,234" is more likely 1.234 than 1234, where nothing else tells.
        categories, numbers: Columns that hold categories, or numbers, whatever they look like.
        usual: The usual words for a missing value, in small letters.
        among: Which rows are counted, where not all of the file are.
    """

    missing: tuple[str, ...] = ()
    decimal: str | None = None
    comma: bool = False
    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    usual: frozenset[str] = MISSING
    among: str = ""

    @property
    def all_missing(self) -> frozenset[str]:
        """Every word for a missing value, in small letters."""
        return self.usual | {str(value).strip().lower() for value in self.missing}


def plain_values(values):
    """Values as a float64 array, a datetime64 array, or a Polars series of text.

    Of a pandas column that is declared a category, and of booleans, the names are the values.
    """
    import polars as pl

    if isinstance(values, pl.Series) and values.dtype == pl.String:
        return values
    declared = is_declared(values)
    if isinstance(values, pl.Series) and (values.dtype == pl.Boolean or values.dtype == pl.Date):
        values = values.to_list()
    array = np.asarray(values)
    if array.dtype.kind == "m":
        return array / np.timedelta64(1, "D")
    if array.dtype.kind == "M":
        return array
    if array.dtype.kind in "iu" and array.size and max(abs(array.min()), array.max()) >= _EXACT:
        return text_series([str(value) for value in array.tolist()])
    if array.dtype.kind in "iuf" and not declared:
        return array.astype(np.float64)
    found = [None if _is_gap(value) else value for value in array.tolist()]
    given = [value for value in found if value is not None]
    if given and all(isinstance(value, datetime.date) for value in given):
        return np.array(["NaT" if v is None else _day(v) for v in found], "datetime64[us]")
    numeric = not declared and given
    if numeric and all(_is_real(value) for value in given):
        return np.array([np.nan if v is None else float(v) for v in found])
    texts = (v if isinstance(v, str) or v is None else number_text(v) for v in found)
    return text_series(list(texts))


def is_declared(values) -> bool:
    """Whether a frame says that a column holds categories, whatever they look like."""
    return str(getattr(values, "dtype", "")).lower().startswith(("categor", "enum"))


def text_series(values: list):
    """A Polars series of text."""
    import polars as pl

    return pl.Series(values, dtype=pl.String)


def number_text(value) -> str:
    """A value as the name of a category: 3 for 3.0."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return str(int(value)) if whole else str(value)


def parse_numbers(name: str, text, words: Words) -> tuple[np.ndarray | None, str]:
    """The numbers in a column of text, NaN where one is missing, and what is to be said.

    Returns None instead of numbers where the column holds something else.

    Raises:
        ValueError: If it holds mostly numbers, and some text.
    """
    import polars as pl

    missing, note = words.all_missing | {"none"}, ""
    number, rest = _cast(text, missing)
    if rest:
        text = text.str.strip_chars().str.replace("−", "-", literal=True)
        number, rest = _cast(text, missing)
    if rest and (sign := _common_sign(rest)) and not number.is_not_null().any():
        text = text.str.replace_all(sign, "", literal=True).str.strip_chars()
        number, rest = _cast(text, missing)
        note = f"The sign {sign} is taken off."
    if rest:
        number, marks = _with_marks(text, rest, words)
        if number is None:
            _check_mixed(name, text, rest, words)
            return None, ""
        note = " ".join(filter(None, [note, marks]))
    elif name not in words.numbers and _are_codes(text, number):
        return None, ""
    elif words.decimal == "," and len(points := text.filter(text.str.contains(r"\d\.\d"))):
        note = "Its numbers have a decimal point."
        if points.str.contains(_POINTS).all():
            note = "A point divides its thousands."
            number = text.str.replace_all(".", "", literal=True).cast(pl.Float64, strict=False)
    values = number.to_numpy().astype(np.float64)
    for gap in numbers_in(words.missing):
        values = np.where(values == gap, np.nan, values)
    if np.isnan(values).all():
        return None, ""
    if name in words.numbers or np.nanmax(abs(values)) < _EXACT:
        return values, note
    long = text.str.contains(r"^[+-]?\d{16,}$").any()  # identifiers, not to be told apart
    return (None, "") if long else (values, note)


def _are_codes(text, number) -> bool:
    """Whether whole numbers are written with zeros before them, as postcodes are."""
    values = number.to_numpy()
    whole = np.isnan(values) | (values == np.floor(values))
    return bool(whole.all() and text.str.contains(r"^0\d").any())


def _cast(text, missing: Iterable[str]):
    """The numbers in a column of text, and the different texts that are neither nor missing."""
    import polars as pl

    number = text.cast(pl.Float64, strict=False)
    if number.null_count() == text.null_count():
        return number, []
    rest = text.filter(number.is_null() & text.is_not_null()).unique(maintain_order=True)
    return number, [value for value in rest.to_list() if value.strip().lower() not in missing]


def _common_sign(rest: list[str]) -> str:
    """The currency or the per cent that all numbers carry, or an empty text."""
    found = [_WITH_SIGN.fullmatch(value) for value in rest]
    signs = {match[1] or match[2] if match else "" for match in found}
    return signs.pop() if len(signs) == 1 else ""


def _with_marks(text, rest: list[str], words: Words):
    """Numbers with decimal commas or commas between thousands."""
    import polars as pl

    comma = all(map(_DECIMAL_COMMA.fullmatch, rest)) and words.decimal != "."
    thousands = all(map(_THOUSANDS.fullmatch, rest)) and words.decimal != ","
    points = text.filter(text.str.contains(r"\d\.\d"))
    if comma and thousands:  # all like "1,234": the separator of the file tells
        comma = words.decimal == "," or words.comma
    if comma and not points.str.contains(_POINTS).all():
        comma = False
    if not (comma or thousands):
        return None, ""
    if comma:
        plain = text.str.replace_all(".", "", literal=True)
        plain, note = plain.str.replace_all(",", ".", literal=True), DECIMAL_COMMAS
    else:
        plain = text.str.replace_all(",", "", literal=True)
        note = "A comma divides its thousands."
    return plain.cast(pl.Float64, strict=False), note


def _check_mixed(name: str, text, rest: list[str], words: Words) -> None:
    """Refuse a column of numbers in which some text stands: nobody meant that as categories."""
    given = text.set(text.str.to_lowercase().is_in(list(words.all_missing | {"none"})), None)
    like = given.str.contains(_LIKE_NUMBER)
    different = given.filter(like).n_unique()
    if name not in words.numbers and (not like.mean() >= 0.8 or different <= MANY_NUMBERS):
        return
    bad = (text.is_in(rest) & ~like) if not like.all() else text.is_in(rest)
    row = int(bad.fill_null(False).arg_true()[0]) + 1
    first = str(text[row - 1])
    others = f" (and {len(rest) - 1} other words)" if len(rest) > 1 and not like.all() else ""
    raise ValueError(
        f"column {name!r}: holds numbers, but {first!r} in row {row}{words.among}{others}; mend "
        f"the file, or count it as missing with missing=[{first!r}], or as categories with "
        f"categories=[{name!r}], or leave the column out with drop=[{name!r}]"
    )


def parse_dates(levels: list[str]) -> tuple[np.ndarray | None, str]:
    """Seconds since 1970 of each text, if all are dates; and what is to be said on the order."""
    if not all(len(level) < 40 and re.search(r"\d", level) for level in levels[:100]):
        return None, ""
    try:
        return np.array([_seconds(datetime.datetime.fromisoformat(v)) for v in levels]), ""
    except ValueError:
        pass
    fitting = [(day + time) for day in _DATES for time in _TIMES if _fits(levels[:5], day + time)]
    fitting = [form for form in fitting if _fits(levels, form)]
    if not fitting:
        return None, ""
    seconds = [_seconds(datetime.datetime.strptime(v, fitting[0])) for v in levels]
    orders = {form.replace("%Y", "").replace("%y", "")[:5] for form in fitting}
    note = ", read as day before month though the months may stand first" if len(orders) > 1 else ""
    return np.array(seconds), note


def _fits(levels: Iterable[str], form: str) -> bool:
    try:
        for level in levels:
            datetime.datetime.strptime(level, form)
    except ValueError:
        return False
    return True


def _seconds(moment: datetime.datetime) -> float:
    zone = moment.tzinfo or datetime.UTC
    return moment.replace(tzinfo=zone).timestamp()


def _day(value: datetime.date) -> datetime.datetime:
    if not isinstance(value, datetime.datetime):
        return datetime.datetime(value.year, value.month, value.day)
    return value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value


def natural_order(levels: Iterable[str]) -> list[str]:
    """Texts sorted; those that are numbers come first, by size, unless there are very many."""

    def key(level):
        try:
            return (0, float(level), level)
        except ValueError:
            return (1, 0.0, level)

    levels = list(levels)
    return sorted(levels, key=key if len(levels) <= _MANY else None)


def numbers_in(words: Iterable) -> list[float]:
    """Those of the words for missing values that are numbers, such as -999."""
    found = []
    for word in words:
        try:
            found.append(float(word))
        except (TypeError, ValueError):
            continue
    return [number for number in found if number == number]


def _is_gap(value) -> bool:
    if value is None or isinstance(value, float):
        return value is None or value != value
    return str(value) in ("<NA>", "NaT") and not isinstance(value, str)


def _is_real(value) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, (bool, np.bool_))


def missing_words(missing: Iterable) -> tuple[str, ...]:
    """The words that `missing=` names, as text; one word alone may be given."""
    alone = isinstance(missing, str) or not isinstance(missing, Iterable)
    return tuple(number_text(word) for word in ([missing] if alone else missing))
