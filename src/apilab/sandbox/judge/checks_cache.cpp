// Caches and conditional requests (RFC 9110 section 13, RFC 9111), judged by what answers said
// (`etag`, `cache_control`, `poll_interval`) and which validators came back.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

Finding with_rows(Finding finding, Finding proof) {
    finding.rows = std::move(proof.rows);
    return finding;
}

std::string_view header(const Exchange& row, std::string_view name) {
    return row.headers ? row.headers->value(name) : std::string_view();
}

// What one stored answer can serve: a URL, for one credential, in one representation.
std::string variant(const Exchange& row) {
    return fmt::format("{}{}?{}\n{}\n{}", row.provider, row.path, row.query,
                       header(row, "authorization"), header(row, "accept"));
}

bool stored_whole(const Exchange& row) {
    return row.answered() && (row.status == 200 || row.status == 304);
}

bool no_store(const Exchange& row) {
    return fact(row, "cache_control").contains("no-store");
}

// The tags of an `If-None-Match`, byte by byte as they came.
std::vector<std::string_view> tags_of(const Exchange& row) {
    std::vector<std::string_view> tags;
    auto text = header(row, "if-none-match");
    while (!text.empty()) {
        const auto open = text.find('"');
        const auto close = open == std::string_view::npos ? open : text.find('"', open + 1);
        auto tag = text.substr(0, close == std::string_view::npos ? close : close + 1);
        text.remove_prefix(tag.size());
        text.remove_prefix(std::min(text.find_first_not_of(", \t"), text.size()));
        tags.push_back(tag);
    }
    return tags;
}

bool holds(const std::vector<std::string_view>& tags, std::string_view tag) {
    return std::ranges::find(tags, tag) != tags.end();
}

// Every GET with what the client could have stored before it.
struct Asked {
    const Exchange* row = nullptr;
    std::string variant;
    // The newest whole answer of this variant that was there when it was asked; may be null.
    const Exchange* stored = nullptr;
};

std::vector<Asked> asked_of(const Evidence& evidence) {
    std::vector<Asked> all;
    std::map<std::string, std::vector<const Exchange*>> answers;
    for (const Exchange& row : *evidence.rows) {
        if (row.method != "GET") {
            continue;
        }
        Asked asked{.row = &row, .variant = variant(row)};
        auto& before = answers[asked.variant];
        for (const Exchange* one : before) {
            if (*one->finished <= row.first_byte) {
                asked.stored = one;
            }
        }
        if (stored_whole(row)) {
            before.push_back(&row);
        }
        all.push_back(std::move(asked));
    }
    return all;
}

Finding validators_verbatim(const Evidence& evidence) {
    std::size_t right = 0;
    std::size_t wrong = 0;
    std::size_t without = 0;
    Finding good;
    Finding proof;
    for (const Asked& asked : asked_of(evidence)) {
        if (asked.stored == nullptr || fact(*asked.stored, "etag").empty() ||
            no_store(*asked.stored)) {
            continue;
        }
        const auto tags = tags_of(*asked.row);
        const bool hit = holds(tags, fact(*asked.stored, "etag"));
        right += hit ? 1 : 0;
        without += tags.empty() ? 1 : 0;
        wrong += !hit && !tags.empty() ? 1 : 0;
        (hit ? good : proof).prove(*asked.row);
    }
    if (right + wrong + without == 0) {
        return Finding::not_exercised("nothing with an entity tag was asked for twice");
    }
    return wrong + without == 0
               ? with_rows(Finding::pass(fmt::format("{} polls with the last entity tag", right)),
                           std::move(good))
               : with_rows(
                     Finding::fail(fmt::format("of {} polls {} had no entity tag and {} another "
                                               "than the last",
                                               right + wrong + without, without, wrong)),
                     std::move(proof));
}

// Does the request speak of something that only that body said: an item on it, its next page?
bool speaks_of(const Exchange& row, const Exchange& body) {
    const auto next = fact(body, "page_next");
    if (!next.empty() && fact(row, "page_asked") == next) {
        return true;
    }
    const auto last = std::string_view(row.path).substr(row.path.rfind('/') + 1);
    auto ids = fact(body, "page_ids");
    while (!ids.empty()) {
        const auto id = ids.substr(0, ids.find(' '));
        if (id == last) {
            return true;
        }
        ids.remove_prefix(std::min(id.size() + 1, ids.size()));
    }
    return false;
}

Finding uses_what_it_stored(const Evidence& evidence) {
    std::map<std::string, const Exchange*> bodies;
    std::map<std::string, const Exchange*> unchanged;
    Finding good;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (row.method != "GET") {
            continue;
        }
        for (const auto& [key, told] : unchanged) {
            const auto body = bodies.find(key);
            if (body != bodies.end() && speaks_of(row, *body->second)) {
                good.prove(row);
            }
        }
        const auto key = variant(row);
        const auto told = unchanged.find(key);
        if (told != unchanged.end() && header(row, "if-none-match").empty() &&
            row.first_byte >= *told->second->finished) {
            proof.prove(*told->second);
            proof.prove(row);
        }
        if (row.answered() && row.status == 200) {
            bodies[key] = &row;
            unchanged.erase(key);
        } else if (row.answered() && row.status == 304) {
            unchanged.insert_or_assign(key, &row);
        }
    }
    if (!proof.rows.empty()) {
        return with_rows(Finding::fail("asked for the whole once more after a 304: what had been "
                                       "stored was not there"),
                         std::move(proof));
    }
    if (good.rows.empty()) {
        return Finding::not_exercised("nothing after a 304 shows what was used");
    }
    return with_rows(Finding::pass(fmt::format("{} requests after a 304 go by what was stored",
                                               good.rows.size())),
                     std::move(good));
}

