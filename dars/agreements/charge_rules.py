"""The life of a charge as one table. Pure: no database, no clock."""

from dataclasses import dataclass
from enum import StrEnum

from dars.core.life_cycle import LifeCycle
from dars.core.rights import P


class ChargeState(StrEnum):
    """How a charge stands. The last two are final."""

    DUE = "due"
    PAID = "paid"
    WAIVED = "waived"

    @property
    def label(self) -> str:
        return CHARGE_LABELS[self]


CHARGE_LABELS = {ChargeState.DUE: "Due", ChargeState.PAID: "Paid", ChargeState.WAIVED: "Waived"}


@dataclass(frozen=True)
class ChargeMove:
    """One way from state to state: the right it takes and its audit tag."""

    does: str
    who: P
    audit: str


TRANSITIONS: dict[tuple[ChargeState, ChargeState], ChargeMove] = {
    (ChargeState.DUE, ChargeState.PAID): ChargeMove("record the payment", P.CHARGE_RECORD, "charge.paid"),
    (ChargeState.DUE, ChargeState.WAIVED): ChargeMove("waive, by two people", P.CHARGE_RECORD, "charge.waived"),
}
LIFE_CYCLE = LifeCycle("A charge", TRANSITIONS, CHARGE_LABELS)
