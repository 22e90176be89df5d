"""Opt-out lists: the national one by NHS number, and the dataset's own as received by telephone, e-mail or letter."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extracts.synthetic.people import People
from extracts.synthetic.streams import distinct
from extracts.synthetic.writing import save_lines

NATIONAL_RATE = 0.054  # of people; near the published national rate, unverified
DIRECT_RATE = 0.0001  # of people who asked the collecting body itself: chosen; never fewer than six
CHANNELS, CHANNEL_SHARES = ("telephone", "email", "letter"), (0.5, 0.3, 0.2)
DIRECT_SINCE = 200  # days before the data begin that the first direct opt-out may have come


@dataclass
class OptOuts:
    """National: one truth value a person. Direct: positions of people, the day received, the channel."""

    national: np.ndarray
    direct: np.ndarray
    received: np.ndarray
    channel: np.ndarray


def opt_out(rng: np.random.Generator, people: People, first_day: int, last_day: int) -> OptOuts:
    size = min(len(people), max(6, round(len(people) * DIRECT_RATE)))
    return OptOuts(
        rng.random(len(people)) < NATIONAL_RATE,
        np.sort(distinct(rng, np.ones(len(people)), size)),
        rng.integers(first_day - DIRECT_SINCE, last_day + 1, size).astype("datetime64[D]"),
        rng.choice(CHANNELS, size, p=CHANNEL_SHARES),
    )


def write_opt_outs(out: Path, people: People, opt_outs: OptOuts) -> None:
    """national_opt_outs.dat (one NHS number a line, ascending) and did_opt_outs.csv under out/opt_outs."""
    save_lines(
        out / "opt_outs" / "national_opt_outs.dat", [(n,) for n in np.sort(people.nhs[opt_outs.national]).tolist()]
    )
    direct = zip(
        people.nhs[opt_outs.direct].tolist(), opt_outs.received.tolist(), opt_outs.channel.tolist(), strict=True
    )
    save_lines(out / "opt_outs" / "did_opt_outs.csv", list(direct), ("NHS_NUMBER", "RECEIVED_ON", "CHANNEL"))