Finding never_crosses(const Evidence& evidence) {
    std::map<std::string, std::set<std::string_view>> own;
    std::set<std::string_view> all;
    std::size_t seen = 0;
    std::size_t crossed = 0;
    Finding good;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (row.method != "GET") {
            continue;
        }
        auto& mine = own[variant(row)];
        for (const auto tag : tags_of(row)) {
            if (mine.contains(tag)) {
                ++seen;
                good.prove(row);
            } else if (all.contains(tag)) {
                ++crossed;
                proof.prove(row);
            }
        }
        if (const auto tag = fact(row, "etag"); !tag.empty()) {
            mine.insert(tag);
            all.insert(tag);
        }
    }
    if (seen + crossed == 0) {
        return Finding::not_exercised("no entity tag of this run came back");
    }
    return crossed == 0
               ? with_rows(
                     Finding::pass(fmt::format("{} entity tags came back where they belong", seen)),
                     std::move(good))
               : with_rows(Finding::fail(fmt::format("{} entity tags came back for another URL, "
                                                     "credential or representation",
                                                     crossed)),
                           std::move(proof));
}

Finding stores_nothing_told_not_to(const Evidence& evidence) {
    std::size_t again = 0;
    Finding good;
    Finding proof;
    for (const Asked& asked : asked_of(evidence)) {
        if (asked.stored == nullptr || !no_store(*asked.stored)) {
            continue;
        }
        ++again;
        const bool kept = holds(tags_of(*asked.row), fact(*asked.stored, "etag"));
        (kept ? proof : good).prove(*asked.row);
    }
    if (again == 0) {
        return Finding::not_exercised("nothing that said no-store was asked for again");
    }
    return proof.rows.empty()
               ? with_rows(Finding::pass(fmt::format("{} answers with no-store were fetched whole "
                                                     "again",
                                                     again)),
                           std::move(good))
               : with_rows(Finding::fail("the entity tag of an answer with no-store came back"),
                           std::move(proof));
}

// How long the answer is good for, by its own word.
std::optional<Duration> good_for(const Exchange& row) {
    std::optional<Duration> life;
    const auto read = [&](std::string_view text) {
        std::int64_t seconds = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        constexpr std::int64_t year = 31'536'000;
        if (error == std::errc() && seconds > 0) {
            const Duration one = std::chrono::seconds(std::min(seconds, year));
            life = std::max(life.value_or(one), one);
        }
    };
    const auto cache = fact(row, "cache_control");
    constexpr std::string_view name = "max-age=";
    auto at = cache.find(name);
    while (at != std::string_view::npos && at > 0 && cache[at - 1] != ' ' && cache[at - 1] != ',') {
        at = cache.find(name, at + 1);  // not s-maxage=
    }
    if (at != std::string_view::npos && !cache.contains("no-cache")) {
        read(cache.substr(at + name.size()));
    }
    read(fact(row, "poll_interval"));
    return life;
}

Finding does_not_ask_sooner(const Evidence& evidence) {
    std::size_t again = 0;
    Finding good;
    Finding proof;
    for (const Asked& asked : asked_of(evidence)) {
        const auto life = asked.stored != nullptr ? good_for(*asked.stored) : std::nullopt;
        if (!life) {
            continue;
        }
        ++again;
        // An age is counted from `Date`, which has whole seconds (RFC 9111 section 4.2.3).
        const Duration tolerance = evidence.options.early_tolerance + std::chrono::seconds(1);
        const bool early = asked.row->first_byte - *asked.stored->finished + tolerance < *life;
        (early ? proof : good).prove(*asked.row);
    }
    if (again == 0) {
        return Finding::not_exercised("nothing that is good for a while was asked for again");
    }
    return proof.rows.empty()
               ? with_rows(Finding::pass(fmt::format("{} polls, none before its time", again)),
                           std::move(good))
               : with_rows(
                     Finding::fail(fmt::format("of {} polls {} or more came before max-age or "
                                               "X-Poll-Interval was over",
                                               again, proof.rows.size())),
                     std::move(proof));
}

}  // namespace

void add_cache_checks(CheckList& list) {
    using Kind = CheckKind;
    using Level = CheckLevel;
    const auto add = [&](std::string_view id, Kind kind, Level level, std::string_view title,
                         std::string_view source, Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    add("CCH-01", Kind::should, Level::recommended,
        "polls with the entity tag it got, byte by byte",
        "RFC 9110 section 13.1.2; GitHub REST API, best practices", validators_verbatim);
    add("CCH-02", Kind::must, Level::normative, "uses the stored body after a 304",
        "RFC 9111 section 4.3", uses_what_it_stored);
    add("CCH-03", Kind::never, Level::normative,
        "never sends the entity tag of another URL, credential or representation",
        "RFC 9111 sections 3.5 and 4.1", never_crosses);
    add("CCH-04", Kind::never, Level::recommended, "never keeps what says no-store",
        "RFC 9111 section 5.2.2.5", stores_nothing_told_not_to);
    add("CCH-05", Kind::should, Level::advice, "asks no sooner than max-age or X-Poll-Interval say",
        "RFC 9111 section 4.2; GitHub REST API, events", does_not_ask_sooner);
}

}  // namespace apilab::sandbox::internal
