// Walks over lists of many pages, judged by the facts that the sandbox notes on every page: which
// list, which token was presented, which was issued, what was on it (`internal/page_book.hpp`), and
// `page_fault` where a fault changed the page.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {

namespace {

/// So much beyond its distinct pages may a walk ask before it has seen that it goes in a circle.
constexpr std::size_t spare_requests = 2;
/// A page that was refused as too old may be tried so often.
constexpr std::size_t tries_of_expired = 3;
/// What a kill may cost: the page under way and the one being worked on.
constexpr std::size_t pages_for_a_kill = 2;
/// From so many pages on, their size is remarked on.
constexpr std::size_t pages_of_long_walk = 3;

Finding with_rows(Finding finding, Finding proof) {
    finding.rows = std::move(proof.rows);
    return finding;
}

using Rows = std::vector<const Exchange*>;
/// The requests for pages of each list, in the order of arrival.
using Lists = std::map<std::string, Rows>;

Lists lists_of(const Evidence& evidence) {
    Lists lists;
    for (const Exchange& row : *evidence.rows) {
        if (const auto list = fact(row, "list"); !list.empty()) {
            lists[fmt::format("{} {}", row.provider, list)].push_back(&row);
        }
    }
    return lists;
}

bool counted(const Exchange& row) {
    return fact(row, "page_by") == "position";
}
bool is_page(const Exchange& row) {
    return row.answered() && row.status == 200 && row.facts.contains("page_items");
}
bool begins(const Exchange& row) {
    return fact(row, "page_asked").empty();
}

using Words = std::vector<std::string_view>;

Words words(std::string_view text) {
    Words all;
    while (!text.empty()) {
        all.push_back(text.substr(0, text.find(' ')));
        text.remove_prefix(std::min(all.back().size() + 1, text.size()));
    }
    return all;
}

Finding follows_verbatim(const Evidence& evidence) {
    std::size_t followed = 0;
    std::size_t invented = 0;
    Finding good;
    Finding proof;
    for (const auto& [list, rows] : lists_of(evidence)) {
        std::set<std::string_view> issued;
        bool begun = false;  // before that it may be a walk taken up again
        for (const Exchange* row : rows) {
            const auto asked = fact(*row, "page_asked");
            if (!asked.empty() && begun && !counted(*row)) {
                const bool known = issued.contains(asked);
                (known ? followed : invented) += 1;
                (known ? good : proof).prove(*row);
            }
            issued.insert(fact(*row, "page_next"));
            begun = begun || is_page(*row);
        }
    }
    if (followed + invented == 0) {
        return Finding::not_exercised("nobody went on to a second page");
    }
    return invented == 0
               ? with_rows(Finding::pass(fmt::format("{} pages were asked for exactly as the page "
                                                     "before said",
                                                     followed)),
                           std::move(good))
               : with_rows(Finding::fail(fmt::format("of {} pages {} were asked for by a token or "
                                                     "URL that no page had given",
                                                     followed + invented, invented)),
                           std::move(proof));
}

bool leads_back(std::string_view fault) {
    return fault == "loop" || fault == "cycle" || fault == "repeat";
}

Finding leaves_circles(const Evidence& evidence) {
    std::size_t circles = 0;
    std::size_t most = 0;
    std::size_t beyond = 0;
    Finding proof;
    for (const auto& [list, rows] : lists_of(evidence)) {
        const bool led = std::ranges::any_of(
            rows, [](const Exchange* row) { return leads_back(fact(*row, "page_fault")); });
        if (!led) {
            continue;
        }
        ++circles;
        std::set<std::string_view> pages;
        std::size_t requests = 0;
        std::size_t walks = 0;
        for (const Exchange* row : rows) {
            if (is_page(*row)) {
                pages.insert(fact(*row, "page_asked"));
                ++requests;
                walks += begins(*row) ? 1 : 0;
                proof.prove(*row);
            }
        }
        const auto allowed = std::max<std::size_t>(walks, 1) * (pages.size() + spare_requests);
        most = std::max(most, requests);
        beyond += requests > allowed ? requests - allowed : 0;
    }
    if (circles == 0) {
        return Finding::not_exercised("no page led back to one that had been");
    }
    return with_rows(beyond == 0
                         ? Finding::pass(fmt::format("a circle was left after {} requests", most))
                         : Finding::fail(fmt::format("{} requests beyond distinct pages + {} in a "
                                                     "list that goes in a circle",
                                                     beyond, spare_requests)),
                     std::move(proof));
}

Finding goes_on_after_empty(const Evidence& evidence) {
    std::size_t empty = 0;
    Finding good;
    Finding proof;
    for (const auto& [list, rows] : lists_of(evidence)) {
        for (const Exchange* row : rows) {
            const auto next = fact(*row, "page_next");
            if (!is_page(*row) || fact(*row, "page_items") != "0" || next.empty()) {
                continue;
            }
            ++empty;
            const bool went_on = std::ranges::any_of(rows, [&](const Exchange* later) {
                return later->seq > row->seq && fact(*later, "page_asked") == next;
            });
            (went_on ? good : proof).prove(*row);
        }
    }
    if (empty == 0) {
        return Finding::not_exercised("no page was empty and had another behind it");
    }
    if (proof.rows.empty()) {
        return with_rows(Finding::pass("went on behind " +
                                       internal::counted(empty, "empty page", "empty pages")),
                         std::move(good));
    }
    return evidence.running_at
               ? Finding::inconclusive("an empty page with a token may yet be gone on from")
               : with_rows(Finding::fail(fmt::format("{} of {} empty pages with a token were taken "
                                                     "for the end",
                                                     proof.rows.size(), empty)),
                           std::move(proof));
}

std::size_t number_in(std::string_view text) {
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// What came after a page that failed.
enum class After : std::uint8_t { gave_up, resumed, restarted, skipped };

After after_failure(const Rows& rows, const Exchange& failed) {
    const auto asked = fact(failed, "page_asked");
    bool beyond = false;
    for (const Exchange* row : rows) {
        if (row->seq <= failed.seq) {
            continue;
        }
        if (fact(*row, "page_asked") == asked) {
            return After::resumed;
        }
        if (begins(*row)) {
            return After::restarted;
        }
        beyond = beyond || (counted(*row) && is_page(*row) &&
                            number_in(fact(*row, "page_asked")) > number_in(asked));
    }
    return beyond ? After::skipped : After::gave_up;
}

Finding resumes_where_it_failed(const Evidence& evidence) {
    std::map<After, std::size_t> counts;
    Finding good;
    Finding proof;
    for (const auto& [list, rows] : lists_of(evidence)) {
        for (const Exchange* row : rows) {
            const auto end = end_of(*row);
            if (begins(*row) || (end != AttemptEnd::transient && end != AttemptEnd::lost)) {
                continue;
            }
            const auto after = after_failure(rows, *row);
            ++counts[after];
            (after == After::resumed ? good : proof).prove(*row);
        }
    }
    const auto wrong = counts[After::restarted] + counts[After::skipped];
    if (wrong > 0) {
        return with_rows(
            Finding::fail(fmt::format("after a page that failed {} walks began anew "
                                      "and {} went on without it",
                                      counts[After::restarted], counts[After::skipped])),
            std::move(proof));
    }
    if (counts[After::resumed] == 0) {
        return counts[After::gave_up] == 0
                   ? Finding::not_exercised("no page in the middle of a list failed for a while")
                   : Finding::inconclusive("nothing was asked after a page had failed");
    }
    return with_rows(Finding::pass(fmt::format("{} pages that failed were asked for again, and the "
                                               "walk went on from there",
                                               counts[After::resumed])),
                     std::move(good));
}

Finding restarts_once(const Evidence& evidence) {
    std::size_t expired = 0;
    std::size_t restarts = 0;
    std::size_t tries = 0;
    Finding proof;
    for (const auto& [list, rows] : lists_of(evidence)) {
        bool told = false;
        std::size_t here = 0;
        std::map<std::string_view, std::size_t> asked;
        for (const Exchange* row : rows) {
            if (fact(*row, "page_fault") == "expired" && !begins(*row)) {
                ++expired;
                told = true;
                tries = std::max(tries, ++asked[fact(*row, "page_asked")]);
                proof.prove(*row);
            } else if (told && begins(*row)) {
                restarts = std::max(restarts, ++here);
                told = false;
                proof.prove(*row);
            }
        }
    }
    if (expired == 0) {
        return Finding::not_exercised("no token was refused as too old");
    }
    if (restarts <= 1 && tries <= tries_of_expired) {
        return with_rows(Finding::pass(restarts == 0 ? "stopped where a token was too old"
                                                     : "began anew once after a token was too old"),
                         std::move(proof));
    }
    return with_rows(
        Finding::fail(fmt::format("began anew {} times after a token was too old, and asked by one "
                                  "such token {} times",
                                  restarts, tries)),
        std::move(proof));
}

Finding nothing_to_foreign_pages(const Evidence& evidence) {
    const Exchange* led = nullptr;
    std::size_t leaks = 0;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        if (led == nullptr && fact(row, "page_fault") == "foreign_next") {
            led = &row;
        } else if (led != nullptr && row.provider == "foreign" && !fact(row, "carried").empty()) {
            ++leaks;
            proof.prove(row);
        }
    }
    if (led == nullptr) {
        return Finding::not_exercised("no next page was at another origin");
    }
    if (leaks > 0) {
        return with_rows(
            Finding::fail(fmt::format("{} requests for a next page at another origin carried "
                                      "credentials",
                                      leaks)),
            std::move(proof));
    }
    auto finding = Finding::pass("no credential went to the next page at another origin");
    finding.prove(*led);
    return finding;
}

Finding fetches_once(const Evidence& evidence) {
    std::set<std::string> moved;
    for (const Exchange& row : *evidence.rows) {
        if (const auto ids = words(fact(row, "page_ids"));
            fact(row, "page_fault") == "moving" && !ids.empty()) {
            moved.insert(fmt::format("{}/{}", row.provider, ids.front()));
        }
    }
    std::map<std::string, Rows> fetched;
    for (const Exchange& row : *evidence.rows) {
        const auto id =
            fmt::format("{}/{}", row.provider, row.path.substr(row.path.rfind('/') + 1));
        if (row.method == "GET" && row.answered() && row.status == 200 && moved.contains(id)) {
            fetched[id].push_back(&row);
        }
    }
    if (fetched.empty()) {
        return Finding::not_exercised("no item that stood on two pages was looked at by itself");
    }
    Finding proof;
    std::size_t doubled = 0;
    for (const auto& [id, rows] : fetched) {
        doubled += rows.size() - 1;
        for (const Exchange* row : rows) {
            proof.prove(*row);
        }
    }
    return with_rows(
        doubled == 0 ? Finding::pass(
                           fmt::format("{} items on two pages were looked at once", fetched.size()))
                     : Finding::fail(fmt::format("{} items on two pages were looked at {} times "
                                                 "too often",
                                                 fetched.size(), doubled)),
        std::move(proof));
}

Finding asks_only_the_open_ones(const Evidence& evidence) {
    std::set<std::string_view> issued;   // list=token
    std::set<std::string_view> settled;  // lists that have nothing more
    std::size_t rounds = 0;
    std::size_t needless = 0;
    Finding good;
    Finding proof;
    for (const Exchange& row : *evidence.rows) {
        const auto asked = words(fact(row, "batch"));
        const bool goes_on =
            std::ranges::any_of(asked, [](std::string_view one) { return one.contains('='); });
        if (asked.empty() || fact(row, "page_fault") == "expired") {
            continue;
        }
        if (goes_on && !issued.empty()) {
            ++rounds;
            const auto wrong = std::ranges::count_if(asked, [&](std::string_view one) {
                return one.contains('=') ? !issued.contains(one) : settled.contains(one);
            });
            needless += static_cast<std::size_t>(wrong);
            (wrong == 0 ? good : proof).prove(row);
        }
        if (!row.answered() || row.status != 200) {
            continue;
        }
        for (const auto one : asked) {
            settled.insert(one.substr(0, one.find('=')));
        }
        for (const auto one : words(fact(row, "batch_next"))) {
            issued.insert(one);
            settled.erase(one.substr(0, one.find('=')));
        }
    }
    if (rounds == 0) {
        return Finding::not_exercised("no batch was gone on with");
    }
    return needless == 0
               ? with_rows(Finding::pass(
                               fmt::format("{} batches asked again only what had more", rounds)),
                           std::move(good))
               : with_rows(Finding::fail(fmt::format("{} questions were asked again that were "
                                                     "answered, or by a token never given",
                                                     needless)),
                           std::move(proof));
}

Finding asks_for_large_pages(const Evidence& evidence) {
    std::size_t walks = 0;
    std::size_t small = 0;
    std::size_t over = 0;
    Finding proof;
    for (const auto& [list, rows] : lists_of(evidence)) {
        std::set<std::string_view> pages;
        for (const Exchange* row : rows) {
            pages.insert(fact(*row, "page_asked"));
        }
        if (pages.size() < pages_of_long_walk) {
            continue;
        }
        ++walks;
        const auto size = fact(*rows.back(), "page_size");
        const auto slash = std::min(size.find('/'), size.size());
        const auto asked = number_in(size.substr(0, slash));
        const auto most = number_in(size.substr(std::min(slash + 1, size.size())));
        over += asked > most ? 1 : 0;
        small += asked * 2 < most ? 1 : 0;
        proof.prove(*rows.back());
    }
    if (walks == 0) {
        return Finding::not_exercised(
            fmt::format("no list was walked over {} pages", pages_of_long_walk));
    }
    return with_rows(small + over == 0
                         ? Finding::pass(fmt::format("{} long lists in large pages", walks))
                         : Finding::fail(fmt::format("of {} long lists {} were asked for in small "
                                                     "pages and {} in larger ones than there are",
                                                     walks, small, over)),
                     std::move(proof));
}

std::size_t kills_of(const Evidence& evidence) {
    return static_cast<std::size_t>(
        std::ranges::count(*evidence.outbound, "kill", &Outbound::from));
}

Finding reads_no_page_twice(const Evidence& evidence) {
    const auto kills = kills_of(evidence);
    std::size_t pages = 0;
    std::size_t again = 0;
    Finding proof;
    for (const auto& [list, rows] : lists_of(evidence)) {
        const bool circle = std::ranges::any_of(
            rows, [](const Exchange* row) { return leads_back(fact(*row, "page_fault")); });
        std::set<std::string_view> read;  // items: tokens are others where the list has moved
        std::size_t here = 0;
        for (const Exchange* row : rows) {
            const auto ids = is_page(*row) && !circle ? words(fact(*row, "page_ids")) : Words();
            const auto known = static_cast<std::size_t>(
                std::ranges::count_if(ids, [&](std::string_view id) { return read.contains(id); }));
            if (known * 2 > ids.size()) {
                ++here;
                proof.prove(*row);
            }
            read.insert(ids.begin(), ids.end());
            pages += ids.empty() ? 0 : 1;
        }
        again += here > kills * pages_for_a_kill ? here : 0;
    }
    if (kills == 0 || pages == 0) {
        return Finding::not_exercised("nobody was killed while lists were read");
    }
    return again == 0 ? Finding::pass(
                            fmt::format("{} pages over {} kills, of no list more than {} for each "
                                        "kill read again",
                                        pages, kills, pages_for_a_kill))
                      : with_rows(Finding::fail(fmt::format(
                                      "{} pages were read again over {} kills", again, kills)),
                                  std::move(proof));
}

// Of `itm_0042`; 0 for what is no item.
std::size_t item_number(std::string_view id) {
    constexpr std::string_view prefix = "itm_";
    return id.starts_with(prefix) ? number_in(id.substr(prefix.size())) : 0;
}

// What was handed in as `items` (ids, one a line) against what stood in the list when it was begun
// and was not removed meanwhile.
Finding has_every_item_once(const Evidence& evidence) {
    const auto handed = evidence.handed_in->find("items");
    std::size_t newest = 0;
    std::set<std::size_t> removed;
    for (const Exchange& row : *evidence.rows) {
        if (newest == 0 && is_page(row) && begins(row)) {
            const auto ids = words(fact(row, "page_ids"));
            newest = ids.empty() ? 0 : item_number(ids.front());
        }
        if (row.method == "DELETE" && row.applied) {
            removed.insert(item_number(row.path.substr(row.path.rfind('/') + 1)));
        }
    }
    if (handed == evidence.handed_in->end() || newest == 0) {
        return Finding::not_exercised("no list of items was read and handed in");
    }
    std::set<std::size_t> had;
    std::size_t twice = 0;
    std::string_view text = handed->second;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        twice += had.insert(item_number(line)).second ? 0 : 1;
    }
    std::size_t missing = 0;
    for (std::size_t number = 1; number <= newest; ++number) {
        missing += had.contains(number) || removed.contains(number) ? 0 : 1;
    }
    const auto sentence =
        fmt::format("of {} items {} are missing and {} came twice", newest, missing, twice);
    return missing + twice == 0 ? Finding::pass(sentence) : Finding::fail(sentence);
}

}  // namespace

