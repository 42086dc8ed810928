"""Stop and withdraw by page: what will happen, the reason, and the three lists with the way to a correction."""

from __future__ import annotations

from datetime import timedelta

from controller.domain.values import to_ms
from controller.storage.engine import transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import OwedRow
from tests.support.answering import started, status
from tests.support.browsing import browse, enter, forms, send
from tests.support.desk import MORNING, Desk
from tests.support.ledger import owed


def due(desk: Desk) -> tuple[str, str]:
    """A broadcast of which both nodes owe an airing since ten seconds ago."""
    broadcast = desk.approved()
    at = MORNING - timedelta(seconds=10)
    occurrence = f"{broadcast}-{to_ms(at)}"
    for node, hamlet in (("n1", "Thôn 1"), ("n2", "Thôn 2")):
        row = owed(node, {desk.hamlets[hamlet]: hamlet}, occurrence, at, 60, "Tiêm phòng")
        columns = {**owed_columns(row), "area_id": desk.root, "broadcast_id": broadcast}
        transact(desk.office.engine, lambda session, made=columns: session.add(OwedRow(**made)))  # type: ignore[misc]
    return broadcast, occurrence


def test_it_says_what_will_happen_asks_why_and_shows_the_three_lists(commune: Desk) -> None:
    commune.add_person("hai", "duty_officer", commune.hamlets["Thôn 2"])
    broadcast, occurrence = due(commune)
    started(commune.office.engine, "n1", occurrence, MORNING)
    with browse(commune) as browser:
        enter(browser, "editor")
        page = browser.get(f"/airings/{occurrence}/withdraw")
        assert "Đang đến giờ phát, sẽ dừng ở: Cụm n1, Cụm n2." in page.text
        action = f"/airings/{occurrence}/withdraw"
        refused = send(browser, page, action, {"why": "   "})
        assert refused.status_code == 422
        after = send(browser, page, action, {"why": "Sai ngày <họp>"})
        assert after.url.path == f"/withdrawn/{broadcast}"
        assert "“Sai ngày &lt;họp&gt;”" in after.text
        assert "đã bắt đầu phát" in after.text
        assert f"/decide?corrects={broadcast}&amp;list=played,may_still" in after.text
        assert "Gọi: <bdi>Người hai</bdi>" in after.text
        assert after.text.count("1 cụm loa") == 2
        twice = send(browser, page, action, {"why": "Sai ngày <họp>"})
        assert twice.url.path == f"/withdrawn/{broadcast}", "pressed twice, it is withdrawn once"
        assert browser.get(action).url.path == f"/withdrawn/{broadcast}"


def test_the_lists_follow_what_nodes_tell_later(commune: Desk) -> None:
    broadcast, occurrence = due(commune)
    said = commune.post(f"/broadcasts/{broadcast}/withdraw", {"why": "Sai"}, "editor")
    assert said.status_code == 204
    with browse(commune) as browser:
        enter(browser, "editor")
        assert "list=may_still" in browser.get(f"/withdrawn/{broadcast}").text
        status(commune.office.engine, "n2", MORNING, sounding=occurrence, untold=2)
        page = browser.get(f"/withdrawn/{broadcast}")
        assert "list=played,may_still" in page.text
        assert "2 báo cáo chưa gửi" in page.text
    lists = {
        each["contact"]["node"]: each["list"]
        for each in commune.get(f"/broadcasts/{broadcast}/withdrawn").json()["nodes"]
    }
    assert lists == {"n1": "may_still", "n2": "played"}


def test_who_may_not_withdraw_is_refused_and_reads_the_lists_without_a_correction(commune: Desk) -> None:
    broadcast, occurrence = due(commune)
    with browse(commune) as browser:
        enter(browser, "an")
        assert browser.get(f"/airings/{occurrence}/withdraw").status_code == 403
        assert browser.post(f"/airings/{occurrence}/withdraw", data={"why": "x"}).status_code == 403
        assert browser.get(f"/withdrawn/{broadcast}").status_code == 404, "it is not withdrawn"
        assert commune.post(f"/broadcasts/{broadcast}/withdraw", {"why": "Sai"}, "editor").status_code == 204
        page = browser.get(f"/withdrawn/{broadcast}")
        assert page.status_code == 200
        assert "/decide" not in page.text.partition('id="main"')[2]
        assert f"/airings/{occurrence}/withdraw" not in forms(page)
