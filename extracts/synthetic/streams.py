"""Seeded randomness: named streams and weighted draws; nothing here may ask the clock, the machine or the hash seed."""

import zlib
from collections.abc import Sequence

import numpy as np


def stream(seed: int, *names: object) -> np.random.Generator:
    """The generator for one purpose, e.g. stream(7, "events", "2026-04"): the same for ever, apart from all others."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32("/".join(map(str, names)).encode())]))
    )


def cumulative(weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """Running sum of weights along the last axis, scaled to end at exactly 1."""
    totals = np.cumsum(np.asarray(weights, dtype=np.float64), axis=-1)
    return totals / totals[..., -1:]


def choose(rng: np.random.Generator, shares: np.ndarray, size: int) -> np.ndarray:
    """Draw `size` positions (int32) from one cumulative distribution, with replacement."""
    return np.searchsorted(shares, rng.random(size), side="right").astype(np.int32)


def choose_by(rng: np.random.Generator, tables: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Draw one position (int32) for each element of `row`, from the cumulative distribution tables[row]."""
    return (rng.random(len(row))[:, None] >= tables[row]).sum(axis=1, dtype=np.int32)


def distinct(rng: np.random.Generator, weights: np.ndarray, size: int) -> np.ndarray:
    """Draw `size` different positions, the chance of each in proportion to its weight (exponential races)."""
    with np.errstate(divide="ignore"):
        race = rng.exponential(size=len(weights)) / weights
    return np.argpartition(race, size - 1)[:size] if size else np.empty(0, dtype=np.int64)


def apportion(total: int, weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """Split a whole number by weights into whole numbers that add up to it (largest remainder)."""
    shares = np.asarray(weights, dtype=np.float64)
    exact = shares / shares.sum() * total
    parts = np.floor(exact).astype(np.int64)
    parts[np.argsort(parts - exact, kind="stable")[: total - parts.sum()]] += 1
    return parts
