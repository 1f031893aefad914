/* Pages as they are found: each line of the table is a page, what was expected of it is exact. */
#include "import/page.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "dump.h"
#include "support/test.h"
#include "tessera/cleanup.h"

/* An event in Germany for 5 EUR, and its parts that the cases replace; ' stands for ". */
#define NAMED "'@type':'Event','@id':'https://x.de/a','name':'A'"
#define START "'startDate':'2026-07-01T20:00'"
#define GERMANY "'location':{'@type':'Place','name':'H','address':{'@type':'PostalAddress','addressCountry':'DE'}}"
#define FIVE "'offers':{'@type':'Offer','price':5,'priceCurrency':'EUR'}"
#define WHEN(words) "{" NAMED "," GERMANY "," FIVE "," words "}"
#define WHERE(words) "{" NAMED "," START "," FIVE "," words "}"
#define IN(country, start)                                                                                             \
    "{" NAMED "," FIVE ",'startDate':'" start "','location':{'name':'H','address':{" country "}}}"
#define OFFERS(words) "{" NAMED "," START "," GERMANY ",'offers':" words "}"
#define WITH(words) "{" NAMED "," START "," GERMANY "," FIVE "," words "}"
#define PRICE(price) OFFERS("{'price':" price ",'priceCurrency':'EUR'}")

static const struct import_defaults nothing;
static const struct import_defaults tokyo = { .time_zone = "Asia/Tokyo", .currency = "JPY" };
static const struct import_defaults canada = { .organizer_time_zone = "America/Toronto", .organizer_currency = "CAD" };

