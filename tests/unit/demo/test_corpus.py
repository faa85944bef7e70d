from collections import Counter

from router.demo.corpus import Label, replay_tickets, training_tickets


def test_every_label_is_learnt_and_replayed_in_quantity() -> None:
    for tickets, fewest in ((training_tickets(), 40), (replay_tickets(), 15)):
        counts = Counter(ticket.truth for ticket in tickets)
        assert set(counts) == set(Label)
        assert min(counts.values()) >= fewest


def test_no_ticket_is_replayed_that_was_learnt_from() -> None:
    learnt = {ticket.text.casefold() for ticket in training_tickets()}
    assert not [ticket for ticket in replay_tickets() if ticket.text.casefold() in learnt]


def test_no_ticket_stands_twice() -> None:
    for tickets in (training_tickets(), replay_tickets()):
        assert not [text for text, times in Counter(tickets).items() if times > 1]
