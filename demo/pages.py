#!/usr/bin/env python3
"""The demo's promoters and events, as the JSON-LD that their own sites would carry.

    pages.py            lists the pages
    pages.py NAME       prints one, as an HTML page
    pages.py -o FOLDER  writes them all there

Every date is relative to now. The spelling differs from page to page on purpose: that is how such pages are found.
Nobody here exists.
"""
import datetime, html, json, os, sys, zoneinfo

NOW = datetime.datetime.now(datetime.timezone.utc)


class Site:
    """One promoter's page: its zone, how it writes times, and its events."""

    def __init__(self, slug, name, url, zone, style):
        self.slug, self.name, self.url, self.style = slug, name, url, style
        self.zone = zoneinfo.ZoneInfo(zone)
        self.events, self.sales = [], []

    def at(self, days, clock="00:00"):
        """The wall clock `days` from today, in this site's spelling."""
        hour, minute = map(int, clock.split(":"))
        day = NOW.astimezone(self.zone).date() + datetime.timedelta(days=days)
        time = datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
        return time.strftime("%Y-%m-%d %H:%M") if self.style == "blank" else (
            time.isoformat() if self.style == "offset" else time.strftime("%Y-%m-%dT%H:%M:%S"))

    def add(self, path, name, place, description, type="Event", sold=(), **rest):
        """`sold`: (type, left) pairs: sell.py buys of each date until so many are left; numbers name a date."""
        event = {"@type": type, "@id": f"{self.url}/{path}", "url": f"{self.url}/{path}", "name": name,
                 "description": description, "location": place,
                 "organizer": {"@type": "Organization", "name": self.name, "url": self.url}}
        event.update(rest)
        self.events.append(event)
        self.sales += [(name, *sale) for sale in sold]

    def page(self):
        graph = {"@context": "https://schema.org", "@graph": self.events}
        text = json.dumps(graph, ensure_ascii=False, indent=2).replace("</", "<\\/")
        return (f"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{html.escape(self.name)}</title>\n"
                f"<script type=\"application/ld+json\">\n{text}\n</script></head><body></body></html>\n")


def place(name, street, city, country, latitude=None, longitude=None):
    result = {"@type": "Place", "name": name, "address": {
        "@type": "PostalAddress", "streetAddress": street, "addressLocality": city, "addressCountry": country}}
    if latitude is not None:
        result["geo"] = {"@type": "GeoCoordinates", "latitude": latitude, "longitude": longitude}
    return result


def offer(price, currency=None, name=None, **rest):
    result = {"@type": "Offer", "price": price}
    if currency:
        result["priceCurrency"] = currency
    if name:
        result["name"] = name
    result.update(rest)
    return result


def lindenhof():
    site = Site("kulturhaus-lindenhof", "Kulturhaus Lindenhof", "https://lindenhof.example", "Europe/Berlin", "plain")
    hall = place("Großer Saal", "Lindenallee 12", "Berlin", "Deutschland", 52.53, 13.41)
    cellar = place("Gewölbekeller", "Lindenallee 12", "Berlin", "DE", 52.53, 13.41)
    site.add("nachtmusik", "Nachtmusik für vier Celli", hall, "Bach, Piazzolla und ein neues Stück von Ida Morgen. Pause mit Suppe.",
             "MusicEvent", startDate=site.at(23, "20:00"), endDate=site.at(23, "22:15"), doorTime="19:15",
             maximumAttendeeCapacity=220, offers=[offer("24,00 €", "EUR", "Normalpreis"), offer("14,00 €", "EUR", "Ermäßigt")],
             sold=[("Normalpreis", 205)])
    site.add("improtheater", "Improtheater am Freitag", cellar, "Ihr ruft, wir spielen. Jede Woche neu.", "TheaterEvent",
             subEvent=[{"@type": "TheaterEvent", "name": "Improtheater am Freitag", "startDate": site.at(5 + 7 * week, "20:30"),
                        "endDate": site.at(5 + 7 * week, "22:00")} for week in range(26)],
             maximumAttendeeCapacity=40, offers=offer("12", "EUR", "Eintritt"),
             sold=[("Eintritt", 3, 0), ("Eintritt", 21, 1)])
    site.add("repaircafe", "Repair-Café", cellar, "Bring mit, was nicht mehr geht. Kaffee gibt es auch.", "SocialEvent",
             startDate=site.at(11, "14:00"), endDate=site.at(11, "18:00"), offers=offer("Eintritt frei"),
             maximumAttendeeCapacity=30, sold=[("Ticket", 18)])
    site.add("winterball", "Winterball", hall, "Kapelle, Buffet und um Mitternacht ein Blick vom Dach.", "Event",
             startDate=site.at(64, "21:00"), endDate=site.at(65, "03:00"), maximumAttendeeCapacity=180,
             offers=[offer("89.00", "EUR", "Ballkarte", validFrom=site.at(14, "10:00"), availability="https://schema.org/PreOrder")])
    return site


