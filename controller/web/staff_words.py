"""Roles and acts in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from controller.domain.values import Role
from controller.locale import N_, sentence

ROLES: Mapping[Role, tuple[str, str]] = {
    Role.EDITOR: (N_("Editor"), N_("writes, schedules and submits; makes quiet")),
    Role.APPROVER: (N_("Approver"), N_("approves or returns what others wrote; makes quiet")),
    Role.DUTY_OFFICER: (N_("Duty officer, hamlet head"), N_("schedules, plays at once, makes quiet")),
    Role.TECHNICIAN: (N_("Technician"), N_("sets the loudspeaker nodes")),
    Role.AUDITOR: (N_("Auditor"), N_("reads everything and the log of acts")),
    Role.ADMINISTRATOR: (N_("Administrator"), N_("areas, loudspeaker nodes and people")),
}
ACTS: Mapping[str, str] = {
    "sign_in": N_("Signed in"),
    "sign_out": N_("Signed out"),
    "end_sign_in": N_("Ended a sign-in of their own"),
    "end_other_sign_ins": N_("Ended all their other sign-ins"),
    "change_own_password": N_("Changed their own password"),
    "set_language": N_("Chose their language"),
    "make_token": N_("Made a token for a programme"),
    "revoke_token": N_("Revoked a token"),
    "set_up": N_("Set the office up"),
    "raise_epoch": N_("Put the office back from a copy"),
    "add_person": N_("Added a person"),
    "grant_role": N_("Gave a role"),
    "revoke_role": N_("Took a role away"),
    "disable_person": N_("Ended a person's access"),
    "set_password": N_("Set somebody's password"),
    "add_area": N_("Added an area"),
    "change_area": N_("Renamed or moved an area"),
    "set_area": N_("Changed an area's settings"),
    "remove_area": N_("Removed an area"),
    "add_zone": N_("Made a zone"),
    "change_zone": N_("Changed a zone"),
    "remove_zone": N_("Removed a zone"),
    "enrol_node": N_("Enrolled a loudspeaker node"),
    "change_node": N_("Changed a loudspeaker node"),
    "replace_key": N_("Replaced a node's key"),
    "remove_node": N_("Took a node out of service"),
    "set_node": N_("Set a loudspeaker node"),
    "ask_node": N_("Asked something of a node"),
    "acknowledge_fault": N_("Acknowledged a fault"),
    "add_programme": N_("Added a programme"),
    "remove_programme": N_("Removed a programme"),
    "register_asset": N_("Put audio into the library"),
    "remove_asset": N_("Took audio out of the library"),
    "create_broadcast": N_("Wrote a broadcast"),
    "revise_broadcast": N_("Changed a broadcast"),
    "submit_version": N_("Submitted for approval"),
    "approve_version": N_("Approved"),
    "return_version": N_("Returned to the author"),
    "withdraw_broadcast": N_("Withdrew a broadcast"),
    "play_now": N_("Played at once"),
    "play_approved_now": N_("Played an approved broadcast at once"),
    "stop": N_("Stopped an airing"),
    "raise_alarm": N_("Raised an alarm"),
    "raise_drill": N_("Held a drill"),
    "join_alarm": N_("Pressed an alarm that was raised already"),
    "confirm_alarm": N_("Agreed to an alarm"),
    "refuse_alarm": N_("Refused an alarm"),
    "alarm_unanswered": N_("An alarm went out: no second person answered"),
    "extend_alarm": N_("Extended an alarm"),
    "correct_alarm": N_("Corrected an alarm"),
    "all_clear": N_("Gave the all-clear"),
    "set_pin": N_("Set the own PIN"),
    "air_out_of_hours": N_("Aired a bulletin in quiet hours"),
    "set_words": N_("Changed the words of a prepared message"),
    "put_clip": N_("Put a recording into the message book"),
    "remove_clip": N_("Took a clip out of the message book"),
    "mute": N_("Made all loudspeakers quiet"),
    "lift": N_("Let the loudspeakers sound again"),
    "edit_airing": N_("Changed airings"),
    "place_silence": N_("Set a silence"),
    "lift_silence": N_("Lifted a silence"),
    "approve_on_paper": N_("Recorded an approval on paper"),
    "see_paper": N_("Saw an approval on paper in their name"),
    "set_approvers": N_("Set the order of the approvers"),
    "grant_standing": N_("Gave a standing approval"),
    "revoke_standing": N_("Revoked a standing approval"),
    "decide": N_("Decided a broadcast"),
    "set_sessions": N_("Changed an area's sessions"),
    "set_hours": N_("Changed an area's hours"),
}


def role_word(role: Role, language: str) -> str:
    """A role as people call it."""
    return sentence(language, ROLES[role][0])


def act_word(act: str, language: str) -> str:
    """An act as people call it."""
    return sentence(language, ACTS.get(act, N_("Another act")))


def detail_lines(details: Mapping[str, Any], language: str) -> Iterator[str]:
    """What is worth a word of an act: the role, the number of a version, the reason."""
    role = details.get("role")
    if role in set(Role):
        yield role_word(Role(role), language)
    if details.get("number"):
        yield sentence(language, N_("version {number}"), {"number": details["number"]})
    if details.get("own"):
        yield sentence(language, N_("their own version"))
    if details.get("signer"):
        yield sentence(language, N_("in the name of {person}"), {"person": details["signer"]})
    if details.get("why"):
        yield f"“{details['why']}”"
