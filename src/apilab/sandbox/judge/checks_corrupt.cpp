// What a client does with an answer that arrives and is no good: by the facts `corrupt`, `twin` and
// `hostile` (internal/corrupt.hpp, internal/misbehave.hpp).

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <map>
#include <set>
#include <sstream>

#include "apilab/base/duration.hpp"
#include "apilab/sandbox/internal/checks.hpp"
#include "apilab/sandbox/path_pattern.hpp"

namespace apilab::sandbox::internal {
namespace {

std::string_view fact(const Exchange& row, const std::string& name) {
    const auto found = row.facts.find(name);
    return found == row.facts.end() ? std::string_view() : found->second;
}

using Kinds = std::initializer_list<std::string_view>;

bool spoilt(const Exchange& row, Kinds kinds) {
    const auto kind = fact(row, "corrupt");
    return !kind.empty() && std::ranges::find(kinds, kind) != kinds.end();
}

std::set<std::string> words(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::set<std::string> all;
    for (std::string word; in >> word;) {
        all.insert(std::move(word));
    }
    return all;
}

bool asks_for(const Exchange& row, const std::set<std::string>& ids) {
    const auto segments = split_path(row.path);
    return std::ranges::any_of(segments, [&](const auto& one) { return ids.contains(one); });
}

Finding with_rows(Finding finding, Finding proof) {
    finding.rows = std::move(proof.rows);
    return finding;
}

// Is `row` a follow-up of the answer that was no good: for one of its items, or its next page? Who
// counts pages needs no answer for that.
bool follows_up(const Exchange& bad, const Exchange& row, const std::set<std::string>& news) {
    const auto next = fact(bad, "page_by") == "position" ? "" : fact(bad, "page_next");
    return row.provider == bad.provider && row.identity != bad.identity &&
           (asks_for(row, news) || (!next.empty() && fact(row, "page_asked") == next));
}

Finding no_use_of(const Evidence& evidence, Kinds kinds) {
    std::size_t seen = 0;
    std::size_t used = 0;
    std::size_t again = 0;
    Finding proof;
    Finding good;
    std::set<std::string> known;
    std::map<std::string_view, std::size_t> times;
    for (const Exchange& bad : *evidence.rows) {
        if (!spoilt(bad, kinds)) {
            known.merge(words(bad.facts.contains("corrupt") ? "" : fact(bad, "page_ids")));
            continue;
        }
        if (!bad.answered()) {
            continue;
        }
        ++seen;
        good.prove(bad);
        if (++times[bad.identity] > evidence.options.attempts_hard) {
            ++again;
            proof.prove(bad);
        }
        auto news = words(fact(bad, "page_ids"));
        std::erase_if(news, [&](const auto& id) { return known.contains(id); });
        for (const Exchange& row : *evidence.rows) {
            if (row.seq <= bad.seq || row.first_byte < *bad.finished) {
                continue;
            }
            if (row.identity == bad.identity && row.status == 200 && fact(row, "corrupt").empty()) {
                good.prove(row);
                break;  // a good copy
            }
            if (follows_up(bad, row, news)) {
                ++used;
                proof.prove(bad);
                proof.prove(row);
            }
        }
    }
    if (used + again > 0) {
        return with_rows(Finding::fail(fmt::format(
                             "{} requests went by what stood in {} answers that were no good{}",
                             used, seen, again > 0 ? ", and it was asked for without end" : "")),
                         std::move(proof));
    }
    if (seen == 0) {
        return Finding::not_exercised("no such answer came");
    }
    return with_rows(Finding::pass(fmt::format("{} bad answer{} used for nothing", seen,
                                               seen == 1 ? " was" : "s were")),
                     std::move(good));
}

Finding no_partial_use(const Evidence& evidence) {
    return no_use_of(evidence, {"truncated_json"});
}

Finding no_page_for_people(const Evidence& evidence) {
    return no_use_of(evidence, {"html"});
}

Finding one_of_two(const Evidence& evidence) {
    std::size_t seen = 0;
    std::size_t both = 0;
    Finding proof;
    Finding good;
    for (const Exchange& bad : *evidence.rows) {
        const auto twin = fact(bad, "twin");
        const auto space = twin.rfind(' ');
        if (space == std::string_view::npos || !bad.answered()) {
            continue;
        }
        ++seen;
        good.prove(bad);
        const std::set<std::string> first{std::string(twin.substr(0, space))};
        const std::set<std::string> second{std::string(twin.substr(space + 1))};
        const Exchange* one = nullptr;
        const Exchange* other = nullptr;
        for (const Exchange& row : *evidence.rows) {
            if (row.seq > bad.seq && row.provider == bad.provider) {
                one = asks_for(row, first) ? &row : one;
                other = asks_for(row, second) ? &row : other;
            }
        }
        if (one != nullptr && other != nullptr) {
            ++both;
            proof.prove(bad);
            proof.prove(*one);
            proof.prove(*other);
        }
    }
    if (both > 0) {
        return with_rows(Finding::fail("a name that stood there twice was taken for both values"),
                         std::move(proof));
    }
    return seen == 0 ? Finding::not_exercised("no answer had a name twice")
                     : with_rows(Finding::pass("one choice, or none, for a name that stood twice"),
                                 std::move(good));
}

// Something is asked after it, within `soon`.
Finding lives_on(const Evidence& evidence, Kinds kinds, Duration soon) {
    std::size_t seen = 0;
    std::size_t silent = 0;
    bool open = false;
    Finding proof;
    Finding good;
    for (const Exchange& bad : *evidence.rows) {
        if (!spoilt(bad, kinds) || !bad.finished) {
            continue;
        }
        ++seen;
        const auto next = std::ranges::find_if(*evidence.rows, [&](const Exchange& row) {
            return row.seq > bad.seq && row.first_byte >= bad.first_byte;
        });
        if (next == evidence.rows->end() && evidence.running_at) {
            open = true;
        } else if (next == evidence.rows->end() || next->first_byte > *bad.finished + soon) {
            ++silent;
            proof.prove(bad);
        } else {
            good.prove(bad);
            good.prove(*next);
        }
    }
    if (silent > 0) {
        return with_rows(Finding::fail(fmt::format("after {} of {} such answers nothing came for "
                                                   "{} or any more",
                                                   silent, seen, format_duration(soon))),
                         std::move(proof));
    }
    if (seen == 0 || open) {
        return seen == 0 ? Finding::not_exercised("no such answer came")
                         : Finding::inconclusive("the run is not over");
    }
    return with_rows(Finding::pass(fmt::format("it lived on after {} such answers", seen)),
                     std::move(good));
}

constexpr Duration soon_enough = std::chrono::seconds(10);

Finding survives_bad_text(const Evidence& evidence) {
    return lives_on(evidence, {"invalid_utf8", "bom"}, std::chrono::minutes(10));
}
Finding survives_depth(const Evidence& evidence) {
    return lives_on(evidence, {"deep"}, soon_enough);
}
Finding survives_bombs(const Evidence& evidence) {
    return lives_on(evidence, {"gzip_bomb"}, soon_enough);
}

Finding stops_at_a_limit(const Evidence& evidence) {
    constexpr std::uint64_t cap = 100'000'000;
    std::size_t seen = 0;
    Finding proof;
    Finding good;
    for (const Exchange& row : *evidence.rows) {
        if (!spoilt(row, {"huge"}) || !row.finished) {
            continue;
        }
        ++seen;
        (row.answered() && row.bytes_out > cap ? proof : good).prove(row);
    }
    if (!proof.rows.empty()) {
        return with_rows(Finding::fail(fmt::format("{} bodies beyond 100 MB were read to their end",
                                                   proof.rows.size())),
                         std::move(proof));
    }
    return seen == 0 ? Finding::not_exercised("no body was beyond all measure")
                     : with_rows(Finding::pass("closed before the end of a body beyond measure"),
                                 std::move(good));
}

// The first stretch of three letters and digits and more: what is left of the id wherever it ends
// up.
std::string_view mark_of(std::string_view hostile) {
    constexpr std::size_t least = 3;
    for (std::size_t i = 0; i < hostile.size();) {
        std::size_t end = i;
        while (end < hostile.size() &&
               std::isalnum(static_cast<unsigned char>(hostile[end])) != 0) {
            ++end;
        }
        if (end - i >= least) {
            return hostile.substr(i, end - i);
        }
        i = end + 1;
    }
    return {};
}

Finding stays_in_its_place(const Evidence& evidence) {
    std::size_t used = 0;
    bool seen = false;
    Finding proof;
    Finding good;
    for (const Exchange& told : *evidence.rows) {
        const auto hostile = fact(told, "hostile");
        const auto mark = mark_of(hostile);
        if (mark.empty()) {
            continue;
        }
        seen = true;
        for (const Exchange& row : *evidence.rows) {
            if (row.seq <= told.seq || !(row.path + '?' + row.query).contains(mark)) {
                continue;
            }
            ++used;
            (asks_for(row, {std::string(hostile)}) ? good : proof).prove(row);
        }
    }
    if (!proof.rows.empty()) {
        return with_rows(Finding::fail(fmt::format("{} of {} requests by a hostile id left the "
                                                   "place it belongs to",
                                                   proof.rows.size(), used)),
                         std::move(proof));
    }
    return used == 0 ? Finding::not_exercised(seen ? "nothing was asked for by a hostile id"
                                                   : "no id was hostile")
                     : with_rows(Finding::pass("hostile ids were percent-encoded in their place"),
                                 std::move(good));
}

}  // namespace

void add_corrupt_checks(CheckList& list) {
    using Kind = CheckKind;
    using Level = CheckLevel;
    const auto add = [&](std::string_view id, Kind kind, Level level, std::string_view title,
                         std::string_view source, Finding (*judge)(const Evidence&)) {
        list.push_back(make_check(
            {.id = id, .kind = kind, .level = level, .title = title, .source = source}, judge));
    };
    add("DAT-01", Kind::never, Level::normative, "never uses a part of a JSON text that was cut",
        "RFC 8259 section 2", no_partial_use);
    add("DAT-03", Kind::never, Level::recommended, "never takes an HTML page with 200 for data",
        "RFC 9110 section 8.3", no_page_for_people);
    add("DAT-08", Kind::must, Level::recommended, "makes one choice where a name stands twice",
        "RFC 8259 section 4; RFC 7493 section 2.3", one_of_two);
    add("DAT-09", Kind::should, Level::recommended, "lives on after bytes that are no UTF-8",
        "RFC 8259 section 8.1", survives_bad_text);
    add("DAT-11", Kind::should, Level::recommended, "lives on after 100,000 nested arrays",
        "RFC 8259 section 9", survives_depth);
    add("DAT-12", Kind::must, Level::recommended, "stops reading at a limit of its own",
        "OWASP API4:2023, unrestricted resource consumption", stops_at_a_limit);
    add("DAT-13", Kind::should, Level::recommended, "lives on after a compressed bomb",
        "CVE-2025-66471; OWASP API10:2023", survives_bombs);
    add("DAT-15", Kind::never, Level::normative, "never lets an id leave its place in the path",
        "RFC 3986 section 2; CWE-22, CWE-93", stays_in_its_place);
}

}  // namespace apilab::sandbox::internal