static const struct page_case {
    const char *page;
    const struct import_defaults *defaults;
    const char *expected;
} cases[] = {
    /* shapes */
    { WITH("'x':1"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { "[" WITH("'x':1") ",{'@type':'Organization','name':'O'}]", &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { "{'@context':'https://schema.org','@graph':[{'@type':'WebSite','name':'W'}," WITH("'x':1") "]}", &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { "{'@graph':[{'@type':'Place','@id':'#p','name':'P','address':'Weg 1, Wien, "
      "Austria'},{'@type':['Thing','schema:MusicEvent'],'name':'B','url':'https://x.at/"
      "b','startDate':'2026-07-01T20:00','location':{'@id':'#p'},'isAccessibleForFree':true}]}",
      &nothing,
      "B <https://x.at/b> Europe/Vienna EUR @P, Weg 1, Wien, Austria, AT; 2026-07-01T18:00Z | Ticket 0.00\n" },
    { "{'@type':'ItemList','itemListElement':[{'@type':'ListItem','position':1,'item':" WITH("'x':1") "}]}", &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { "{'type':'http://schema.org/TheaterEvent','id':'https://x.de/t','schema:name':'T','http://schema.org/"
      "startDate':'2026-07-01'," GERMANY ",'offers':[]}",
      &nothing, "T <https://x.de/t> Europe/Berlin EUR @H, DE; 2026-06-30T22:00Z\n" },
    { "{'@type':'Place','name':'Hall','address':{'addressCountry':'Japan','addressLocality':'Osaka'},'event':[{'@type':"
      "'Event','name':'L','url':'https://h.jp/l','startDate':'2026-07-01 19:00','offers':{'price':'1000円'}}]}",
      &nothing, "L <https://h.jp/l> Asia/Tokyo JPY @Hall, Osaka, JP; 2026-07-01T10:00Z | Ticket 1000\n" },
    { "{'@type':'Organization','name':'Ünder & "
      "Söhne','event':{'@type':'Event','name':'L','url':'https://u.de/l','startDate':'2026-07-01T19:00Z'," GERMANY "}}",
      &nothing, "L <https://u.de/l> Europe/Berlin EUR @H, DE by Ünder & Söhne=uender-soehne; 2026-07-01T19:00Z\n" },
    { "{'@type':['SportsEvent','http://schema.org/"
      "Event'],'name':{'@value':'Cup'},'@id':'_:b0','startDate':'2026-07-01T20:00'," GERMANY "}",
      &nothing, "Cup <name:Cup> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z\n" },
    { "{'@type':'WebPage','mainEntity':{'@id':'https://x.de/a'},'about':" WITH("'x':1") "}", &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { "{'@type':'Person','name':'N'}", &nothing, "! : has no Event\n" },
    { "[]", &nothing, "! : has no Event\n" },
    { "{'@type':'Event'", &nothing, "! : line 1: '}' expected near end of file\n" },
    { "nonsense", &nothing, "! : line 1: invalid token near 'nonsense'\n" },
    { "{" NAMED ",'description':'two\nlines',\n " START "," GERMANY "," FIVE ",}", &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE about two lines; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { "{'@type':'Event','@id':'https://x.de/a'," START "," GERMANY "}", &nothing, "! name: is missing\n" },
    /* dates */
    { WHEN("'startDate':'2026-07-01T20:00:00+02:00'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T20:00:00+0200'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T20:00+02'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T18:00:00.000Z'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':' 2026-07-01  20:00 '"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01 20:00 +02:00'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01t20:00z'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T20:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'20260701T200000'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026/7/1 8:00 PM'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01 8pm'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T20:00[Europe/Vienna]'"), &nothing,
      "A <https://x.de/a> Europe/Vienna EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T24:00'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T22:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-06-30T22:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01','endDate':'2026-07-03'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-06-30T22:00Z to 2026-07-03T22:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T20:00','endDate':'2026-07-01T20:00'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T20:00','endDate':'2026-07-01T19:00'"), &nothing,
      "! endDate: is before the start\n" },
    { WHEN("'startDate':'2026-07-01T20:00','endDate':'01:30'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z to 2026-07-01T23:30Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T20:00','endDate':''"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T20:00','doorTime':'19:00'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z doors 2026-07-01T17:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T00:30','doorTime':'T23:30:00'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-06-30T22:30Z doors 2026-06-30T21:30Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T20:00','doorTime':'2026-07-01T19:00:00'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z doors 2026-07-01T17:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-07-01T20:00','doorTime':'2026-07-01T21:00'"), &nothing,
      "! doorTime: is after the start\n" },
    { WHEN("'startDate':'01.07.2026 20:00'"), &nothing,
      "! startDate: is no date, or one with the year not first: 01.07.2026 20:00\n" },
    { WHEN("'startDate':'2026-02-30'"), &nothing,
      "! startDate: is no date, or one with the year not first: 2026-02-30\n" },
    { WHEN("'startDate':'2026-07'"), &nothing, "! startDate: is no date, or one with the year not first: 2026-07\n" },
    { WHEN("'startDate':'20:00'"), &nothing, "! startDate: is no date, or one with the year not first: 20:00\n" },
    { WHEN("'startDate':'2026-07-01T25:00'"), &nothing,
      "! startDate: is no date, or one with the year not first: 2026-07-01T25:00\n" },
    { WHEN("'startDate':'tomorrow'"), &nothing, "! startDate: is no date, or one with the year not first: tomorrow\n" },
    { WHEN("'startDate':null"), &nothing, "! startDate: is missing\n" },
    { WHEN("'startDate':['2026-07-01T20:00','2026-07-02T20:00','2026-07-01T20:00']"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z; 2026-07-02T18:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':['2026-07-01T20:00','2026-07-02T20:00'],'endDate':['2026-07-01T22:00','2026-07-02T22:00']"),
      &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z to 2026-07-01T20:00Z; 2026-07-02T18:00Z to "
      "2026-07-02T20:00Z | Ticket 5.00\n" },
    { WHEN("'startDate':'1969-07-01T20:00'"), &nothing, "! startDate: is not between 1970 and 2169\n" },
    { WHEN("'startDate':'2026-03-29T02:30'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-03-29T01:30Z | Ticket 5.00\n" },
    { WHEN("'startDate':'2026-10-25T02:30'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-10-25T00:30Z | Ticket 5.00\n" },
    /* zones */
    { IN("'addressCountry':'US','addressLocality':'Los Angeles'", "2026-07-01T20:00"), &nothing,
      "A <https://x.de/a> America/Los_Angeles EUR @H, Los Angeles, US; 2026-07-02T03:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'US'", "2026-07-01T20:00-07:00"), &nothing,
      "A <https://x.de/a> America/Los_Angeles EUR @H, US; 2026-07-02T03:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'USA','addressLocality':'Phoenix'", "2026-07-01T20:00-07:00"), &nothing,
      "A <https://x.de/a> America/Phoenix EUR @H, Phoenix, US; 2026-07-02T03:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'US'", "2026-07-01T20:00"), &nothing,
      "! startDate: has no time zone, and US has several: give --time-zone\n" },
    { IN("'addressCountry':{'@type':'Country','name':'Australia'}", "2026-07-01T20:00+10:00"), &nothing,
      "A <https://x.de/a> Australia/Sydney EUR @H, AU; 2026-07-01T10:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'AU'", "2026-07-01T20:00+09:30"), &nothing,
      "A <https://x.de/a> Australia/Adelaide EUR @H, AU; 2026-07-01T10:30Z | Ticket 5.00\n" },
    { IN("'addressCountry':'GB'", "2026-01-01T20:00Z"), &nothing,
      "A <https://x.de/a> Europe/London EUR @H, GB; 2026-01-01T20:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'DE'", "2026-07-01T20:00-04:00"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-02T00:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'Deutschland'", "2026-07-01T20:00"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'Narnia'", "2026-07-01T20:00+05:00"), &nothing,
      "A <https://x.de/a> Etc/GMT-5 EUR @H, Narnia; 2026-07-01T15:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'Narnia'", "2026-07-01T20:00+05:30"), &nothing,
      "A <https://x.de/a> Etc/UTC EUR @H, Narnia; 2026-07-01T14:30Z | Ticket 5.00\n" },
    { IN("'addressCountry':'Narnia'", "2026-07-01T20:00"), &nothing,
      "! startDate: has no time zone: give --time-zone\n" },
    { IN("'addressCountry':'Narnia'", "2026-07-01T20:00"), &tokyo,
      "A <https://x.de/a> Asia/Tokyo EUR @H, Narnia; 2026-07-01T11:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'DE'", "2026-07-01T20:00"), &tokyo,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'CA'", "2026-07-01T20:00"), &canada,
      "A <https://x.de/a> America/Toronto EUR @H, CA; 2026-07-02T00:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'CA','addressLocality':'Vancouver'", "2026-07-01T20:00"), &canada,
      "A <https://x.de/a> America/Vancouver EUR @H, Vancouver, CA; 2026-07-02T03:00Z | Ticket 5.00\n" },
    { IN("'addressLocality':'Somewhere'", "2026-07-01T20:00-04:00"), &canada,
      "A <https://x.de/a> America/Toronto EUR @H, Somewhere; 2026-07-02T00:00Z | Ticket 5.00\n" },
    { WHERE("'location':{'name':'H','address':{'addressCountry':'US'},'geo':{'latitude':'41.85','longitude':-87.65}}"),
      &nothing, "A <https://x.de/a> America/Chicago EUR @H, US (41.850 -87.650); 2026-07-02T01:00Z | Ticket 5.00\n" },
    { IN("'addressCountry':'US'", "2026-07-01T20:00"), &canada,
      "! startDate: has no time zone, and US has several: give --time-zone\n" },
    { IN("'addressLocality':'Somewhere'", "2026-07-01T20:00"), &canada,
      "A <https://x.de/a> America/Toronto EUR @H, Somewhere; 2026-07-02T00:00Z | Ticket 5.00\n" },
    /* places */
    { WHERE("'location':'Blue Hall, Main St 1, Vienna, Austria'"), &nothing,
      "A <https://x.de/a> Europe/Vienna EUR @Blue Hall, Main St 1, Vienna, Austria, AT; 2026-07-01T18:00Z | Ticket "
      "5.00\n" },
    { WHERE("'location':{'@type':'Place','name':'H','address':'Weg 1, 1010 Wien, AT'}"), &nothing,
      "A <https://x.de/a> Europe/Vienna EUR @H, Weg 1, 1010 Wien, AT, AT; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHERE("'location':{'@type':'Place','address':{'streetAddress':'Weg "
            "1','postalCode':'1010','addressLocality':'Wien','addressRegion':'W','addressCountry':'AUT'}}"),
      &nothing,
      "A <https://x.de/a> Europe/Vienna EUR @Weg 1, 1010 Wien, Weg 1, 1010 Wien, Wien, AT; 2026-07-01T18:00Z | Ticket "
      "5.00\n" },
    { WHERE("'location':{'@type':'VirtualLocation','url':'https://meet.example/x'}"), &tokyo,
      "A <https://x.de/a> Asia/Tokyo EUR @Online, https://meet.example/x; 2026-07-01T11:00Z | Ticket 5.00\n" },
    { WHERE("'location':[{'@type':'VirtualLocation','url':'https://"
            "x.de'},{'@type':'Place','name':'H','address':{'addressCountry':'DE'},'geo':{'@type':'GeoCoordinates','"
            "latitude':0,'longitude':0}}]"),
      &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WHERE("'location':''"), &tokyo, "A <https://x.de/a> Asia/Tokyo EUR; 2026-07-01T11:00Z | Ticket 5.00\n" },
    { WHERE("'x':1"), &tokyo, "A <https://x.de/a> Asia/Tokyo EUR; 2026-07-01T11:00Z | Ticket 5.00\n" },
    /* prices */
    { PRICE("15"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 15.00\n" },
    { PRICE("'15'"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 15.00\n" },
    { PRICE("15.5"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 15.50\n" },
    { PRICE("'15,50'"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 15.50\n" },
    { PRICE("'15,50 €'"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 15.50\n" },
    { PRICE("'€ 1.234,50'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 1234.50\n" },
    { PRICE("'1,234.50'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 1234.50\n" },
    { PRICE("'1 234,50 EUR'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 1234.50\n" },
    { PRICE("'20,-'"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 20.00\n" },
    { PRICE("'Free'"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 0.00\n" },
    { PRICE("'0'"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 0.00\n" },
    { PRICE("0.0"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 0.00\n" },
    { PRICE("'Eintritt frei'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 0.00\n" },
    { PRICE("'15.000'"), &nothing, "! offers.price: is not clearly one amount: 15.000\n" },
    { PRICE("15.000"), &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 15.00\n" },
    { PRICE("'12.345'"), &nothing, "! offers.price: is not clearly one amount: 12.345\n" },
    { PRICE("'12.3456'"), &nothing, "! offers.price: has more decimal places than EUR: 12.3456\n" },
    { PRICE("'10 - 20'"), &nothing, "! offers.price: is not clearly one amount: 10 - 20\n" },
    { PRICE("'ab 10'"), &nothing, "! offers.price: is not clearly one amount: ab 10\n" },
    { PRICE("'-5'"), &nothing, "! offers.price: is not clearly one amount: -5\n" },
    { PRICE("-5"), &nothing, "! offers.price: is not clearly one amount: -5\n" },
    { PRICE("'TBA'"), &nothing, "! offers.price: is not clearly one amount: TBA\n" },
    { PRICE("''"), &nothing, "! offers.price: is missing\n" },
    { PRICE("'99999999999999'"), &nothing, "! offers.price: is too large: 99999999999999\n" },
    { PRICE("'$15'"), &nothing, "! offers.priceCurrency: does not say which currency: EUR $15\n" },
    { OFFERS("{'price':'15','priceCurrency':'Euro'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 15.00\n" },
    { OFFERS("{'price':'15','priceCurrency':'eur '}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 15.00\n" },
    { OFFERS("{'price':'15','priceCurrency':'XXX'}"), &nothing,
      "! offers.priceCurrency: does not say which currency: XXX 15\n" },
    { OFFERS("{'price':'$13.00'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin USD @H, DE; 2026-07-01T18:00Z | Ticket 13.00\n" },
    { OFFERS("{'price':'$13.00'}"), &canada,
      "A <https://x.de/a> Europe/Berlin CAD @H, DE; 2026-07-01T18:00Z | Ticket 13.00\n" },
    { OFFERS("{'price':'1000円'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin JPY @H, DE; 2026-07-01T18:00Z | Ticket 1000\n" },
    { OFFERS("{'price':'１,０００円'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin JPY @H, DE; 2026-07-01T18:00Z | Ticket 1000\n" },
    { OFFERS("{'price':'1,500','priceCurrency':'JPY'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin JPY @H, DE; 2026-07-01T18:00Z | Ticket 1500\n" },
    { OFFERS("{'price':'3.500','priceCurrency':'KWD'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin KWD @H, DE; 2026-07-01T18:00Z | Ticket 3.500\n" },
    { OFFERS("{'price':'3,500','priceCurrency':'KWD'}"), &nothing,
      "! offers.price: is not clearly one amount: 3,500\n" },
    { OFFERS("{'price':'200 kr'}"), &nothing, "! offers.price: does not say which currency:  200 kr\n" },
    { OFFERS("{'price':'15'}"), &nothing, "! offers.priceCurrency: has no currency: give --currency\n" },
    { OFFERS("{'price':'15'}"), &canada,
      "A <https://x.de/a> Europe/Berlin CAD @H, DE; 2026-07-01T18:00Z | Ticket 15.00\n" },
    { OFFERS("{'price':'Free'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 0.00\n" },
    { OFFERS("[{'name':'A','price':5,'priceCurrency':'EUR'},{'name':'B','price':6,'priceCurrency':'USD'}]"), &nothing,
      "! offers[1]: is in USD, another offer of the event in EUR\n" },
    { OFFERS("[{'name':'A','price':0},{'name':'B','price':6,'priceCurrency':'USD'}]"), &nothing,
      "A <https://x.de/a> Europe/Berlin USD @H, DE; 2026-07-01T18:00Z +A +B | A 0.00 | B 6.00\n" },
    { OFFERS("[{'name':'A','price':5,'priceCurrency':'EUR'},{'name':'A','price':6,'priceCurrency':'EUR'},{'name':'A','"
             "price':7,'priceCurrency':'EUR'}]"),
      &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z +A +A 2 +A 3 | A 5.00 | A 2 6.00 | A 3 7.00\n" },
    /* offers */
    { OFFERS("{'@type':'AggregateOffer','lowPrice':'10','highPrice':'30','priceCurrency':'EUR','offerCount':9}"),
      &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 10.00\n" },
    { OFFERS("{'@type':'AggregateOffer','highPrice':'30','priceCurrency':'EUR'}"), &nothing,
      "! offers.lowPrice: is missing\n" },
    { OFFERS("{'priceSpecification':{'price':'7','priceCurrency':'EUR'}}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 7.00\n" },
    { OFFERS("{'price':5,'priceCurrency':'EUR','availability':'https://schema.org/SoldOut'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z +Ticket! | Ticket 5.00\n" },
    { OFFERS("{'price':5,'priceCurrency':'EUR','availability':'SoldOut','inventoryLevel':{'value':0}}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z (0) +Ticket! | Ticket 5.00\n" },
    { OFFERS("{'price':5,'priceCurrency':'EUR','availability':'schema:PreOrder','validFrom':'2026-06-01T10:00'}"),
      &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00 from 2026-06-01T08:00Z\n" },
    { OFFERS("{'price':5,'priceCurrency':'EUR','validFrom':'2026-06-01','validThrough':'2026-06-30'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00 from 2026-05-31T22:00Z until "
      "2026-06-30T22:00Z\n" },
    { OFFERS("{'price':5,'priceCurrency':'EUR','validFrom':'2026-06-10','validThrough':'2026-06-01'}"), &nothing,
      "! offers.validThrough: is not after the start of the sale\n" },
    { OFFERS("{'price':5,'priceCurrency':'EUR','validFrom':'soon'}"), &nothing,
      "! offers.validFrom: is no date, or one with the year not first: soon\n" },
    { OFFERS("{'price':5,'priceCurrency':'EUR','inventoryLevel':40,'eligibleQuantity':{'minValue':2,'maxValue':4}}"),
      &nothing, "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z (40) | Ticket 5.00 x2-4\n" },
    { OFFERS("{'price':5,'priceCurrency':'EUR','name':'Early','description':'First hundred'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Early 5.00 ~First hundred\n" },
    /* the rest of an event */
    { WITH("'maximumAttendeeCapacity':'120'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z (120) | Ticket 5.00\n" },
    { WITH("'maximumAttendeeCapacity':2000000"), &nothing,
      "! maximumAttendeeCapacity: has room for more than 1000000\n" },
    { WITH("'eventStatus':'https://schema.org/EventCancelled'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE CANCELLED; 2026-07-01T18:00Z cancelled | Ticket 5.00\n" },
    { WITH("'eventStatus':['http://schema.org/EventMovedOnline','EventPostponed']"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE POSTPONED; 2026-07-01T18:00Z postponed | Ticket 5.00\n" },
    { WITH("'eventStatus':'EventRescheduled','previousStartDate':'2026-06-01'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WITH("'organizer':{'@type':'Organization','name':'Café Zoë','url':'https://zoe.example'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE by Café Zoë=cafe-zoe; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WITH("'organizer':'The Band'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE by The Band=the-band; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WITH("'organizer':{'name':'青い鳥','url':'https://www.aoitori.jp/'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE by 青い鳥=aoitori-jp; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WITH("'organizer':[{'name':'One'},{'name':'Two'}]"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE by One=one; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WITH("'image':['https://x.de/1.jpg','https://x.de/2.jpg']"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE image https://x.de/1.jpg; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WITH("'image':{'@type':'ImageObject','contentUrl':'//x.de/ä b.jpg'}"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE image https://x.de/%C3%A4%20b.jpg; 2026-07-01T18:00Z | Ticket "
      "5.00\n" },
    { WITH("'url':'https://x.de/events/1','image':'/i.png'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE image https://x.de/i.png; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { WITH("'image':'i.png'"), &nothing, "! image: is no http or https URL: i.png\n" },
    { WITH("'description':'Tom &amp; Jerry'"), &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE about Tom &amp; Jerry; 2026-07-01T18:00Z | Ticket 5.00\n" },
    { "{'@type':'Event','@id':'#event','url':'https://x.de/u','name':' A\\n  B '," START "," GERMANY "}", &nothing,
      "A B <https://x.de/u#event> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z\n" },
    /* series */
    { "{'@type':'EventSeries','@id':'https://x.de/s','name':'S'," GERMANY "," FIVE
      ",'subEvent':[{'@type':'Event','name':'N','startDate':'2026-07-01T20:00'},{'@type':'Event','name':'N','startDate'"
      ":'2026-07-02T20:00','eventStatus':'EventCancelled'}]}",
      &nothing,
      "N <https://x.de/s> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z; 2026-07-02T18:00Z cancelled | Ticket 5.00\n" },
    { "{'@type':'EventSeries','@id':'https://x.de/s','name':'S'," GERMANY "," FIVE
      ",'subEvent':[{'@type':'Event','name':'N','startDate':'2026-07-01T20:00'},{'@type':'Event','name':'M','@id':'"
      "https://x.de/m','startDate':'2026-07-02T20:00'}]}",
      &nothing,
      "N <https://x.de/s#N> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 5.00\n"
      "M <https://x.de/m> Europe/Berlin EUR @H, DE; 2026-07-02T18:00Z | Ticket 5.00\n" },
    { "{'@type':'EventSeries','url':'https://x.de/s','name':'S'," GERMANY
      ",'subEvent':[{'@type':'Event','startDate':'2026-07-01T20:00','offers':{'price':5,'priceCurrency':'EUR','"
      "validThrough':'2026-07-01T20:00'}},{'@type':'Event','startDate':'2026-07-02T20:00','offers':{'price':5,'"
      "priceCurrency':'EUR','validThrough':'2026-07-02T20:00','availability':'SoldOut'}}]}",
      &nothing,
      "S <https://x.de/s> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z; 2026-07-02T18:00Z +Ticket! | Ticket 5.00 until "
      "2026-07-02T18:00Z\n" },
    { "{'@graph':[{'@type':'EventSeries','@id':'https://x.de/s','name':'S'," GERMANY "," FIVE
      "},{'@type':'Event','@id':'https://x.de/1','name':'S','startDate':'2026-07-01T20:00','superEvent':{'@id':'https:/"
      "/x.de/s'}},{'@type':'Event','name':'S','@id':'https://x.de/"
      "2','startDate':'2026-07-02T20:00','superEvent':{'@id':'https://x.de/s'}}]}",
      &nothing, "S <https://x.de/s> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z; 2026-07-02T18:00Z | Ticket 5.00\n" },
    { "{'@type':'EventSeries','@id':'https://x.de/s','name':'S'," GERMANY "}", &nothing, "! startDate: is missing\n" },
    { "[{'@type':'Event','@id':'https://x.de/1','name':'X','startDate':'2026-07-01','subEvent':{'@id':'https://x.de/"
      "2'}," GERMANY "," FIVE "},{'@type':'Event','@id':'https://x.de/"
      "2','name':'Y','startDate':'2026-07-02','subEvent':{'@id':'https://x.de/1'}}]",
      &nothing, "Y <https://x.de/1> Europe/Berlin EUR @H, DE; 2026-07-01T22:00Z | Ticket 5.00\n" },
    { "{'@type':'Festival','@id':'https://x.de/f','name':'F','startDate':'2026-07-01','endDate':'2026-07-02'," GERMANY
      "," FIVE
      ",'subEvent':[{'@type':'Event','name':'N','startDate':'2026-07-01T20:00','offers':{'price':2,'priceCurrency':'"
      "EUR'}},{'@type':'Event','name':'M','startDate':'2026-07-02T20:00','offers':{'price':3,'priceCurrency':'EUR'}}]}",
      &nothing,
      "N <https://x.de/f#N> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z | Ticket 2.00\n"
      "M <https://x.de/f#M> Europe/Berlin EUR @H, DE; 2026-07-02T18:00Z | Ticket 3.00\n"
      "F <https://x.de/f> Europe/Berlin EUR @H, DE; 2026-06-30T22:00Z to 2026-07-02T22:00Z | Ticket 5.00\n" },
    { "[" WHEN("'startDate':'2026-07-01T20:00'") "," WHEN("'startDate':'2026-07-02T20:00'") "]", &nothing,
      "A <https://x.de/a> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z; 2026-07-02T18:00Z | Ticket 5.00\n" },
    { "[{'@type':'Event','url':'https://x.de','name':'A'," START "," GERMANY
      "},{'@type':'Event','url':'https://x.de','name':'B'," START "," GERMANY "}]",
      &nothing,
      "A <https://x.de#A@H> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z\n"
      "B <https://x.de#B@H> Europe/Berlin EUR @H, DE; 2026-07-01T18:00Z\n" },
    { "{'@type':'Event','name':'Tour','@id':'https://x.de/"
      "tour','subEvent':[{'@type':'Event','name':'Tour','startDate':'2026-07-01T20:00','location':{'name':'P','address'"
      ":{'addressCountry':'FR'}},'offers':{'price':5,'priceCurrency':'EUR'}},{'@type':'Event','name':'Tour','startDate'"
      ":'2026-07-02T20:00','location':{'name':'L','address':{'addressCountry':'GB'}},'offers':{'price':'£5'}}]}",
      &nothing,
      "Tour <https://x.de/tour#Tour#Tour@P> Europe/Paris EUR @P, FR; 2026-07-01T18:00Z | Ticket 5.00\n"
      "Tour <https://x.de/tour#Tour#Tour@L> Europe/London GBP @L, GB; 2026-07-02T19:00Z | Ticket 5.00\n" },
};

static void page_read__takes_pages_as_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i++) {
        struct ts_arena arena;
        const char *dump;

        arena_init(&arena);
        dump = page_dump(&arena, cases[i].page, cases[i].defaults);
        if (strcmp(dump, cases[i].expected) != 0)
            fail_msg("case %zu: %s\nexpected: %sfound:    %s", i, cases[i].page, cases[i].expected, dump);
        arena_done(&arena);
    }
}

/* Every page cut anywhere is refused or read, and nothing else. */
static void page_read__survives_any_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < TS_ARRAY_SIZE(cases); i += 7) {
        for (size_t size = 0; size < strlen(cases[i].page); size += 3) {
            struct ts_arena arena;

            arena_init(&arena);
            assert_non_null(page_dump(&arena, ts_strndup(&arena, cases[i].page, size), &nothing));
            arena_done(&arena);
        }
    }
}

static char *repeat(struct ts_arena *arena, const char *text, size_t count)
{
    char *all = ts_alloc(arena, strlen(text) * count + 1);

    for (size_t i = 0; i < count; i++)
        memcpy(all + i * strlen(text), text, strlen(text));
    return all;
}

static void page_read__refuses_what_nests_too_deep(void **state)
{
    struct ts_arena arena;
    struct import_page page;
    char *text;

    (void)state;
    arena_init(&arena);
    text = repeat(&arena, "[", 100000);
    assert_int_equal(page_read(&arena, text, strlen(text), &page), PAGE_UNUSABLE);
    assert_int_equal(page.problems.count, 1);
    text = ts_printf(&arena, "%s%s", repeat(&arena, "[", 2000), repeat(&arena, "]", 2000));
    assert_int_equal(page_read(&arena, text, strlen(text), &page), PAGE_UNUSABLE);
    assert_string_equal(page.problems.first->reason, "has no Event");
    arena_done(&arena);
}

static void page_read__refuses_bytes_that_are_no_text(void **state)
{
    struct ts_arena arena;
    struct import_page page;

    (void)state;
    arena_init(&arena);
    assert_int_equal(page_read(&arena, "{\"a\":\"\xff\"}", 9, &page), PAGE_UNUSABLE);
    assert_int_equal(page_read(&arena, "{\"a\":\"\0\"}", 9, &page), PAGE_UNUSABLE);
    assert_int_equal(page_read(&arena, "", 0, &page), PAGE_UNUSABLE);
    arena_done(&arena);
}

/* A page of few bytes that would make much. */
static void page_read__refuses_more_than_its_limits(void **state)
{
    static const char event[] = "{\"@type\":\"Event\",\"name\":\"A\",\"startDate\":[";
    struct ts_arena arena;
    struct import_page page;
    char *text;

    (void)state;
    arena_init(&arena);
    text = ts_printf(&arena, "%s%s\"\"]}", event, repeat(&arena, "\"2026-07-01\",", PAGE_PARTS_MAX));
    assert_int_equal(page_read(&arena, text, strlen(text), &page), PAGE_UNUSABLE);
    assert_string_equal(page.problems.first->reason, "has 100000 dates and offers or more");
    text = ts_printf(&arena, "[%s{}]", repeat(&arena, "{\"@type\":\"Event\",\"a\":1,\"b\":1},", PAGE_EVENTS_MAX));
    assert_int_equal(page_read(&arena, text, strlen(text), &page), PAGE_UNUSABLE);
    assert_string_equal(page.problems.first->reason, "has 20000 events or more");
    text = ts_printf(&arena, "%s\"2026-07-01\"],\"url\":\"https://x.de\",\"offers\":[%s{}]}", event,
                     repeat(&arena, "{\"price\":1,\"name\":\"B\"},{\"price\":2,\"name\":\"B\"},{\"price\":3},", 9000));
    assert_string_equal(strchr(page_dump(&arena, text, &tokyo), '!'), "! offers[27000].price: is missing\n");
    text = ts_printf(&arena, "{\"@type\":\"Event\",\"startDate\":\"2026-07-01\",\"name\":\"%s\"}",
                     repeat(&arena, "long ", 1 << 20));
    assert_string_equal(page_dump(&arena, text, &tokyo),
                        "! @id: has more than 1000 bytes\n! name: has more than 200 bytes\n");
    arena_done(&arena);
}

static void page_read__finds_events_in_html(void **state)
{
    static const char html[] = "\xef\xbb\xbf<!DOCTYPE html><title>x</title><script>var s = '{';</script>"
                               "<script type='application/ld+json'>{\"@type\":\"Organization\"}</script>"
                               "<script id=a type=\"application/ld+json\">//<![CDATA[\n{\"@type\":\"Event\",\"url\":"
                               "\"https://x.de/1\",\"name\":\"A & B\",\"startDate\":\"2026-07-01T20:00+02:00\"}\n//]]>"
                               "</script><script type=application/ld+json>{\"@type\":</script>";
    struct ts_arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(page_dump_bytes(&arena, html, sizeof(html) - 1, &tokyo),
                        "A & B <https://x.de/1> Asia/Tokyo JPY; 2026-07-01T18:00Z\n"
                        "! script[2]: line 1: unexpected token near end of file\n");
    assert_string_equal(page_dump(&arena, "<p>none</p>", &nothing), "! : has no script of type application/ld+json\n");
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_read__takes_pages_as_they_are),
        cmocka_unit_test(page_read__survives_any_cut),
        cmocka_unit_test(page_read__refuses_what_nests_too_deep),
        cmocka_unit_test(page_read__refuses_bytes_that_are_no_text),
        cmocka_unit_test(page_read__refuses_more_than_its_limits),
        cmocka_unit_test(page_read__finds_events_in_html),
    };

    return cmocka_run_group_tests_name("import/page", tests, NULL, NULL);
}
