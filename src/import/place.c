/* zone.tab and iso3166.tab are read when asked for: an import asks a few times, and then for a few kilobytes. */
#include "import/place.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/tz.h"
#include "tessera/cleanup.h"

enum { LINE_SIZE = 512 };

/* What people write, beside the codes and names of iso3166.tab. */
static const struct {
    char code[3];
    const char *names; /* between bars */
} aliases[] = {
    { "AE", "|ARE|UAE|" },
    { "AR", "|ARG|" },
    { "AT", "|AUT|Österreich|Oesterreich|" },
    { "AU", "|AUS|" },
    { "BE", "|BEL|België|Belgique|Belgien|" },
    { "BR", "|BRA|Brasil|" },
    { "CA", "|CAN|" },
    { "CH", "|CHE|Schweiz|Suisse|Svizzera|" },
    { "CL", "|CHL|" },
    { "CN", "|CHN|中国|" },
    { "CZ", "|CZE|Czechia|Česko|Česká republika|" },
    { "DE", "|DEU|GER|Deutschland|Allemagne|" },
    { "DK", "|DNK|Danmark|" },
    { "ES", "|ESP|España|Espana|" },
    { "FI", "|FIN|Suomi|" },
    { "FR", "|FRA|" },
    { "GB", "|GBR|UK|U.K.|United Kingdom|Great Britain|England|Scotland|Wales|Northern Ireland|" },
    { "GR", "|GRC|Hellas|Ελλάδα|" },
    { "HU", "|HUN|Magyarország|" },
    { "IE", "|IRL|Éire|" },
    { "IN", "|IND|Bharat|" },
    { "IT", "|ITA|Italia|" },
    { "JP", "|JPN|日本|Nippon|" },
    { "KR", "|KOR|South Korea|Korea|Republic of Korea|대한민국|" },
    { "KW", "|KWT|الكويت|" },
    { "MX", "|MEX|México|" },
    { "NL", "|NLD|Nederland|The Netherlands|Holland|" },
    { "NO", "|NOR|Norge|" },
    { "NZ", "|NZL|Aotearoa|" },
    { "PL", "|POL|Polska|" },
    { "PT", "|PRT|" },
    { "RU", "|RUS|Russian Federation|" },
    { "SE", "|SWE|Sverige|" },
    { "SG", "|SGP|" },
    { "TR", "|TUR|Türkiye|" },
    { "TW", "|TWN|" },
    { "UA", "|UKR|Україна|" },
    { "US", "|USA|U.S.A.|U.S.|United States of America|America|" },
    { "VN", "|VNM|Viet Nam|" },
    { "ZA", "|ZAF|" },
};

/* Of countries with several zones, those most people live in: zone.tab goes by the map, or begins with an island. */
static const char *const preferred[] = {
    "AR America/Argentina/Buenos_Aires",
    "AU Australia/Sydney Australia/Brisbane Australia/Adelaide Australia/Perth Australia/Darwin",
    "BR America/Sao_Paulo America/Manaus America/Rio_Branco America/Noronha",
    "CA America/Toronto America/Winnipeg America/Edmonton America/Vancouver America/Halifax America/St_Johns",
    "CD Africa/Kinshasa",
    "CL America/Santiago",
    "CN Asia/Shanghai",
    "EC America/Guayaquil",
    "ES Europe/Madrid",
    "FM Pacific/Pohnpei",
    "GL America/Nuuk",
    "ID Asia/Jakarta Asia/Makassar Asia/Jayapura",
    "KI Pacific/Tarawa",
    "KZ Asia/Almaty",
    "MN Asia/Ulaanbaatar",
    "MX America/Mexico_City America/Cancun America/Hermosillo America/Tijuana",
    "NZ Pacific/Auckland",
    "PF Pacific/Tahiti",
    "PG Pacific/Port_Moresby",
    "PT Europe/Lisbon",
    "RU Europe/Moscow",
    "UA Europe/Kyiv",
    "US America/New_York America/Chicago America/Denver America/Los_Angeles America/Anchorage Pacific/Honolulu",
    "UZ Asia/Tashkent",
};

