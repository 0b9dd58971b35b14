"""The pieces of text that `train.py` and `predict.py` are made of.

Names in capitals are constants that `helpers.export.scripts` writes above them. A line "@name@"
is replaced there, or taken away.
"""

READ = '''
def read_file(path):
    """Read a file of separated values as text: the names of its columns, and its rows."""
    if not Path(path).is_file():
        sys.exit(f"{path}: there is no such file")
@open@
@names@
        filled = (row for row in reader if any(row))
        rows = [row for row in filled if len(row) == len(names) or "".join(row).strip()]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(names):
            sys.exit(f"{path}: row {number} has {len(row)} fields, not {len(names)}")
    return names, rows


def to_columns(names, rows):
    """Turn rows of text into {column: values}: numbers (NaN if missing), or text."""
    if absent := [name for name in COLUMNS if name not in names]:
        sys.exit(f"the file has no column {absent}; it has {names}")
    columns = {}
    for @loop@:
        place = names.index(name)
        texts = [row[place].strip() for row in rows]
        columns[name] = @values@
    return columns


def to_numbers(name, texts):
    """Turn text into float64; NaN where a value is missing."""
    numbers = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        if text.lower() in MISSING or text.lower() == "none":
            continue
        try:
            numbers[row] = float(@plain@)
        except ValueError:
            sys.exit(f"column {name!r}: {text!r} is neither a number nor a missing value")
    if np.isinf(numbers).any():
        sys.exit(f"column {name!r}: holds an infinite number")
@gaps@
    return numbers
'''

PLAIN = '''

def plainly(name, text):
    """Spell a number as Python does."""
    marks = SPELLINGS.get(name, {"decimal": "."})
    for mark in (marks.get("sign"), marks.get("thousands")):
        text = text.replace(mark, "") if mark else text
    return text.replace(marks["decimal"], ".").strip()
'''

CATEGORIES = '''

def to_categories(texts):
    """Turn words for a missing value into the empty text."""
    return np.array(["" if text.lower() in MISSING else text for text in texts], object)
'''

PREDICT = '''

def predict(model, columns, size=4096):
    """Ask a model for many rows; `model.predict` would first round numbers to float32."""
    rows = len(next(iter(columns.values())))
    parts = []
    for first in range(0, rows, size):
        some = {name: values[first : first + size] for name, values in columns.items()}
        parts.append(np.asarray(model(some)))
    return np.concatenate(parts)
'''

SPLIT = '''

def read_split(path, n_rows):
    """Which rows belong to which part, in the order of training, and labels that were changed."""
    parts, changed = {"training": [], "validation": [], "test": []}, {}
    with open(path, encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            row = int(line["row"]) - 1
            parts[line["part"]].append(row)
            if line.get("label"):
                changed[row] = line["label"]
    last = max(map(max, filter(None, parts.values())))
    if last >= n_rows:
        sys.exit(f"{path} names row {last + 1}, and the file has {n_rows:,} rows: another file?")
    return parts, changed
'''

CLASS_LABELS = '''

def to_targets(names, rows):
    """The class of each row, as a place in CLASSES."""
    place = names.index(TARGET)
    try:
        return np.array([CLASSES.index(row[place].strip()) for row in rows], np.int64)
    except ValueError as error:
        sys.exit(f"column {TARGET!r}: {error} of classes")
'''

BINNED_LABELS = '''

def to_targets(names, rows):
    """The class of each row, as a place in CLASSES: between which BINS its number is."""
    place = names.index(TARGET)
    return np.digitize(to_numbers(TARGET, [row[place].strip() for row in rows]), BINS)
'''

NUMBER_TARGETS = '''

def to_targets(names, rows):
    """The number that is predicted, of each row."""
    place = names.index(TARGET)
    return to_numbers(TARGET, [row[place].strip() for row in rows])
'''

FEATURES = '''

def build_features(columns):
    """Build the first part of the model: from raw columns to the features of the network.

    Args:
        columns: The training rows, from which it learns medians, categories, means and standard
            deviations.

    Returns:
        {column: input of the model}, and a tensor (rows, features).
    """
    inputs, features = {}, []
@build@
    return inputs, layers.Concatenate()(features)
'''

NUMBER_FEATURES = '''

def number_features(x, values):
    """A number, standardised, and whether it is missing; the median stands for a missing one."""
    missing = np.isnan(values)
    median = 0.0 if missing.all() else float(np.median(values[~missing]))
    is_missing = ops.isnan(x)
    features = [standardise(ops.where(is_missing, median, x), np.where(missing, median, values))]
    if missing.any():
        features.append(ops.cast(is_missing, "float32") * (0.0 if missing.all() else 1.0))
    return features


def standardise(x, values):
    """(x - mean) / standard deviation, in float64; 0 if the training rows hold one value only."""
    low, high = values.min(), values.max()
    if high - low <= ROUNDING * max(abs(low), abs(high)):
        return ops.zeros_like(x)
@unit@
    layer = layers.Normalization(dtype="float64")
    layer.adapt(values[:, np.newaxis])
    return layer(x)
'''

