"""Keeps compiled programs on disk: the next kernel neither traces nor compiles them.

The first call of a program costs 6 to 8 CPU seconds: tracing, then compiling. A file holds what
both made: the graph as TensorFlow writes it down, and what XLA compiled of it. It is found by the
shape of the program, the versions, the code that trains, and the processor.

XLA can keep its programs by itself (`--tf_xla_persistent_cache_directory`), but not for this: it
finds one by the name of the traced function, in which TensorFlow counts all functions that the
process has traced before; it fails where a file is broken or half written by another process; and
its folder stands fast once it has started. So each process gives XLA an empty folder of its own. A
file is put there just before XLA looks for it, under a name without a count, and what XLA wrote is
taken out, whole, after the call.

All this is done on Linux, with a TensorFlow built for the CPU; elsewhere each process traces and
compiles.

The files hold machine code. They are written by `helpers.cache.store`, whole or not at all, and a
file that is not as it was written is thrown away; but who can write in the folder can have any code
run. Share one only as you share programs.
"""

import atexit
import contextlib
import functools
import io
import os
import platform
import re
import shutil
import sys
import tempfile
import weakref
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from helpers import cache

LEAST_SPACE = 2**28  # bytes that must be free where XLA writes
_FLAGS = "TF_XLA_FLAGS"
_PREFIX = "course-programs-"
_PLAIN = re.compile(r"[A-Za-z0-9_.:/\\~-]+")


@functools.cache
def xla_works() -> bool:
    """Whether TensorFlow can compile with XLA on this machine."""
    return scratch_folder() is not None or _compiles()


def _compiles() -> bool:
    try:
        double = tf.function(lambda x: 2.0 * x, jit_compile=True)
        return float(double(tf.constant(1.0))) == 2.0
    except (tf.errors.OpError, ValueError, NotImplementedError):
        return False


@functools.cache
def scratch_folder() -> Path | None:
    """This process's folder for XLA; None if no program shall be kept, or XLA does not write.

    XLA reads the name at the first operation of TensorFlow, so that this is asked early.
    """
    if cache.programs_folder() is None:
        return None
    if sys.platform != "linux" or tf.test.is_built_with_gpu_support():  # not tried there
        return None
    try:
        place = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    except OSError:
        return None
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    for other in place.parent.glob(f"{_PREFIX}*"):
        owner = other.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():  # killed, as Jupyter ends kernels
            shutil.rmtree(other, ignore_errors=True)
    if (flags := xla_flags(place)) is None:
        return None
    before = os.environ.get(_FLAGS)
    os.environ[_FLAGS] = flags
    try:
        return place if _compiles() and _emptied(place) else None
    finally:  # processes that this one starts are to have their own
        os.environ.pop(_FLAGS)
        if before is not None:
            os.environ[_FLAGS] = before


def xla_flags(place: Path) -> str | None:
    """What TF_XLA_FLAGS must hold so that XLA keeps its programs in a folder.

    Returns:
        None if it must not: little space is left there, XLA would end the process because it cannot
        read the name, the variable says so or names a file, or TensorFlow would print a line for
        each program that it loads.
    """
    before = os.environ.get(_FLAGS, "").strip()
    if "persistent_cache" in before or (before and not before.startswith("-")):
        return None
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "3" or not _PLAIN.fullmatch(str(place)):
        return None
    if shutil.disk_usage(place).free < LEAST_SPACE:
        return None
    own = f"--tf_xla_persistent_cache_directory={place} --tf_xla_persistent_cache_prefix=course"
    return f"{before} {own}".strip()


def begin(shape, variables: Sequence, trace: Callable, arguments: tuple) -> tuple[Callable, list]:
    """Call a program for the first time.

    Args:
        shape: All that decides what is compiled; its `repr` says it.
        variables: Those that the program uses, in an order that follows from the shape.
        trace: Makes the concrete function.
        arguments: The program's, in any nesting of tuples, lists and tensors.

    Returns:
        What to call from now on, and what the call returned, a list of tensors.
    """
    scratch, place = scratch_folder() if shape.xla else None, cache.programs_folder()
    if scratch is None or place is None:
        call = _flat(trace())
        return call, call(*arguments)
    name = "course_" + _name_of(shape)
    path = place / f"{name}.program"
    if (call := _restored(name, path, variables, scratch)) is not None:
        try:
            return call, call(*arguments)
        except tf.errors.OpError:  # not as XLA wants it, whatever the reason
            with contextlib.suppress(OSError):
                path.unlink()
        finally:
            _emptied(scratch, name)
    traced = trace()
    try:
        definition, order = _renamed(traced, name, variables)
        call = _Named(name, definition, [variables[i] for i in order])
        results = call(*arguments)
    except (tf.errors.OpError, AttributeError, ImportError, LookupError, ValueError):
        call = _flat(traced)
        return call, call(*arguments)
    for file, content in _emptied(scratch, name):
        packed = io.BytesIO()
        arrays = {"graph": definition.SerializeToString(), "program": content}
        arrays = {key: np.frombuffer(value, np.uint8) for key, value in arrays.items()}
        np.savez_compressed(packed, name=np.array(file), order=np.array(order, int), **arrays)
        cache.store(path, packed.getvalue())
    return call, results