void add_page_checks(CheckList& list) {
    using Kind = CheckKind;
    using Level = CheckLevel;
    const auto add = [&](std::string_view id, Kind kind, Level level, std::string_view title,
                         std::string_view source, Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    add("PAG-01", Kind::must, Level::normative,
        "follows the next page exactly as it was given, and stops at the end",
        "RFC 8288; GitHub, Slack, Notion and OSV on pagination", follows_verbatim);
    add("PAG-02", Kind::never, Level::recommended, "never walks in circles", "CWE-835",
        leaves_circles);
    add("PAG-03", Kind::must, Level::normative, "goes on behind an empty page that has a token",
        "OSV API, pagination; Google AIP-158", goes_on_after_empty);
    add("PAG-04", Kind::must, Level::recommended,
        "goes on from the page that failed, not from the first and not without it",
        "GitHub REST API, best practices", resumes_where_it_failed);
    add("PAG-05", Kind::must, Level::recommended,
        "begins anew at most once where a token is too old", "Slack Web API, invalid_cursor",
        restarts_once);
    add("PAG-06", Kind::never, Level::normative,
        "never takes credentials to a next page at another origin",
        "RFC 9110 section 15.4; CWE-918", nothing_to_foreign_pages);
    add("PAG-07", Kind::should, Level::recommended,
        "looks once at an item that stands on two pages", "paging by position under change",
        fetches_once);
    add("PAG-08", Kind::should, Level::advice, "asks again only those of a batch that have more",
        "OSV API, querybatch", asks_only_the_open_ones);
    add("PAG-09", Kind::should, Level::advice, "asks for large pages, and not for larger ones",
        "GitHub and Notion on page sizes", asks_for_large_pages);
    add("PAG-10", Kind::should, Level::recommended,
        "goes on after a kill where it was, and reads no page twice",
        "checkpoints of a walk; two pages for each kill are allowed", reads_no_page_twice);
    add("PAG-11", Kind::must, Level::recommended, "has every item of the list, and each once",
        "paging under change", has_every_item_once);
}

}  // namespace apilab::sandbox::internal
