"""What notices tell on the news of others."""

from dars.accounts.public import User, people_with, proposal_by_number, two_people
from dars.core import clock, outbox
from dars.notices.services import notify, write_to
from dars.organisations.public import invitation, letter, managers


@outbox.consumer("proposal.made")
def tell_who_can_confirm(event: outbox.Event) -> None:
    """Everybody else with the right; nobody if it has been decided meanwhile."""
    proposal = proposal_by_number(int(event.ids["proposal_id"]))
    if proposal.decided_at is not None:
        return
    notify(
        people=people_with(two_people.right_of(proposal.action)).exclude(pk=proposal.proposed_by_id),
        kind="proposal.made",
        subject=f"Confirm or reject: {proposal.words}"[:200],
        text=f"{proposal.proposed_by.name} has proposed this. It takes a second person to confirm it within 7 days.\n\n"
        "Read the reason, then confirm or reject it.",
        link=f"/account/proposals/{proposal.pk}/",
    )


@outbox.consumer("proposal.decided")
def tell_who_proposed(event: outbox.Event) -> None:
    """The proposer, unless they decided it themselves."""
    proposal = proposal_by_number(int(event.ids["proposal_id"]))
    if proposal.decided_by_id == proposal.proposed_by_id:
        return
    who = f" by {proposal.decided_by.name}" if proposal.decided_by else ""
    notify(
        people=[proposal.proposed_by],
        kind="proposal.decided",
        subject=f"{proposal.state_label}: {proposal.words}"[:200],
        text=f"What you proposed is now “{proposal.state_label.lower()}”{who}.\n\nOpen it to read why, or to see it.",
        link=f"/account/proposals/{proposal.pk}/",
    )


@outbox.consumer("proposal.decided")
def tell_whose_account_it_is(event: outbox.Event) -> None:
    """Whoever's role, account or second factor was changed; not who proposed or confirmed it, who know."""
    proposal = proposal_by_number(int(event.ids["proposal_id"]))
    kind, _, number = proposal.subject.partition(":")
    if proposal.state != "confirmed" or kind != "user":
        return
    first, second = proposal.proposed_by, proposal.decided_by
    lost = f" You need a code for a new second factor: {second.name} gives it to you in person or by telephone."
    notify(
        people=User.objects.filter(pk=number).exclude(pk__in=[first.pk, second.pk]),
        kind="account.changed",
        subject="Your account was changed",
        text=f"{first.name} proposed this and {second.name} confirmed it: {proposal.words}."
        f"{lost if proposal.action == 'second_factor.reset' else ''}\n\nIf you did not expect it, tell the service at "
        "once.",
        link="/account/",
    )


@outbox.consumer("member_invitation.proposed")
def tell_who_can_confirm_a_member(event: outbox.Event) -> None:
    """Everybody else who may take people into the organisation."""
    asked = invitation(int(event.ids["invitation_id"]))
    if asked.state != "proposed":
        return
    notify(
        people=managers(asked.organisation).exclude(pk=asked.invited_by_id),
        kind="member.proposed",
        subject=f"Confirm who joins {asked.organisation.name}"[:200],
        text=f"{asked.invited_by.name} invites somebody to be {', '.join(asked.parts).lower()}. It takes a second "
        "person to confirm it.\n\nOpen the page of the organisation, see that the person works there, and confirm it "
        "or take it back.",
        link=f"/organisations/{asked.organisation.code}/#invitations",
    )


@outbox.consumer("member_invitation.sent")
def write_to_whoever_is_invited(event: outbox.Event) -> None:
    """The letter with the link that works once."""
    found = letter(invitation_id=int(event.ids["invitation_id"]))
    if found is None:
        return
    asked, token = found
    last = clock.day_of(asked.expires_at)
    write_to(
        email=asked.email,
        kind="member.invited",
        subject=f"You are invited to join {asked.organisation.name}"[:200],
        text=f"{asked.invited_by.name} invites you to join {asked.organisation.name} in the Data Access Request "
        f"Service, as: {', '.join(asked.parts).lower()}.\n\nOpen the link to accept. It works once, until {last.day} "
        f"{last:%B %Y}, and for this address only. If you did not expect this, do nothing.",
        link=f"/organisations/invitations/{token}/",
    )
