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

// How a kind of bad answer is spoken of.
struct Saying {
    std::string_view kind;
    std::string (*used)(std::size_t requests, std::size_t answers);
    std::string_view each_time;
    std::string (*unused)(std::size_t answers);
    std::string_view none;
};

// What was done by answers of some kinds before a good copy of them had come.
struct Uses {
    std::size_t seen = 0;
    /// Those that something was done by.
    std::size_t answers = 0;
    std::set<std::uint64_t> requests;
    /// The most attempts of one call that were answered so.
    std::size_t most = 0;
    Finding proof;
    Finding good;
};

void look_behind(const Evidence& evidence, std::string_view kind, const Exchange& bad,
                 const std::set<std::string>& news, Uses& uses) {
    bool used = false;
    for (const Exchange& row : *evidence.rows) {
        if (row.seq <= bad.seq || row.first_byte < *bad.finished) {
            continue;
        }
        const bool same = row.identity == bad.identity && row.answered();
        if (same && row.status == 200 && fact(row, "corrupt").empty()) {
            uses.good.prove(row);
            break;  // a good copy
        }
        if (same && spoilt(row, {kind})) {
            break;  // what follows goes by that one
        }
        if (follows_up(bad, row, news)) {
            used = true;
            uses.requests.insert(row.seq);
            uses.proof.prove(bad);
            uses.proof.prove(row);
        }
    }
    uses.answers += used ? 1 : 0;
}

// Has it arrived? Who sees by its head that it is a page for people need not wait for the rest.
bool arrived(const Exchange& bad, std::string_view kind) {
    const bool left_early = kind == "html" && bad.finished && bad.peer_closed && bad.bytes_out > 0;
    return bad.answered() || left_early;
}

Uses uses_of(const Evidence& evidence, std::string_view kind) {
    Uses uses;
    std::set<std::string> known;
    std::map<std::string_view, std::size_t> times;
    for (const Exchange& bad : *evidence.rows) {
        if (!spoilt(bad, {kind})) {
            known.merge(words(bad.facts.contains("corrupt") ? "" : fact(bad, "page_ids")));
            continue;
        }
        if (!arrived(bad, kind)) {
            continue;
        }
        ++uses.seen;
        uses.good.prove(bad);
        uses.most = std::max(uses.most, ++times[bad.identity]);
        if (times[bad.identity] > evidence.options.attempts_hard) {
            uses.proof.prove(bad);
        }
        auto news = words(fact(bad, "page_ids"));
        std::erase_if(news, [&](const auto& id) { return known.contains(id); });
        look_behind(evidence, kind, bad, news, uses);
    }
    return uses;
}

Finding no_use_of(const Evidence& evidence, const Saying& saying) {
    Uses uses = uses_of(evidence, saying.kind);
    std::string wrong;
    if (!uses.requests.empty()) {
        wrong = saying.used(uses.requests.size(), uses.answers);
    }
    if (uses.most > evidence.options.attempts_hard) {
        wrong += fmt::format("{}one call was sent {} times although {} each time",
                             wrong.empty() ? "" : "; ", uses.most, saying.each_time);
    }
    if (!wrong.empty()) {
        return with_rows(Finding::fail(std::move(wrong)), std::move(uses.proof));
    }
    return uses.seen == 0
               ? Finding::not_exercised(std::string(saying.none))
               : with_rows(Finding::pass(saying.unused(uses.seen)), std::move(uses.good));
}

std::string used_a_part(std::size_t requests, std::size_t answers) {
    return fmt::format(
        "{} went by what stood in {} JSON, before a whole one had come",
        counted(requests, "request", "requests"),
        counted(answers, "answer cut in the middle of its", "answers cut in the middle of their"));
}
std::string left_the_part(std::size_t answers) {
    return counted(answers, "answer was cut in the middle of its JSON, and no request went by it",
                   "answers were cut in the middle of their JSON, and no request went by them");
}

Finding no_partial_use(const Evidence& evidence) {
    return no_use_of(evidence, {.kind = "truncated_json",
                                .used = used_a_part,
                                .each_time = "its answer was cut in the middle of its JSON",
                                .unused = left_the_part,
                                .none = "no answer was cut in the middle of its JSON"});
}

std::string took_a_page(std::size_t requests, std::size_t answers) {
    return fmt::format("{} went on as if {} with status 200 had been the data",
                       counted(requests, "request", "requests"),
                       counted(answers, "HTML page", "HTML pages"));
}
std::string left_the_page(std::size_t answers) {
    return counted(answers, "HTML page came with status 200, and no request took it for the data",
                   "HTML pages came with status 200, and no request took them for the data");
}

Finding no_page_for_people(const Evidence& evidence) {
    return no_use_of(evidence, {.kind = "html",
                                .used = took_a_page,
                                .each_time = "an HTML page came with status 200",
                                .unused = left_the_page,
                                .none = "no HTML page came with status 200"});
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
Finding lives_on(const Evidence& evidence, Kinds kinds, Duration soon, std::string_view one,
                 std::string_view many) {
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
        return with_rows(Finding::fail(fmt::format("nothing was asked within {} after {} of {} {}",
                                                   format_duration(soon), silent, seen, many)),
                         std::move(proof));
    }
    if (seen == 0 || open) {
        return seen == 0 ? Finding::not_exercised(fmt::format("no {} came", one))
                         : Finding::inconclusive("the run is not over");
    }
    return with_rows(Finding::pass(fmt::format("it lived on after {}", counted(seen, one, many))),
                     std::move(good));
}

constexpr Duration soon_enough = std::chrono::seconds(10);

Finding survives_bad_text(const Evidence& evidence) {
    return lives_on(evidence, {"invalid_utf8", "bom"}, std::chrono::minutes(10),
                    "answer in no clean UTF-8", "answers in no clean UTF-8");
}
Finding survives_depth(const Evidence& evidence) {
    return lives_on(evidence, {"deep"}, soon_enough, "answer of 100,000 nested arrays",
                    "answers of 100,000 nested arrays");
}
Finding survives_bombs(const Evidence& evidence) {
    return lives_on(evidence, {"gzip_bomb"}, soon_enough, "compressed bomb", "compressed bombs");
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
        return with_rows(
            Finding::fail(counted(proof.rows.size(), "body beyond 100 MB was read to its end",
                                  "bodies beyond 100 MB were read to their end")),
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
