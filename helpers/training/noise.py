"""Random numbers that depend on seed and epoch alone: row orders, dropout's noise, input noise."""

import math

import numpy as np
import tensorflow as tf


def row_order(seed: int, epoch: int, rows: int) -> np.ndarray:
    """The order of the training rows in one epoch (counted from 0), shape (rows,)."""
    return np.random.default_rng((seed, epoch)).permutation(rows)


def noise_key(seeds, counter):
    """A 32-bit key for each seed and the given int32 counter; uint32, shape (seeds,)."""
    return _scramble(_scramble(seeds + np.uint32(0x9E3779B9)) ^ tf.cast(counter, tf.uint32))


def uniform_noise(keys, count: int):
    """Numbers in [0, 1), the same on every device, with XLA and without.

    A counter-based generator: two rounds of the 32-bit finaliser of MurmurHash3 (Appleby
    2011) over key and position. TensorFlow's own generators differ between devices and
    cannot take one seed per row without a loop, which here would cost more than training.

    Args:
        keys: uint32 tensor, shape (n,), from `noise_key`.
        count: How many numbers per key.

    Returns:
        float32 tensor, shape (n, count).
    """
    position = _scramble(tf.cast(tf.range(count), tf.uint32) * np.uint32(0x9E3779B9))
    bits = _scramble(position[None, :] ^ keys[:, None])
    return tf.cast(tf.bitwise.right_shift(bits, np.uint32(8)), tf.float32) * 2.0**-24


def normal_noise(keys, count: int):
    """Standard normal numbers, as `uniform_noise`, by the method of Box and Muller (1958)."""
    u, v = tf.split(uniform_noise(keys, 2 * count), 2, axis=1)
    return tf.sqrt(-2 * tf.math.log1p(-u)) * tf.cos(2 * math.pi * v)


def noise_where(needed, draw, keys, shape: tuple[int, ...]):
    """float32 (keys, *shape): what `draw(keys, count)` gives where needed, a bool scalar; or 0."""
    size = (keys.shape[0], *shape)
    return tf.cond(
        needed, lambda: tf.reshape(draw(keys, math.prod(shape)), size), lambda: tf.zeros(size)
    )


def _scramble(h):
    def fold(value, bits):
        return tf.bitwise.bitwise_xor(value, tf.bitwise.right_shift(value, np.uint32(bits)))

    h = fold(h, 16) * np.uint32(0x85EBCA6B)
    h = fold(h, 13) * np.uint32(0xC2B2AE35)
    return fold(h, 16)
