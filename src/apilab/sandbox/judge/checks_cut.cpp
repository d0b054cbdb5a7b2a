// What becomes of a page that arrived whole by its framing and was cut in its JSON: by the fact
// `corrupt` = `truncated_json` of the row.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {
namespace {

constexpr Duration still_trying = std::chrono::seconds(5);

std::string_view fact(const Exchange& row, const std::string& name) {
    const auto found = row.facts.find(name);
    return found == row.facts.end() ? std::string_view() : found->second;
}

bool is_cut(const Exchange& row) {
    return fact(row, "corrupt") == "truncated_json" && row.answered();
}

void add_ids(const Exchange& row, std::set<std::string, std::less<>>& ids) {
    std::string_view text = fact(row, "page_ids");
    while (!text.empty()) {
        const auto id = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(id.size() + 1, text.size()));
        ids.emplace(id);
    }
}

// What a client could know only from the page that was cut.
std::set<std::string, std::less<>> only_in(const Evidence& evidence, const Exchange& cut) {
    std::set<std::string, std::less<>> ids;
    std::set<std::string, std::less<>> known;
    add_ids(cut, ids);
    for (const Exchange& row : *evidence.rows) {
        if (row.seq < cut.seq && row.provider == cut.provider && !is_cut(row) && row.answered()) {
            add_ids(row, known);
        }
    }
    std::erase_if(ids, [&](const std::string& id) { return known.contains(id); });
    return ids;
}

bool is_good_copy(const Exchange& row, const Exchange& cut) {
    return row.provider == cut.provider && row.identity == cut.identity && row.answered() &&
           !is_cut(row) && row.status < 300;
}

// Does `row` ask for what stood on the cut page, or write back what was cut?
bool uses(const Exchange& row, const Exchange& cut, const std::set<std::string, std::less<>>& ids) {
    if (row.provider != cut.provider || row.first_byte < *cut.finished) {
        return false;
    }
    const std::string_view path = row.path;
    const auto last = http::percent_decode(path.substr(path.rfind('/') + 1));
    const auto next = fact(cut, "page_next");
    return ids.contains(last) ||
           (!next.empty() && fact(row, "list") == fact(cut, "list") &&
            fact(row, "page_asked") == next) ||
           (row.effect != http::Effect::read && row.path == cut.path && fact(cut, "list").empty());
}

Finding uses_no_part(const Evidence& evidence) {
    std::size_t cuts = 0;
    std::size_t used = 0;
    std::size_t fresh = 0;
    Finding proof;
    Finding good;
    for (const Exchange& cut : *evidence.rows) {
        if (!is_cut(cut)) {
            continue;
        }
        ++cuts;
        good.prove(cut);
        fresh += evidence.running_at && *evidence.running_at < *cut.finished + still_trying ? 1 : 0;
        const auto ids = only_in(evidence, cut);
        for (const Exchange& row : *evidence.rows) {
            if (row.seq > cut.seq && is_good_copy(row, cut)) {
                good.prove(row);
                break;
            }
            if (row.seq > cut.seq && uses(row, cut, ids)) {
                ++used;
                proof.prove(cut);
                proof.prove(row);
            }
        }
    }
    if (used > 0) {
        auto finding = Finding::fail(fmt::format(
            "{} requests went by what stood in {} answer{} cut in the middle of their JSON, before "
            "a whole one had come",
            used, cuts, cuts == 1 ? "" : "s"));
        finding.rows = std::move(proof.rows);
        return finding;
    }
    if (cuts == 0) {
        return Finding::not_exercised("no answer was cut in the middle of its JSON");
    }
    if (fresh > 0) {
        return Finding::inconclusive("an answer was cut just now");
    }
    auto finding = Finding::pass(fmt::format(
        "nothing of {} answer{} cut in the middle of the JSON was used before a whole one had come",
        cuts, cuts == 1 ? "" : "s"));
    finding.rows = std::move(good.rows);
    return finding;
}

}  // namespace

void add_cut_checks(CheckList& list) {
    list.push_back(make_check({.id = "DAT-01",
                               .kind = CheckKind::never,
                               .level = CheckLevel::normative,
                               .title = "never uses a part of JSON that was cut",
                               .source = "RFC 8259 section 2: a JSON text is a whole value"},
                              uses_no_part));
}

}  // namespace apilab::sandbox::internal
