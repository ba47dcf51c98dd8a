"""Names of the built-in towns, in Bulgarian and English: services, desk subjects, segments.

Data alone. The towns are made up; the services are those of any Bulgarian municipality.
"""

from datetime import date

from models.registry_file import Name
from sources.simulator.town import Dimension, Holiday, Segment, Service


def name(bg: str, en: str) -> Name:
    """A name in both languages."""
    return Name(bg=bg, en=en)


SERVICES = (
    Service(id="information", name=name("Справка", "Enquiry"), minutes=1.5, weight=1.2, base=82),
    Service(
        id="registry",
        name=name("Деловодство", "Document registry"),
        minutes=2.5,
        weight=1.3,
        base=79,
    ),
    Service(
        id="civil-status",
        name=name("Гражданско състояние", "Civil status certificate"),
        minutes=4,
        weight=1.4,
        base=80,
        due_days=7,
    ),
    Service(
        id="address",
        name=name("Адресна регистрация", "Address registration"),
        minutes=3.5,
        weight=1.2,
        base=78,
    ),
    Service(
        id="notary",
        name=name("Заверка на подпис", "Signature certification"),
        minutes=2.5,
        weight=0.8,
        base=83,
    ),
    Service(
        id="local-taxes",
        name=name("Местни данъци и такси", "Local taxes and fees"),
        minutes=3.5,
        weight=2.4,
        base=74,
    ),
    Service(
        id="building-permit",
        name=name("Устройство на територията", "Building permit"),
        minutes=6,
        sigma=0.6,
        weight=0.7,
        base=68,
        due_days=30,
        overdue=0.14,
    ),
    Service(
        id="social",
        name=name("Социални услуги", "Social services"),
        minutes=5,
        weight=0.6,
        base=75,
        due_days=14,
    ),
    Service(
        id="parking",
        name=name("Паркиране", "Parking permit"),
        minutes=2,
        weight=0.6,
        base=72,
    ),
)

SUBJECTS: tuple[tuple[Name, tuple[str, ...]], ...] = (
    (name("Информация", "Information"), ("information", "registry", "notary")),
    (
        name("Гражданско състояние", "Civil status"),
        ("civil-status", "address", "notary", "information"),
    ),
    (
        name("Адресна регистрация", "Address registration"),
        ("address", "civil-status", "social", "information"),
    ),
    (name("Местни данъци", "Local taxes"), ("local-taxes", "registry", "parking")),
    (name("Местни такси", "Local fees"), ("local-taxes", "parking", "information")),
    (
        name("Устройство на територията", "Building and planning"),
        ("building-permit", "registry", "social"),
    ),
)
"""What the counters of an office are about, in turn, and the services each gives."""

EVERYTHING = tuple(service.id for service in SERVICES)

DIMENSIONS = (
    Dimension(
        id="age_band",
        name=name("Възраст", "Age"),
        absent=0.15,
        values=(
            Segment(value="18-29", name=name("18–29 години", "18–29"), share=0.16, shift=-2),
            Segment(value="30-44", name=name("30–44 години", "30–44"), share=0.27, shift=-1),
            Segment(value="45-64", name=name("45–64 години", "45–64"), share=0.34),
            Segment(value="65+", name=name("65 и повече", "65 and over"), share=0.23, shift=3),
        ),
    ),
    Dimension(
        id="resident",
        name=name("Живее в общината", "Resident"),
        absent=0.08,
        values=(
            Segment(value="yes", name=name("Да", "Yes"), share=0.9),
            Segment(value="no", name=name("Не", "No"), share=0.1, shift=-4),
        ),
    ),
)

OFFICES = (
    ("center", name("Център", "Centre")),
    ("iztok", name("Изток", "East")),
    ("zapad", name("Запад", "West")),
    ("yug", name("Юг", "South")),
    ("mobile", name("Мобилен офис", "Mobile office")),
)

_FIXED_HOLIDAYS = (
    (1, 1, name("Нова година", "New Year's Day")),
    (3, 3, name("Ден на Освобождението", "Liberation Day")),
    (5, 1, name("Ден на труда", "Labour Day")),
    (5, 6, name("Гергьовден", "St George's Day")),
    (5, 24, name("Ден на азбуката и културата", "Day of the alphabet and culture")),
    (9, 6, name("Ден на Съединението", "Unification Day")),
    (9, 22, name("Ден на Независимостта", "Independence Day")),
    (12, 24, name("Бъдни вечер", "Christmas Eve")),
    (12, 25, name("Рождество Христово", "Christmas Day")),
    (12, 26, name("Рождество Христово", "Second day of Christmas")),
)


def holidays(years: range) -> tuple[Holiday, ...]:
    """The public holidays of Bulgaria that fall on the same day every year."""
    return tuple(
        Holiday(day=date(year, month, day), name=label)
        for year in years
        for month, day, label in _FIXED_HOLIDAYS
    )


_STEMS = (
    *(("Реч", "Rech"), ("Лип", "Lip"), ("Скал", "Skal"), ("Бук", "Buk"), ("Дъб", "Dab")),
    *(("Ясен", "Yasen"), ("Извор", "Izvor"), ("Мост", "Most"), ("Камен", "Kamen")),
    *(("Слънч", "Slanch"), ("Росен", "Rosen"), ("Ябълк", "Yabalk"), ("Орех", "Oreh")),
    *(("Брезов", "Brezov"), ("Явор", "Yavor"), ("Глог", "Glog"), ("Здрав", "Zdrav")),
    *(("Ведр", "Vedr"), ("Синьовод", "Sinovod"), ("Белопол", "Belopol"), ("Мечк", "Mechk")),
    *(("Елен", "Elen"), ("Сокол", "Sokol"), ("Врач", "Vrach"), ("Житн", "Zhitn")),
    *(("Медов", "Medov"), ("Чешм", "Cheshm"), ("Път", "Pat"), ("Зорн", "Zorn")),
)
_ENDINGS = (
    *(("оград", "ograd"), ("ополе", "opole"), ("одол", "odol"), ("овръх", "ovrah")),
    *(("огор", "ogor"), ("обряг", "obryag"), ("омост", "omost"), ("ослав", "oslav")),
    *(("олъки", "olaki"), ("овец", "ovets"), ("орид", "orid"), ("окамък", "okamak")),
)


def town_names() -> list[Name]:
    """Some 350 towns that are on no map, each once."""
    return [
        name(stem_bg + end_bg, stem_en + end_en)
        for end_bg, end_en in _ENDINGS
        for stem_bg, stem_en in _STEMS
    ]
