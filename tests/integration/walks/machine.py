"""One walk: a case or two at drawn stages, and a row of deeds by those whose turn it is or by anybody at all."""

from collections import Counter
from collections.abc import Collection, Sequence

from django.db import transaction
from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from dars.accounts.public import User
from dars.applications.models import Application
from dars.audit.models import AuditEvent
from dars.core.errors import DomainError
from dars.panels.models import Interest
from tests.integration.walks import invariants, stages
from tests.integration.walks.deeds import DEEDS, Deed
from tests.integration.walks.onward import onward_from
from tests.integration.walks.world import Absent, Scene, World, deliver

# Moves that carry a case on are drawn three times as often as those that are out of turn or by anybody.
KINDS = ["on"] * 6 + ["aside", "anybody"]
SEATS_TRIED = 5  # of those whose turn it is


def new_events(known: Collection = ()) -> list[AuditEvent]:
    """Those of this walk, but for the known ones: the world's have their leaves."""
    return [event for event in AuditEvent.objects.filter(leaf=None).order_by("at", "pk") if event.pk not in known]


class Walk(RuleBasedStateMachine):
    """People, deeds and stages are drawn by number, so that a failing walk can be read and shortened.

    `verified_each`: after how many walks the whole log of events is checked.
    """

    world: World
    starts: Sequence[str] = tuple(stages.STAGES)
    verified_each = 1
    tally: Counter[tuple[str, str]] = Counter()
    reached: Counter[str] = Counter()
    moves: int = 0
    walks: int = 0

    def __init__(self) -> None:
        super().__init__()
        self._open = transaction.atomic()
        self._open.__enter__()
        Walk.walks += 1
        self.world.clock.ahead *= 0
        self.world.refresh()
        self.scenes: list[Scene] = []
        self.kept: dict[tuple[str, int], str] = {}

    def teardown(self) -> None:
        try:
            if self.scenes and Walk.walks % self.verified_each == 0:
                invariants.the_log_verifies()
        finally:
            transaction.set_rollback(True)
            self._open.__exit__(None, None, None)
            self.world.clock.ahead *= 0

    # --- Steps -------------------------------------------------------------------------------------------------------

    @initialize(first=st.integers(0, 99), second=st.integers(0, 99))
    def begin(self, first: int, second: int) -> None:
        there = [stage for stage in self.starts if stages.STAGES[stage][0] in self.world.cases]
        self.enter(there[first % len(there)])
        cases = list(self.world.cases.values())
        other = cases[second % len(cases)]
        if other.case not in {scene.case for scene in self.scenes}:
            self.scenes.append(other)

    def enter(self, stage: str) -> Scene:
        scene = stages.enter(self.world, stage)
        self.reached[f"begun {stage}"] += 1
        self.scenes = [scene, *(self.world.cases[beside] for beside in [stages.BESIDE.get(stage)] if beside)]
        self._widen()
        return scene

    def do_and_be_refused(self, deed: Deed) -> None:
        """The deed where it can be done: by somebody who may not, then by somebody whose turn it is. What the service
        does by itself it is asked to do where it may not."""
        stage, place, n = stages.DOABLE[deed.name]
        if deed.able is None:
            if deed.name in stages.NOT_DOABLE:
                assert not self.attempt(deed, self.enter(stages.NOT_DOABLE[deed.name]), None, n), deed.name
                self.teardown()
                self.__init__()
            assert self.attempt(deed, self.enter(stage), None, n), f"{deed.name}: {self.refusal}"
            return
        scene = self.enter(stage)
        rivals = self.world.rivals_of(scene.side)
        for outsider in (self.world.stranger, *(rivals[:1] if deed.family == "keys" else rivals)):
            assert not self.attempt(deed, scene, outsider, n), f"an outsider did {deed.name}"
        done = self.attempt(deed, scene, list(deed.able(scene))[place], n)
        assert done, f"{deed.name} could not be done at {stage}: {self.refusal}"

    @precondition(lambda self: self.scenes)
    @rule(kind=st.sampled_from(KINDS), case=st.integers(0, 3), what=st.integers(0, 999), who=st.integers(0, 99),
          n=st.integers(0, 9))  # fmt: skip
    def go_on(self, kind: str, case: int, what: int, who: int, n: int) -> None:
        scene = self.scenes[case % len(self.scenes)]
        if kind == "on":
            onward = onward_from(scene)
            deed = DEEDS[onward[what % len(onward)]]
        else:
            deed = list(DEEDS.values())[what % len(DEEDS)]
        by = None
        if kind == "anybody":
            by = self.world.everybody[who % len(self.world.everybody)]
        elif deed.able is not None:
            try:
                able = list(deed.able(scene))
            except Absent:
                return
            by = able[who % min(len(able), SEATS_TRIED)]
        self.attempt(deed, scene, by, n)

    # --- A deed and what has to hold after it ------------------------------------------------------------------------

    def attempt(self, deed: Deed, scene: Scene, by: User | None, n: int) -> bool:
        """Whether it was done. Refusals are in order, and leave no trace."""
        by = None if deed.able is None else by
        Walk.moves += 1
        if currently_in_test_context():
            note(f"{deed.name} in {scene.application.reference} by {by} ({n})")
        before, known = invariants.states(), {event.pk for event in new_events()}
        declared = set(Interest.objects.values_list("application", "person"))
        rows, self.refusal = invariants.written_rows(), ""
        try:
            deed.act(scene, by, n)
        except DomainError as refusal:
            self.refusal, done = str(refusal), False
        except Absent:
            self.refusal, done = "there is nothing", False
            if deed.able is not None:
                self.tally[deed.name, "absent"] += 1
                return False
        else:
            done = True
        self.tally[deed.name, "done" if done else "refused"] += 1
        events, after = new_events(known), invariants.states()
        if not done and deed.able is not None:
            invariants.nothing_changed(before, after, len(events))
            return False
        kinds = Counter(event.kind for event in events)
        invariants.each_change_has_its_event(before, after, kinds, by_person=deed.able is not None)
        for kind in deed.kinds:
            left = [event.case for event in events if event.kind == kind]
            # Once for each case: an interest holds in an amendment that is under way as well.
            assert left and len(left) == len(set(left)), f"{deed.name} left {len(left)} events of {kind}"
        if deed.able is not None and invariants.written_rows() > rows:
            assert events or deed.quiet, f"{deed.name} changed something and left no event"
        invariants.what_the_events_say_was_right(events)
        invariants.nobody_acts_after_declaring(by, events, declared)
        self._deliver(before, after)
        self._widen()
        self.world.refresh()
        self._check(scene, redacted=any("redact" in kind for kind in kinds))
        return done

    def _deliver(self, first: invariants.States, before: invariants.States) -> None:
        """Events between the applications are acted on: what comes of them is held to the same."""
        known = {event.pk for event in new_events()}
        deliver()
        events, after = new_events(known), invariants.states()
        kinds = Counter(event.kind for event in events)
        invariants.each_change_has_its_event(before, after, kinds, by_person=False)
        invariants.what_the_events_say_was_right(events)
        self.reached.update(f"{key[0]} {state}" for key, state in after.items() if first.get(key) != state)

    def _check(self, scene: Scene, *, redacted: bool) -> None:
        lineage = scene.application.reference.rpartition("-A")[0] or scene.application.reference
        for case in Application.objects.filter(reference__startswith=lineage).select_related("organisation"):
            invariants.check_case(case)
        cases = [each.case for each in self.scenes]
        invariants.two_people_were_two(cases)
        now = invariants.kept(cases)
        invariants.nothing_is_lost(self.kept, now, redacted=redacted)
        self.kept = now

    def _widen(self) -> None:
        """Amendments that were opened meanwhile are cases of the walk as well."""
        known = {scene.case for scene in self.scenes}
        for scene in list(self.scenes):
            for pk in Application.objects.filter(amendment__lineage=scene.case).values_list("pk", flat=True):
                if pk not in known:
                    known.add(pk)
                    self.scenes.append(scene.of_case(pk))
