"""The 25 districts of Seoul. Called by `inventory.demo`, which puts facilities into them, and by what names them in
English."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class District:
    """A district by its Korean name and by its English one without `-gu`.

    Latitude and longitude, to a hundredth of a degree, are where its public Wi-Fi is: the medians over its access
    points in the city's public list of July 2021. They are no administrative centre.
    """

    name_ko: str
    name_en: str
    latitude: float
    longitude: float


DISTRICTS = (
    District("종로구", "Jongno", 37.58, 126.99),
    District("중구", "Jung", 37.56, 126.98),
    District("용산구", "Yongsan", 37.54, 126.97),
    District("성동구", "Seongdong", 37.56, 127.04),
    District("광진구", "Gwangjin", 37.55, 127.08),
    District("동대문구", "Dongdaemun", 37.58, 127.05),
    District("중랑구", "Jungnang", 37.60, 127.09),
    District("성북구", "Seongbuk", 37.60, 127.02),
    District("강북구", "Gangbuk", 37.63, 127.03),
    District("도봉구", "Dobong", 37.66, 127.04),
    District("노원구", "Nowon", 37.65, 127.07),
    District("은평구", "Eunpyeong", 37.60, 126.92),
    District("서대문구", "Seodaemun", 37.58, 126.94),
    District("마포구", "Mapo", 37.57, 126.90),
    District("양천구", "Yangcheon", 37.52, 126.86),
    District("강서구", "Gangseo", 37.56, 126.84),
    District("구로구", "Guro", 37.50, 126.87),
    District("금천구", "Geumcheon", 37.46, 126.90),
    District("영등포구", "Yeongdeungpo", 37.52, 126.90),
    District("동작구", "Dongjak", 37.50, 126.94),
    District("관악구", "Gwanak", 37.48, 126.94),
    District("서초구", "Seocho", 37.48, 127.03),
    District("강남구", "Gangnam", 37.50, 127.05),
    District("송파구", "Songpa", 37.51, 127.11),
    District("강동구", "Gangdong", 37.54, 127.13),
)
"""In the city's own order, which is that of their codes."""

ENGLISH_DISTRICTS: Mapping[str, str] = MappingProxyType(
    {district.name_ko: f"{district.name_en}-gu" for district in DISTRICTS}
)
"""What a district is called in English, by its Korean name: `Mapo-gu`."""