/* True if `name` stands between two bars of `names`; ASCII letters match in both cases. */
static bool names_have(const char *names, const char *name)
{
    size_t size = strlen(name);

    for (const char *at = names + 1; *at; at += strcspn(at, "|") + 1)
        if (strcspn(at, "|") == size && strncasecmp(at, name, size) == 0)
            return true;
    return false;
}

/* The next line of a table that is no comment, without its end. */
static bool table_line(FILE *table, char *line)
{
    while (fgets(line, LINE_SIZE, table)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line && *line != '#')
            return true;
    }
    return false;
}

static const char *code_in_table(struct ts_arena *arena, const char *text)
{
    FILE *table = fopen(TZ_FOLDER "/iso3166.tab", "re");
    const char *code = NULL;
    char line[LINE_SIZE];

    while (table && !code && table_line(table, line)) {
        line[2] = '\0';
        if (strcasecmp(line, text) == 0 || strcasecmp(line + 3, text) == 0)
            code = ts_strdup(arena, line);
    }
    if (table)
        fclose(table);
    return code;
}

const char *country_code(struct ts_arena *arena, const char *text)
{
    if (!text || !*text || strchr(text, '|'))
        return NULL;
    for (size_t i = 0; i < TS_ARRAY_SIZE(aliases); i++)
        if (names_have(aliases[i].names, text))
            return aliases[i].code;
    return strlen(text) < 2 ? NULL : code_in_table(arena, text);
}

/* "+5230" as 52.5; "+0130305" has seconds too. Return: behind it. */
static const char *read_degrees(const char *at, size_t degree_digits, double *ret_degrees)
{
    size_t count = strspn(at + 1, "0123456789");
    double parts[3] = { 0 };
    size_t begin = 1;

    for (size_t i = 0; i < 3 && begin <= count; i++) {
        size_t size = i ? 2 : degree_digits;

        for (size_t j = 0; j < size && begin <= count; j++, begin++)
            parts[i] = parts[i] * 10 + (at[begin] - '0');
    }
    *ret_degrees = (parts[0] + parts[1] / 60 + parts[2] / 3600) * (*at == '-' ? -1 : 1);
    return at + 1 + count;
}

/* The place of `zone` among the country's preferred ones; those that are not named come last. */
static size_t preference(const char *code, const char *zone)
{
    for (size_t i = 0; i < TS_ARRAY_SIZE(preferred); i++) {
        const char *at = preferred[i];

        if (strncmp(at, code, 2) != 0)
            continue;
        at = strstr(at, zone);
        return at ? (size_t)(at - preferred[i]) : SIZE_MAX;
    }
    return SIZE_MAX;
}

static void zone_insert(struct country_zone **first, const char *code, struct country_zone *zone)
{
    size_t rank = preference(code, zone->name);

    while (*first && preference(code, (*first)->name) <= rank)
        first = &(*first)->next;
    zone->next = *first;
    *first = zone;
}

struct country_zone *country_zones(struct ts_arena *arena, const char *code)
{
    FILE *table = code ? fopen(TZ_FOLDER "/zone.tab", "re") : NULL;
    struct country_zone *first = NULL;
    char line[LINE_SIZE], *save;

    while (table && table_line(table, line)) {
        const char *line_code = strtok_r(line, "\t", &save), *position = strtok_r(NULL, "\t", &save);
        const char *name = strtok_r(NULL, "\t", &save);
        struct country_zone *zone;

        if (!name || strcmp(line_code, code) != 0)
            continue;
        zone = TS_NEW(arena, struct country_zone);
        zone->name = ts_strdup(arena, name);
        read_degrees(read_degrees(position, 2, &zone->latitude), 3, &zone->longitude);
        zone_insert(&first, code, zone);
    }
    if (table)
        fclose(table);
    return first;
}
