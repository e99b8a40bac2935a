"""What a look at a group of instances leads to."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schedules import at, group, instance, instance_id, schedule

from tasks.schedules.decisions import MOST_ATTEMPTS, Override, Record, decide
from tasks.schedules.groups import Instance

MONDAY_MORNING, MONDAY_EVENING = at("2026-01-12T08:00"), at("2026-01-12T18:00")
NIGHT = at("2026-01-12T23:00")
WAS_ON = Record("on", "2026-01-12T08:00:00+00:00")
WAS_OFF = Record("off", "2026-01-12T18:00:00+00:00")


def ids(instances):
    return [entry.instance_id for entry in instances]


def acts(decided):
    return ids(decided.start), ids(decided.stop)


class TestAChange:
    def test_brings_everybody_to_the_new_goal_who_is_not_there(self):
        mixed = group(instance(1, on=True), instance(2, on=False))
        assert acts(decide(mixed, WAS_OFF, "", {}, MONDAY_MORNING)) == ([instance_id(2)], [])
        assert acts(decide(mixed, WAS_ON, "", {}, MONDAY_EVENING)) == ([], [instance_id(1)])

    def test_is_an_attempt_until_its_outcome_is_known(self):
        decided = decide(group(instance(1)), WAS_ON, "", {}, MONDAY_EVENING)
        assert decided.record == Record(
            "off", "2026-01-12T18:00:00+00:00", outcome="under_way", attempts=1
        )
        assert decided.lines == ()

    def test_with_everybody_there_already_is_followed_at_once(self):
        decided = decide(group(instance(1, on=False)), WAS_ON, "", {}, MONDAY_EVENING)
        assert not decided.acts
        assert (decided.record.goal, decided.record.outcome) == ("off", "followed")

    def test_that_a_look_was_late_for_is_made_late(self):
        decided = decide(group(instance(1)), WAS_ON, "", {}, MONDAY_EVENING + timedelta(hours=2))
        assert ids(decided.stop) == [instance_id(1)]

    def test_of_a_schedule_that_was_edited_in_the_middle_is_made_at_once(self):
        earlier = schedule()
        earlier["periods"][0]["stop"] = "16:30"
        noon, afternoon = at("2026-01-12T12:00"), at("2026-01-12T17:00")
        edited = group(instance(1), schedule=earlier)
        assert not decide(edited, WAS_ON, "", {}, noon).acts
        assert ids(decide(edited, WAS_ON, "", {}, afternoon).stop) == [instance_id(1)]

    def test_that_an_edit_took_back_is_taken_back(self):
        later = schedule()
        later["periods"][0]["stop"] = "20:00"
        edited = group(instance(1, on=False), schedule=later)
        decided = decide(edited, WAS_OFF, "", {}, at("2026-01-12T18:30"))
        assert ids(decided.start) == [instance_id(1)]

    def test_sets_the_capacity_of_auto_scaling_groups(self):
        sized = group(capacities=({"group": "shop-dev-web"},))
        assert decide(sized, WAS_OFF, "", {}, MONDAY_MORNING).capacity == "on"
        assert decide(sized, WAS_ON, "", {}, MONDAY_EVENING).capacity == "off"
        assert decide(sized, WAS_OFF, "", {}, NIGHT).capacity == ""


class TestANewSchedule:
    def test_begins_with_its_first_change(self):
        decided = decide(group(instance(1)), None, "", {}, NIGHT)
        assert not decided.acts
        assert decided.lines == ()
        assert decided.record.goal == "off"

    def test_is_known_to_a_group_without_a_record_by_the_last_look(self):
        decided = decide(group(instance(1)), None, "on", {}, MONDAY_EVENING)
        assert ids(decided.stop) == [instance_id(1)]

    def test_stop_only_never_starts(self):
        lazy = group(instance(1, on=False), instance(2), schedule=schedule(stop_only=True))
        assert not decide(lazy, WAS_OFF, "", {}, MONDAY_MORNING).acts
        assert decide(lazy, WAS_OFF, "", {}, MONDAY_MORNING).lines == ()
        assert ids(decide(lazy, WAS_ON, "", {}, MONDAY_EVENING).stop) == [instance_id(2)]


class TestWhatSomebodyDidByHand:
    def test_is_left_and_told_of_once(self):
        started = group(instance(1, name="web"))
        decided = decide(started, WAS_OFF, "", {}, NIGHT)
        assert not decided.acts
        assert decided.lines == (
            "i-00000000000000001 (web) of shop dev runs although shop/office-hours has been off "
            "since 2026-01-12T18:00Z; it is left so until the next stop",
        )
        assert decide(started, decided.record, "", {}, NIGHT).lines == ()

    def test_is_told_of_again_after_it_was_mended_meanwhile(self):
        started, mended = group(instance(1)), group(instance(1, on=False))
        first = decide(started, WAS_OFF, "", {}, NIGHT)
        second = decide(mended, first.record, "", {}, NIGHT)
        assert len(decide(started, second.record, "", {}, NIGHT).lines) == 1

    @pytest.mark.parametrize(
        ("policy", "on", "record", "now"),
        [("manual_start", True, WAS_OFF, NIGHT), ("manual_stop", False, WAS_ON, MONDAY_MORNING)],
    )
    def test_is_brought_back_where_the_policy_says_so(self, policy, on, record, now):
        restoring = group(instance(1, on=on), schedule=schedule(**{policy: "restore"}))
        decided = decide(restoring, record, "", {}, now)
        assert ids(decided.stop if on else decided.start) == [instance_id(1)]
        assert decided.lines == ()
        other = group(instance(1, on=on), schedule=schedule())
        assert not decide(other, record, "", {}, now).acts

    def test_ends_with_the_next_stop(self):
        started = group(instance(1))
        decided = decide(started, WAS_ON, "", {}, MONDAY_EVENING)
        assert ids(decided.stop) == [instance_id(1)]


class TestWhatCouldNotBeDone:
    def test_is_tried_again_a_few_times_and_then_told_of(self):
        record, lines = WAS_ON, ()
        tried = 0
        for _ in range(MOST_ATTEMPTS + 2):
            decided = decide(group(instance(1)), record, "", {}, NIGHT)
            tried += decided.acts
            lines += decided.lines
            record = decided.record
            if decided.acts:
                record = replace(record, outcome="not_followed")
        assert tried == MOST_ATTEMPTS
        assert len(lines) == 1

    def test_is_not_tried_again_once_it_was_mended(self):
        failed = replace(WAS_OFF, outcome="not_followed", attempts=1)
        decided = decide(group(instance(1, on=False)), failed, "", {}, NIGHT)
        assert not decided.acts
        assert (decided.record.outcome, decided.record.attempts) == ("followed", 0)

    def test_counts_anew_after_the_next_change(self):
        failed = replace(WAS_OFF, outcome="not_followed", attempts=MOST_ATTEMPTS)
        decided = decide(group(instance(1, on=False)), failed, "", {}, at("2026-01-13T08:00"))
        assert ids(decided.start) == [instance_id(1)]
        assert decided.record.attempts == 1


class TestAnOverride:
    def override(self, goal, until="2026-01-13T00:00", seen=False):
        return {instance_id(1): Override(instance_id(1), goal, at(until), seen)}

    def test_keeps_an_instance_running_over_a_stop(self):
        both = group(instance(1), instance(2))
        decided = decide(both, WAS_ON, "", self.override("on"), MONDAY_EVENING)
        assert ids(decided.stop) == [instance_id(2)]

    def test_keeps_an_instance_stopped_over_a_start(self):
        both = group(instance(1, on=False), instance(2, on=False))
        decided = decide(both, WAS_OFF, "", self.override("off"), MONDAY_MORNING)
        assert ids(decided.start) == [instance_id(2)]

    def test_brings_the_instance_there_when_it_is_first_seen(self):
        asleep = group(instance(1, on=False))
        assert ids(decide(asleep, WAS_OFF, "", self.override("on"), NIGHT).start) == [
            instance_id(1)
        ]
        later = decide(asleep, WAS_OFF, "", self.override("on", seen=True), NIGHT)
        assert not later.acts
        assert "an override wants it on" in later.lines[0]

    def test_starts_even_what_is_stop_only(self):
        lazy = group(instance(1, on=False), schedule=schedule(stop_only=True))
        assert ids(decide(lazy, WAS_ON, "", self.override("on"), MONDAY_MORNING).start)

    def test_that_has_expired_gives_the_instance_back_to_its_schedule(self):
        awake = group(instance(1))
        override = self.override("on", until="2026-01-12T22:00", seen=True)
        before = decide(awake, WAS_OFF, "", override, at("2026-01-12T21:59"))
        assert not before.acts
        assert before.due == at("2026-01-12T22:00")
        assert ids(decide(awake, WAS_OFF, "", override, at("2026-01-12T22:00")).stop)


class TestTheNextLook:
    def test_is_after_the_minutes_that_the_schedule_says(self):
        decided = decide(group(instance(1)), WAS_ON, "", {}, at("2026-01-12T10:00"))
        assert decided.due == at("2026-01-12T10:15")

    def test_is_the_next_change_where_that_comes_first(self):
        decided = decide(group(instance(1)), WAS_ON, "", {}, at("2026-01-12T17:50"))
        assert decided.due == MONDAY_EVENING


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (None, "there is no such schedule"),
        (schedule(timezone="Mars/Olympus"), "'Mars/Olympus' is no IANA time zone"),
    ],
)
def test_a_schedule_that_cannot_be_followed_changes_nothing_and_is_told_of_once(broken, said):
    lost = group(instance(1), schedule=broken)
    decided = decide(lost, WAS_ON, "", {}, NIGHT)
    assert not decided.acts
    assert said in decided.lines[0]
    assert decide(lost, decided.record, "", {}, NIGHT).lines == ()
    assert decided.record.goal == "on"


moments = st.integers(0, 7 * 24 * 60).map(lambda n: at("2026-01-12T00:00") + timedelta(minutes=n))
fleets = st.lists(st.booleans(), max_size=6).map(
    lambda states: tuple(instance(number, on=on) for number, on in enumerate(states))
)
records = st.one_of(
    st.none(),
    st.builds(
        Record,
        goal=st.sampled_from(["on", "off"]),
        since=st.just("2026-01-12T00:00:00+00:00"),
        outcome=st.sampled_from(["followed", "not_followed", "under_way"]),
        attempts=st.integers(0, MOST_ATTEMPTS),
    ),
)


@given(now=moments, fleet=fleets, record=records, before=st.sampled_from(["", "on", "off"]))
def test_nobody_is_brought_where_the_schedule_does_not_want_them(now, fleet, record, before):
    decided = decide(group(*fleet), record, before, {}, now)
    assert all(not entry.on and decided.record.goal == "on" for entry in decided.start)
    assert all(entry.on and decided.record.goal == "off" for entry in decided.stop)


@given(now=moments, fleet=fleets, record=records, before=st.sampled_from(["", "on", "off"]))
def test_a_second_look_finds_nothing_to_do_where_the_first_was_followed(now, fleet, record, before):
    decided = decide(group(*fleet), record, before, {}, now)
    moved = set(decided.start + decided.stop)

    def after(entry: Instance) -> Instance:
        return replace(entry, on=not entry.on) if entry in moved else entry

    done = replace(decided.record, outcome="followed", attempts=0)
    again = decide(group(*map(after, fleet)), done, "", {}, now)
    assert not again.acts
    if record or before:  # else the schedule is new, and this is its second look
        assert again.lines == ()
