import random

from router.demo.corpus import Label, Ticket, replay_tickets, training_tickets
from router.demo.handwriting import write


def test_no_blank_is_left_open() -> None:
    rng = random.Random(1)
    for ticket in (*training_tickets(), *replay_tickets()):
        assert "{" not in write(ticket, rng).text


def test_a_copy_keeps_its_label() -> None:
    rng = random.Random(1)
    assert all(write(ticket, rng).truth is ticket.truth for ticket in replay_tickets())


def test_the_same_seed_writes_the_same_ticket() -> None:
    ticket = Ticket(Label.REFUND, "my money for {order}, {amount}, since {date}")
    assert write(ticket, random.Random(3)) == write(ticket, random.Random(3))


def test_copies_of_one_ticket_differ() -> None:
    rng = random.Random(1)
    ticket = Ticket(Label.REFUND, "my money for {order}, {amount}, since {date}")
    assert len({write(ticket, rng).text for _ in range(100)}) > 90


def test_some_copies_are_shouted_and_some_are_all_small() -> None:
    rng = random.Random(1)
    texts = [write(Ticket(Label.OTHER, "Is the Tent Green"), rng).text for _ in range(300)]
    assert any(text.isupper() for text in texts)
    assert any(text.islower() for text in texts)
    assert any("Tent" in text for text in texts)


def test_a_ticket_of_one_letter_survives_typing_errors() -> None:
    rng = random.Random(1)
    assert all(write(Ticket(Label.OTHER, "a"), rng).text for _ in range(300))
