"""From findings to sentences, pure: each condition of each thing has one sentence, and a remedy where one is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """Whether a thing is there."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Subject(Enum):
    """What a node needs: Vietnamese, English."""

    PLAYER = ("Bộ giải mã", "Decoder")
    SOUND = ("Âm thanh", "Sound")
    PINS = ("Rơ-le", "Relay")
    CLOCK = ("Đồng hồ máy", "System clock")
    HARDWARE_CLOCK = ("Đồng hồ phần cứng", "Hardware clock")
    SPACE = ("Chỗ trống", "Space")
    SUPPLY = ("Nguồn điện", "Power supply")
    DISK = ("Thẻ nhớ", "Disk")
    MODEM = ("Modem", "Modem")
    WATCHDOG = ("Bộ canh máy", "Watchdog")
    BROKER = ("Máy chủ MQTT", "Broker")
    PASSWORD = ("Mật khẩu MQTT", "Broker password")
    NODE_KEY = ("Khóa của cụm loa", "Node key")
    ROOT_KEY = ("Khóa gốc", "Root key")
    KEY_SET = ("Bộ khóa", "Key set")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found: which condition, with the particulars that its sentence names."""

    subject: Subject
    condition: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What is told of one thing: its name, whether it is there, a sentence, and what to do (empty: nothing)."""

    name: str
    verdict: Verdict
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A condition's verdict with its sentence and remedy, Vietnamese and English; `{}` is the finding's detail."""

    verdict: Verdict
    sentence: tuple[str, str]
    remedy: tuple[str, str] = ("", "")


_OK, _MISSING, _UNKNOWN = Verdict.OK, Verdict.MISSING, Verdict.UNKNOWN
_CHMOD = ("Chạy: chmod 600 cho tệp này.", "Run chmod 600 on this file.")
_SUPPLY = (
    "Thay bộ nguồn (5,1 V, 3 A trở lên) hoặc dây nguồn ngắn hơn.",
    "Fit a better supply (5.1 V, 3 A or more) or a shorter cable.",
)
_CARD = (
    "Thay thẻ nhớ sớm: thẻ hỏng làm mất nhật ký.",
    "Replace the card soon: a failing card loses the journal.",
)
_ENROL = ("Đăng ký lại cụm loa này với xã.", "Enrol this node with the office again.")

WORDS: dict[tuple[Subject, str], Words] = {
    (Subject.PLAYER, "ok"): Words(_OK, ("libVLC {} dùng được.", "libVLC {} can be used.")),
    (Subject.PLAYER, "missing"): Words(
        _MISSING,
        ("Không dùng được libVLC: {}.", "libVLC cannot be used: {}."),
        ("Cài các gói libvlc5 và vlc-plugin-base.", "Install the packages libvlc5 and vlc-plugin-base."),
    ),
    (Subject.SOUND, "ok"): Words(_OK, ("Mở được thiết bị {}.", "The device {} opens.")),
    (Subject.SOUND, "recordings"): Words(
        _OK, ("Không phát ra loa, chỉ ghi vào {}.", "Nothing sounds, recordings go to {}.")
    ),
    (Subject.SOUND, "by index"): Words(
        _UNKNOWN,
        ("Mở được thiết bị {}, nhưng số thẻ có thể đổi khi cắm lại.", "{} opens, but another plug may renumber it."),
        ("Ghi tên cố định trong sound.device, xem bằng aplay -L.", "Name it as aplay -L does in sound.device."),
    ),
    (Subject.SOUND, "busy"): Words(
        _UNKNOWN,
        ("Thiết bị đang bận: {}.", "The device is busy: {}."),
        ("Nếu loa-node đang chạy thì đúng là như vậy.", "While loa-node runs, this is as it should be."),
    ),
    (Subject.SOUND, "failed"): Words(
        _MISSING,
        ("Không mở được thiết bị âm thanh: {}.", "The sound device does not open: {}."),
        ("Xem tên thẻ bằng aplay -L rồi sửa sound.device.", "List cards with aplay -L and correct sound.device."),
    ),
    (Subject.SOUND, "unwritable"): Words(
        _MISSING,
        ("Không ghi được vào {}.", "{} cannot be written."),
        ("Cấp quyền ghi thư mục này cho người dùng loa.", "Let the user loa write this folder."),
    ),
    (Subject.PINS, "ok"): Words(_OK, ("Điều khiển được chân GPIO qua {}.", "GPIO pins can be driven through {}.")),
    (Subject.PINS, "mock"): Words(
        _OK, ("Không dùng chân GPIO, chỉ ghi lần đóng mở vào {}.", "No GPIO pins, edges are written to {}.")
    ),
    (Subject.PINS, "high at boot"): Words(
        _UNKNOWN,
        ("{} ở mức cao khi máy vừa có điện: tăng âm bật một lúc.", "{}: high from power-on, the amplifier turns on."),
        ("Nối rơ-le vào GPIO 9 đến 27, trừ GPIO 14.", "Wire the relay to GPIO 9 to 27, but not 14."),
    ),
    (Subject.PINS, "active low"): Words(
        _UNKNOWN,
        (
            "{} ở mức thấp khi không ai điều khiển, bo rơ-le này đóng ở mức thấp: tăng âm bật.",
            "{} is low while nobody drives it, and this relay board closes on a low level: the amplifier turns on.",
        ),
        ("Dùng bo rơ-le đóng ở mức cao.", "Use a relay board that closes on a high level."),
    ),
    (Subject.PINS, "missing"): Words(
        _MISSING,
        ("Không điều khiển được chân GPIO: {}.", "GPIO pins cannot be driven: {}."),
        (
            "Cài gói python3-lgpio và cho người dùng loa vào nhóm gpio.",
            "Install the package python3-lgpio and put the user loa in the group gpio.",
        ),
    ),
    (Subject.PINS, "unwritable"): Words(
        _MISSING,
        ("Không ghi được vào {}.", "{} cannot be written."),
        ("Cấp quyền ghi thư mục này cho người dùng loa.", "Let the user loa write this folder."),
    ),
    (Subject.CLOCK, "ok"): Words(_OK, ("Đã đồng bộ, sai số không quá {}.", "Synchronised, at most this far off: {}.")),
    (Subject.CLOCK, "host"): Words(
        _OK,
        ('Tin giờ của máy này theo thiết lập (clock = "host"): {}.', 'Taken as it is, as clock = "host" says: {}.'),
    ),
    (Subject.CLOCK, "impossible"): Words(
        _MISSING,
        (
            "Máy ghi {}, giờ này không thể đúng: lịch thường phải chờ giờ của xã.",
            "The machine says {}, which cannot be right: routine waits for the office's time.",
        ),
        (
            "Cài và bật chrony, kiểm tra mạng, lắp đồng hồ phần cứng.",
            "Install and enable chrony, look at the network, fit a hardware clock.",
        ),
    ),
    (Subject.CLOCK, "short"): Words(
        _MISSING,
        (
            "Hệ điều hành này đếm giây bằng 32 bit, năm 2038 sẽ hết.",
            "This system counts seconds in 32 bits, which end in 2038.",
        ),
        ("Cài bản 64 bit của hệ điều hành.", "Install the 64-bit edition of the system."),
    ),
    (Subject.CLOCK, "adrift"): Words(
        _MISSING,
        ("Máy ghi {}, chưa đồng bộ với nguồn giờ nào.", "The machine says {}, not synchronised with any source."),
        ("Cài và bật chrony, kiểm tra mạng.", "Install and enable chrony, look at the network."),
    ),
    (Subject.CLOCK, "unknown"): Words(
        _UNKNOWN,
        ("Máy ghi {}, không cho biết có đồng bộ hay không.", "The machine says {}, not whether it is synchronised."),
    ),
    (Subject.HARDWARE_CLOCK, "ok"): Words(_OK, ("Có và chạy đúng giờ.", "There, and it is right.")),
    (Subject.HARDWARE_CLOCK, "unproved"): Words(
        _UNKNOWN,
        (
            "Có và giữ được giờ; đúng hay sai thì chưa có nguồn giờ nào để so.",
            "There, and it keeps the time; no source says whether that is right.",
        ),
    ),
    (Subject.HARDWARE_CLOCK, "wrong"): Words(
        _MISSING,
        ("Sai {} so với giờ đã đồng bộ.", "It is {} away from the synchronised time."),
        (
            "Đặt lại: sudo hwclock --systohc; bật rtcsync trong chrony.",
            "Set it: sudo hwclock --systohc; let chrony keep it (rtcsync).",
        ),
    ),
    (Subject.HARDWARE_CLOCK, "missing"): Words(
        _MISSING,
        (
            "Không có hoặc không giữ được giờ: mất điện mà không có mạng thì cụm loa im lặng với lịch thường.",
            "None that keeps the time: after a power cut without a link the node stays silent for routine.",
        ),
        ("Lắp mô-đun DS3231, hoặc pin cho đồng hồ của Pi 5.", "Fit a DS3231 module, or the cell of a Pi 5's clock."),
    ),
    (Subject.HARDWARE_CLOCK, "unknown"): Words(
        _UNKNOWN, ("Máy không cho biết có hay không.", "The machine does not say whether there is one.")
    ),
    (Subject.SPACE, "ok"): Words(_OK, ("Còn {}.", "{} are free.")),
    (Subject.SPACE, "low"): Words(
        _MISSING,
        ("Chỉ còn {}, âm thanh mới không tải về được.", "Only {} are free, new audio cannot be fetched."),
        ("Xóa bớt tệp, hoặc dùng thẻ nhớ lớn hơn.", "Remove files, or use a larger card."),
    ),
    (Subject.SPACE, "unwritable"): Words(
        _MISSING,
        ("Không ghi được vào {}.", "{} cannot be written."),
        ("Cấp quyền ghi thư mục này cho người dùng loa.", "Let the user loa write this folder."),
    ),
    (Subject.BROKER, "ok"): Words(_OK, ("{} trả lời.", "{} answers.")),
    (Subject.BROKER, "no name"): Words(
        _MISSING,
        ("Không tìm thấy địa chỉ {}.", "The address {} is not known."),
        ("Kiểm tra broker.host và DNS.", "Look at broker.host and at DNS."),
    ),
    (Subject.BROKER, "refused"): Words(
        _MISSING,
        ("{} từ chối kết nối.", "{} refuses the connection."),
        ("Kiểm tra broker.port, máy chủ có đang chạy không.", "Look at broker.port, and whether the broker runs."),
    ),
    (Subject.BROKER, "no answer"): Words(
        _MISSING,
        ("{} không trả lời.", "{} does not answer."),
        ("Kiểm tra mạng, SIM 4G, tường lửa.", "Look at the network, the 4G card, the firewall."),
    ),
    (Subject.PASSWORD, "ok"): Words(_OK, ("Đọc được {}.", "{} is readable.")),
    (Subject.SUPPLY, "ok"): Words(_OK, ("Đủ điện áp từ khi máy khởi động.", "The voltage has held since the start.")),
    (Subject.SUPPLY, "low"): Words(_MISSING, ("Điện áp đang quá thấp.", "The voltage is too low."), _SUPPLY),
    (Subject.SUPPLY, "dipped"): Words(
        _MISSING,
        ("Đã có lúc điện áp quá thấp từ khi máy khởi động.", "The voltage was too low at times since the start."),
        _SUPPLY,
    ),
    (Subject.SUPPLY, "unknown"): Words(
        _UNKNOWN, ("Máy này không đo điện áp nguồn.", "This machine does not measure its supply.")
    ),
    (Subject.DISK, "ok"): Words(_OK, ("Ghi được, chưa đếm thấy lỗi nào.", "It takes writes, no errors are counted.")),
    (Subject.DISK, "uncounted"): Words(
        _OK, ("Ghi được, hệ thống tệp không đếm lỗi.", "It takes writes, its file system counts no errors.")
    ),
    (Subject.DISK, "errors"): Words(
        _MISSING, ("Hệ thống tệp đã đếm {} lỗi.", "The file systems have counted {} errors."), _CARD
    ),
    (Subject.DISK, "read-only"): Words(
        _MISSING, ("{} chỉ đọc được, không ghi được.", "{} can be read but not written."), _CARD
    ),
    (Subject.MODEM, "ok"): Words(_OK, ("Đã vào mạng: {}.", "In a network: {}.")),
    (Subject.MODEM, "none"): Words(
        _OK, ("Không có modem, thiết lập này không cần.", "There is none, and these settings need none.")
    ),
    (Subject.MODEM, "unseen"): Words(
        _UNKNOWN,
        ("ModemManager không thấy modem nào.", "ModemManager sees no modem."),
        (
            "Nếu 4G đi qua bộ định tuyến rời thì đúng là như vậy; ghi cổng của nó vào modem.interface.",
            "With an LTE router of its own this is as it should be; name its interface in modem.interface.",
        ),
    ),
    (Subject.MODEM, "missing"): Words(
        _MISSING,
        ("Cần modem để hỏi số dư (modem.ussd), ModemManager không thấy.", "modem.ussd asks for one that is not seen."),
        ("Cài modemmanager, xem mmcli -L, cắm lại modem.", "Install modemmanager, see mmcli -L, plug it in again."),
    ),
    (Subject.MODEM, "unregistered"): Words(
        _MISSING,
        ("Có modem nhưng chưa vào mạng nào.", "A modem is there, but in no network."),
        ("Xem SIM, ăng-ten và số dư; xem mmcli -m any.", "See SIM, aerial and balance; see mmcli -m any."),
    ),
    (Subject.WATCHDOG, "ok"): Words(
        _OK, ("Đang canh, máy treo thì tự khởi động lại.", "At work: a machine that hangs starts anew.")
    ),
    (Subject.WATCHDOG, "idle"): Words(
        _MISSING,
        ("Có nhưng chưa bật.", "There, but at rest."),
        (
            "Chép deploy/units/system.conf.d-loa.conf vào /etc/systemd/system.conf.d/loa.conf rồi khởi động lại.",
            "Copy deploy/units/system.conf.d-loa.conf to /etc/systemd/system.conf.d/loa.conf and boot.",
        ),
    ),
    (Subject.WATCHDOG, "none"): Words(
        _UNKNOWN, ("Máy này không có bộ canh phần cứng.", "This machine has no hardware watchdog.")
    ),
    (Subject.PASSWORD, "none"): Words(_OK, ("Không dùng mật khẩu.", "No password is used.")),
    (Subject.PASSWORD, "unreadable"): Words(
        _MISSING,
        ("Không đọc được {}.", "{} cannot be read."),
        ("Cấp quyền đọc tệp này cho người dùng loa.", "Let the user loa read this file."),
    ),
    (Subject.PASSWORD, "empty"): Words(
        _MISSING, ("{} không có gì ở dòng đầu.", "The first line of {} is empty."), _ENROL
    ),
    (Subject.PASSWORD, "open"): Words(_MISSING, ("Người khác cũng đọc được {}.", "Others may read {}."), _CHMOD),
    (Subject.NODE_KEY, "ok"): Words(_OK, ("Dùng được: {}.", "It can be used: {}.")),
    (Subject.NODE_KEY, "unreadable"): Words(
        _MISSING,
        ("Không đọc được {}.", "{} cannot be read."),
        ("Cấp quyền đọc tệp này cho người dùng loa.", "Let the user loa read this file."),
    ),
    (Subject.NODE_KEY, "bad"): Words(_MISSING, ("{} không phải khóa riêng Ed25519.", "{} is no private key."), _ENROL),
    (Subject.NODE_KEY, "foreign"): Words(
        _MISSING,
        ("{} là khóa của cụm loa khác với cài đặt.", "{} is the key of another node than the settings name."),
        (
            "Dùng khóa của chính cụm loa này, hoặc sửa node trong cài đặt.",
            "Put this node's own key there, or correct node in the settings.",
        ),
    ),
    (Subject.NODE_KEY, "open"): Words(_MISSING, ("Người khác cũng đọc được {}.", "Others may read {}."), _CHMOD),
    (Subject.ROOT_KEY, "ok"): Words(_OK, ("Dùng được: {}.", "It can be used: {}.")),
    (Subject.ROOT_KEY, "unreadable"): Words(
        _MISSING,
        ("Không đọc được {}.", "{} cannot be read."),
        ("Cấp quyền đọc tệp này cho người dùng loa.", "Let the user loa read this file."),
    ),
    (Subject.ROOT_KEY, "bad"): Words(_MISSING, ("{} không phải khóa công khai.", "{} is no public key."), _ENROL),
    (Subject.ROOT_KEY, "private"): Words(
        _MISSING,
        ("{} chứa cả khóa riêng của xã.", "{} holds the office's private key."),
        (
            "Xóa ngay khỏi cụm loa, thay bằng khóa công khai; coi khóa gốc là đã lộ.",
            "Remove it from this node at once, put the public key there; take the root key for stolen.",
        ),
    ),
    (Subject.KEY_SET, "ok"): Words(_OK, ("Chữ ký đúng, {} khóa.", "Its signature holds, {} keys.")),
    (Subject.KEY_SET, "none"): Words(
        _UNKNOWN,
        ("Không có tệp: cụm loa chờ bộ khóa từ xã.", "No file: the node waits for the office's key set."),
    ),
    (Subject.KEY_SET, "bad"): Words(
        _MISSING,
        ("{} không được khóa gốc ký, hoặc không cho nơi này.", "{} is not signed by root for this site."),
        _ENROL,
    ),
}

_MARKS = {
    Verdict.OK: ("được", "ok"),
    Verdict.MISSING: ("THIẾU", "MISSING"),
    Verdict.UNKNOWN: ("chưa rõ", "unknown"),
}


def rows(findings: Sequence[Finding], *, english: bool = False) -> tuple[Row, ...]:
    """A row for each finding, in one language."""
    tongue = 1 if english else 0
    return tuple(_row(finding, WORDS[finding.subject, finding.condition], tongue) for finding in findings)


def _row(finding: Finding, words: Words, tongue: int) -> Row:
    name = f"{finding.subject.value[tongue]} [{_MARKS[words.verdict][tongue]}]"
    return Row(name, words.verdict, words.sentence[tongue].replace("{}", finding.detail), words.remedy[tongue])


def render(told: Sequence[Row]) -> str:
    """The rows as lines for a terminal."""
    return "\n".join(f"{row.name}: {' '.join(part for part in (row.sentence, row.remedy) if part)}" for row in told)