def _flat(traced) -> Callable:
    return lambda *arguments: tf.nest.flatten(traced(*arguments))


class _Named:
    """Calls functions of TensorFlow under names of our own, and forgets them with itself.

    Args:
        name: Of the function to call.
        definition: A GraphDef whose library holds it, first, and those that it calls.
        variables: What it is given behind its arguments.
    """

    def __init__(self, name: str, definition, variables: Sequence):
        # TensorFlow has no public way to run a function of a graph under its own name.
        from tensorflow.python.eager import context

        context, functions = context.context(), definition.library.function
        if context.has_function(name):
            raise ValueError(f"{name} is there already")
        for function in functions:
            context.add_function_def(function)
        names = [function.signature.name for function in functions]
        weakref.finalize(self, _forget, context, names).atexit = False
        self._variables = list(variables)  # their handles are good as long as they are
        handles = [v.value.handle for v in variables]
        outputs = len(functions[0].signature.output_arg)

        def call(*arguments):
            given = [tf.convert_to_tensor(a) for a in tf.nest.flatten(arguments)]
            return list(context.call_function(name.encode(), [*given, *handles], outputs))

        self._call = call

    def __call__(self, *arguments):
        return self._call(*arguments)


def _forget(context, names: list[str]) -> None:
    for name in names:
        context.remove_function(name)


def _renamed(traced, name: str, variables: Sequence):
    """The definition of a concrete function, named so, and the places of what it captures.

    Raises:
        ValueError: If it captures anything but these variables.
    """
    own, definition = traced.function_def, tf.compat.v1.GraphDef()
    others = [f for f in traced.graph.as_graph_def().library.function
              if f.signature.name != own.signature.name]  # fmt: skip
    definition.library.function.extend([own, *others])
    names = {own.signature.name: name}
    names |= {f.signature.name: f"{name}_{i}" for i, f in enumerate(others)}
    for function in definition.library.function:
        function.signature.name = names[function.signature.name]
        for node in function.node_def:
            node.op = names.get(node.op, node.op)
            for value in node.attr.values():
                for called in (value.func, *value.list.func) if _calls(value) else ():
                    called.name = names.get(called.name, called.name)
    handles = [id(v.value.handle) for v in variables]
    return definition, [handles.index(id(captured)) for captured in traced.captured_inputs]


def _calls(value) -> bool:
    return value.HasField("func") or bool(value.HasField("list") and value.list.func)


def _restored(name: str, path: Path, variables: Sequence, scratch: Path) -> Callable | None:
    """The program that a file holds, which XLA will find in its folder; None if there is none."""
    if (content := cache.fetch(path)) is None:
        return None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            definition = tf.compat.v1.GraphDef.FromString(file["graph"].tobytes())
            call = _Named(name, definition, [variables[i] for i in file["order"]])
            target = scratch / Path(str(file["name"])).name
            target.write_bytes(file["program"].tobytes())
    except (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile, tf.errors.OpError):
        return None
    return call


def _emptied(folder: Path, holding: str = "") -> list[tuple[str, bytes]]:
    """Take out of XLA's folder the files in which this text stands: their names and contents."""
    found = []
    for path in folder.glob("*.pb"):
        with contextlib.suppress(OSError):
            content = path.read_bytes()
            if holding.encode() in content:
                found.append((path.name, content))
                path.unlink()
    return found


def _name_of(shape) -> str:
    """64 hexadecimal digits that no other program has."""
    return cache.digest_of_code(shape=repr(shape), processor=_processor()).hexdigest()


@functools.cache
def _processor() -> str:
    """What a program is compiled for: the processor's features, and how many cores are used."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count()
    about, first = "", ("flags", "Features", "model name")
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8").partition("\n\n")[0]
        about = "\n".join(line for line in text.splitlines() if line.startswith(first))
    return f"{platform.system()} {platform.processor()} {cores} {about}"