UNIT = """
    unit = values.std()  # Normalization divides by 1e-7 at least, and these numbers are small
    x, values = x / float(unit), values / unit
"""

CATEGORY_FEATURES = '''

def category_features(@arguments@):
    """0 and 1 for each category of the training rows, for rare ones together, for a missing one.

    A category that no training row has is 0 everywhere, or counts as a rare one.
    """
    counts = Counter(values.tolist())
    one_value, missing = len(counts) == 1, counts.pop("", 0) > 0
    categories = sorted(counts, key=@order@)
    rare = len(categories) > MOST_CATEGORIES
    if rare:  # of equally frequent ones, those that come first
        frequent = sorted(categories, key=lambda category: -counts[category])
        categories = [c for c in categories if c in set(frequent[: MOST_CATEGORIES - 1])]
    # the layer's places are: any other text, a missing value, the categories
    places = [*range(2, 2 + len(categories)), *([0] if rare else []), *([1] if missing else [])]
    vocabulary = ["", *categories]
    layer = layers.StringLookup(vocabulary=vocabulary, oov_token="\\0new", output_mode="one_hot")
    return ops.take(layer(x), places, axis=1) * (0.0 if one_value else 1.0)


def in_order(category):
    """Sort numbers by size, before other text."""
    try:
        return 0, float(category), category
    except ValueError:
        return 1, 0.0, category
'''

BINARY_SCORE = '''

def evaluate(part, model, columns, y):
    """Print the mean cross-entropy, without penalties, and the accuracy."""
    p = predict(model, columns)[:, 0].astype(np.float64)
    loss = -np.log(np.clip(np.where(y == 1, p, 1 - p), 1e-7, 1)).mean()
    accuracy = ((p > 0.5) == y).mean()
    print(f"{part}: {len(y):,} rows, loss {loss:.4f} nats, accuracy {100 * accuracy:.1f} %")
'''

CLASSES_SCORE = '''

def evaluate(part, model, columns, y):
    """Print the mean cross-entropy, without penalties, and the accuracy."""
    p = predict(model, columns).astype(np.float64)
    loss = -np.log(np.clip(p[np.arange(len(y)), y], 1e-7, 1)).mean()
    accuracy = (p.argmax(axis=1) == y).mean()
    print(f"{part}: {len(y):,} rows, loss {loss:.4f} nats, accuracy {100 * accuracy:.1f} %")
'''

NUMBER_SCORE = '''

def evaluate(part, model, columns, y):
    """Print the root mean squared error, in the unit of the target, and R²."""
    error = predict(model, columns)[:, 0] - y
    r2 = 1 - np.square(error).mean() / y.var()
    print(f"{part}: {len(y):,} rows, error {np.sqrt(np.square(error).mean()):.4g}, R² {r2:.3f}")
'''

TRAIN_MAIN = """

def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--test"]
    names, rows = read_file(arguments[0] if arguments else FILE)
    split, @changed@ = read_split(SPLIT, len(rows))
    rows = {part: [rows[row] for row in places] for part, places in split.items()}
    columns = {part: to_columns(names, rows[part]) for part in rows}
    targets = {part: to_targets(names, rows[part]) for part in rows}

    inputs, features = build_features(columns["training"])
    prepare = keras.Model(inputs, features)
    x, x_val = (predict(prepare, columns[part]) for part in ("training", "validation"))
@targets@
    network, _history = train(x, y, x_val, y_val)
    answer = features
    for layer in network.layers:
        answer = layer(answer)
    model = keras.Model(inputs, @output@)
    model.save(RETRAINED)
    parts = ["training", "validation", *(["test"] if "--test" in sys.argv else [])]
    for part in filter(rows.get, parts):
        evaluate(part, model, columns[part], targets[part])
    print(f"{RETRAINED.name} is written; predict.py reads model.keras, as long as that is there.")


if __name__ == "__main__":
    main()
"""

PREDICT_MAIN = """

def main():
    if len(sys.argv) != 3 or Path(sys.argv[1]).resolve() == Path(sys.argv[2]).resolve():
        sys.exit("usage: python predict.py ROWS.csv PREDICTIONS.csv")
    model = keras.models.load_model(MODEL)
    names, rows = read_file(sys.argv[1])
    if not rows:
        sys.exit(f"{sys.argv[1]}: holds no rows")
    found = predict(model, to_columns(names, rows))
@found@
    with open(sys.argv[2], "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=SEPARATOR)
        writer.writerow([*names, *added])
        for row, new in zip(rows, found, strict=True):
            writer.writerow([*row, *new])
    print(f"{sys.argv[2]}: {len(rows):,} rows with predictions")


if __name__ == "__main__":
    main()
"""
