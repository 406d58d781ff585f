"""The forms about an agreement's instalments and about objecting: what they ask, and what they make of the answers."""

from __future__ import annotations

from typing import Any

from mediation.actor import Actor
from mediation.lifecycle import MOVES
from mediation.vocabulary import State
from mediation.windows.moveforms import MoveForm
from tests.mediation.stories import DIGEST, Story, World, document, walk
from tests.mediation.test_agreements import replaced, settled_by_instalments


def form_of(story: Story, move: str, by: Actor, **answers: Any) -> MoveForm:
    """Return the form of a move, filled in if there are answers."""
    blank = MoveForm(MOVES[move], story.case, by, story.at)
    if not answers:
        return blank
    hidden = {name: blank.get_initial_for_field(field, name) for name, field in blank.fields.items()}
    filled = {name: value for name, value in hidden.items() if value is not None}
    return MoveForm(MOVES[move], story.case, by, story.at, {**filled, **answers})


def test_mediator_writes_the_instalments_one_a_line(world: World) -> None:
    story = walk(world, State.SETTLED)
    lines = "2024-05-31 6000\n2024/12/31，4,000.50\n"

    form = form_of(story, "sign", world.lead, digest=DIGEST, code="123456", schedule=lines)

    assert form.is_valid(), form.errors
    stated = form.answers([]).facts["obligations"]
    assert [(one["due_on"], one["amount"]) for one in stated] == [("2024-05-31", 600_000), ("2024-12-31", 400_050)]
    assert {(one["payer"], one["payee"]) for one in stated} == {(story.respondent, story.applicant)}
    story.go("sign", world.lead, digest=DIGEST, obligations=stated)


def test_line_that_cannot_be_read_is_named(world: World) -> None:
    story = walk(world, State.SETTLED)

    form = form_of(story, "sign", world.lead, digest=DIGEST, code="123456", schedule="2024-05-31 6000\n年底付清")

    assert "第2行" in str(form.errors["schedule"])


def test_parties_are_not_asked_for_instalments(world: World) -> None:
    story = walk(world, State.SIGNING)

    form = form_of(story, "sign", story.party(story.applicant))

    assert not {"schedule", "payer", "last_due"} & set(form.fields)


def test_payer_chooses_among_what_it_owes_and_payee_among_what_it_is_owed(world: World) -> None:
    story, owed = settled_by_instalments(world)
    payer = story.party(story.respondent)
    story.go(
        "report_performance",
        payer,
        document("回单.pdf", "PAYMENT"),
        party=story.respondent,
        obligation=owed[0]["ref"],
    )

    reporting = form_of(story, "report_performance", payer).fields["obligation"].choices
    answering = form_of(story, "answer_performance", story.party(story.applicant)).fields["obligation"].choices

    assert [ref for ref, _label in reporting if ref] == [owed[1]["ref"]]
    assert {ref for ref, _label in answering if ref} == {one["ref"] for one in owed}
    assert any("40.00" in label for _ref, label in reporting)


def test_second_objection_says_before_it_is_sent_that_it_is_refusal(world: World) -> None:
    story = replaced(world)

    warned = form_of(story, "object", story.party(story.applicant)).fields["prefers"].help_text
    other = form_of(story, "object", story.party(story.respondent)).fields["prefers"].help_text

    assert "贵方曾" in str(warned)
    assert "贵方曾" not in str(other)
