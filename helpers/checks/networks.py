"""What a Keras model is made of, read off its layers without importing Keras."""


def layers_of(model, *kinds: str) -> list:
    """The layers of these classes, such as "Dense", in order."""
    return [layer for layer in model.layers if type(layer).__name__ in kinds]


def units(model) -> list[int]:
    """The units of each Dense layer."""
    return [layer.units for layer in layers_of(model, "Dense")]


def activations(model) -> list[str]:
    """The names of all activations but linear ones, in order, of whatever layer they are."""
    names = [
        "relu" if type(layer).__name__ == "ReLU" else _name(getattr(layer, "activation", None))
        for layer in model.layers
    ]
    return [name for name in names if name not in ("", "linear")]


def _name(activation) -> str:
    return getattr(activation, "__name__", "")


def strengths(model, kind: str = "l2", of: str = "kernel_regularizer") -> tuple[float, ...]:
    """The "l1" or "l2" of each Dense layer's regularizer, 0 where it has none."""
    found = [getattr(layer, of) for layer in layers_of(model, "Dense")]
    return tuple(float(getattr(regularizer, kind, 0.0)) for regularizer in found)
