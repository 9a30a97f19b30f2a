from aparte.core.relay.routes import Routes


def test_everybody_but_the_sender() -> None:
    routes: Routes[str] = Routes()
    for seat in ("ann", "bob", "cat"):
        routes.set(seat, f"link of {seat}")
    assert routes.route("bob") == ("link of ann", "link of cat")


def test_a_seat_without_a_route_neither_sends_nor_receives() -> None:
    routes: Routes[str] = Routes()
    routes.set("ann", "link of ann")
    routes.set("bob", "link of bob")
    assert routes.route("eve") == ()
    routes.drop("bob")
    assert routes.route("bob") == ()
    assert routes.route("ann") == ()
    routes.drop("bob")


def test_a_new_link_replaces_the_old_one() -> None:
    routes: Routes[str] = Routes()
    routes.set("ann", "link of ann")
    routes.set("bob", "old link")
    assert routes.route("ann") == ("old link",)
    routes.set("bob", "new link")
    assert routes.route("ann") == ("new link",)


def test_the_tuple_is_made_once() -> None:
    routes: Routes[str] = Routes()
    routes.set("ann", "link of ann")
    routes.set("bob", "link of bob")
    assert routes.route("ann") is routes.route("ann")
    assert not Routes[str]().route("nobody")