def seiran():
    site = Site("seiran-example", "青嵐ホール", "https://seiran.example", "Asia/Tokyo", "blank")
    hall = place("青嵐ホール", "緑町3-4-5", "横浜市", "日本", 35.45, 139.64)
    site.add("koto", "箏と尺八の夕べ", hall, "若手奏者による古典と新作。", "MusicEvent", startDate=site.at(17, "18:30"),
             endDate=site.at(17, "20:30"), maximumAttendeeCapacity=120,
             offers=[offer("3,500円", None, "一般"), offer("2,000円", None, "学生")], sold=[("一般", 6)])
    site.add("rakugo", "青嵐寄席", hall, "落語三席。初めての方も歓迎。", "ComedyEvent", startDate=site.at(8, "14:00"),
             endDate=site.at(8, "16:00"), maximumAttendeeCapacity=24, offers=offer("1800", "JPY", "木戸銭"), sold=[("木戸銭", 0)])
    site.add("hoshi", "星を見る会", hall, "屋上の望遠鏡で冬の星座を。雨天中止。", "EducationEvent", startDate=site.at(30, "19:00"),
             endDate=site.at(30, "21:00"), maximumAttendeeCapacity=20, offers=offer("無料"), sold=[("Ticket", 11)])
    site.add("yugata", "夕方コンサート", hall, "先月の公演は終了しました。", "MusicEvent", startDate=site.at(-20, "18:00"),
             endDate=site.at(-20, "20:00"), maximumAttendeeCapacity=120, offers=offer("¥2,500", "JPY", "一般"))
    return site


def darbahr():
    site = Site("dar-al-bahr", "Dar Al Bahr", "https://daralbahr.example", "Asia/Kuwait", "offset")
    court = place("Courtyard Theatre | مسرح الفناء", "Harbour Road 7", "Kuwait City", "KW", 29.38, 47.99)
    site.add("oud", "ليلة العود – An Evening of Oud", court, "أربعة عازفين وحكاية واحدة. Four players, one story.", "MusicEvent",
             startDate=site.at(12, "20:00"), endDate=site.at(12, "22:00"), maximumAttendeeCapacity=90,
             offers=[offer("7.500", "KWD", "Seat"), offer("12.250", "KWD", "Front row", inventoryLevel=10)], sold=[("Seat", 70)])
    site.add("pearls", "The Pearl Divers", court, "Documentary, with the director. In Arabic, English subtitles.", "ScreeningEvent",
             startDate=site.at(4, "19:30"), endDate=site.at(4, "21:00"), maximumAttendeeCapacity=36,
             offers=offer("2.750", "KWD", "Entry"), sold=[("Entry", 2)])
    site.add("calligraphy", "ورشة الخط – Calligraphy Workshop", court, "Bring nothing; reed pens are ours.", "EducationEvent",
             subEvent=[{"@type": "EducationEvent", "name": "ورشة الخط – Calligraphy Workshop", "startDate": site.at(7 + 14 * n, "16:00"),
                        "endDate": site.at(7 + 14 * n, "18:30")} for n in range(4)],
             maximumAttendeeCapacity=12, offers=offer(9.5, "KWD", "Place"), sold=[("Place", 0, 0), ("Place", 5, 1)])
    return site


def harborlight():
    site = Site("harborlight-stage", "Harborlight Stage", "https://harborlight.example", "America/New_York", "offset")
    pier = place("The Pier House", "9 Lantern Wharf", "Portland", "United States", 43.66, -70.25)
    site.add("revels", "Midwinter Revels", pier, "Carols, a mummers' play and far too much cider.", "TheaterEvent",
             startDate=site.at(27, "19:00"), endDate=site.at(27, "21:30"), doorTime=site.at(27, "18:00"),
             maximumAttendeeCapacity=150, offers=[offer("$38.00", None, "Adult"), offer("$19.00", None, "Under 16"),
                                                  offer("$120.00", None, "Family of four", availability="https://schema.org/SoldOut")],
             sold=[("Adult", 118)])
    site.add("storm", "Storm Songs", pier, "Shanties sung by people who have needed them.", "MusicEvent",
             startDate=site.at(6, "20:00"), endDate=site.at(6, "22:00"), maximumAttendeeCapacity=60,
             offers={"@type": "AggregateOffer", "lowPrice": "22.50", "highPrice": "45.00", "priceCurrency": "USD"},
             sold=[("Ticket", 4)])
    site.add("openmic", "Open Mic", pier, "Five minutes each. Applause guaranteed.", "Event", isAccessibleForFree=True,
             startDate=site.at(2, "18:30"), endDate=site.at(2, "21:00"), maximumAttendeeCapacity=45, sold=[("Ticket", 29)])
    site.add("regatta", "Lantern Regatta", pier, "Small boats, lit. The sale has closed; watch from the wharf.", "SportsEvent",
             startDate=site.at(3, "17:00"), endDate=site.at(3, "19:00"), maximumAttendeeCapacity=80,
             offers=offer(15, "USD", "Boat", validThrough=site.at(-1, "12:00")))
    return site


PAGES = {"lindenhof": lindenhof, "seiran": seiran, "darbahr": darbahr, "harborlight": harborlight}


def main(arguments):
    if not arguments:
        print("\n".join(PAGES))
    elif arguments[0] == "-o" and len(arguments) == 2:
        for name, site in PAGES.items():
            with open(os.path.join(arguments[1], name + ".html"), "w", encoding="utf-8") as file:
                file.write(site().page())
    elif arguments[0] in PAGES:
        sys.stdout.reconfigure(encoding="utf-8")
        sys.stdout.write(PAGES[arguments[0]]().page())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
