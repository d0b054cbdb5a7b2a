#include "apilab/sandbox/github/internal/search_query.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/ascii.hpp"

namespace apilab::sandbox::github {
namespace {

constexpr std::array<std::string_view, 20> qualifiers{
    "repo",     "user", "org",      "is",        "type",     "state",  "label",
    "author",   "in",   "no",       "created",   "updated",  "closed", "language",
    "archived", "path", "filename", "extension", "assignee", "sort"};

bool known(std::string_view name) {
    return std::ranges::find(qualifiers, name) != qualifiers.end();
}

// One word, with what stands in quotes in one piece.
std::string next_word(std::string_view& rest) {
    std::string word;
    bool quoted = false;
    std::size_t at = 0;
    for (; at < rest.size() && (quoted || rest[at] != ' '); ++at) {
        if (rest[at] == '"') {
            quoted = !quoted;
        } else {
            word += rest[at];
        }
    }
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return word;
}

bool has_label(const Issue& issue, std::string_view wanted) {
    return std::ranges::any_of(
        issue.labels, [&](const std::string& label) { return ascii_lowered(label) == wanted; });
}

bool is_fits(const Issue& issue, std::string_view value) {
    if (value == "issue") {
        return !issue.pull;
    }
    if (value == "pr" || value == "pull-request") {
        return issue.pull;
    }
    if (value == "merged" || value == "unmerged") {
        return issue.pull && issue.merged.empty() == (value == "unmerged");
    }
    if (value == "draft") {
        return issue.draft;
    }
    return value == "open" ? issue.open : value == "closed" ? !issue.open : value == "public";
}

bool no_fits(const Issue& issue, std::string_view value) {
    return value == "label"      ? issue.labels.empty()
           : value == "assignee" ? issue.assignees.empty()
                                 : value == "milestone";
}

bool text_fits(const SearchQuery& query, const Issue& issue, std::string_view word) {
    const auto in = query.values("in");
    const auto wanted = [&](std::string_view where) {
        return in.empty() || std::ranges::find(in, where) != in.end();
    };
    return (wanted("title") && ascii_lowered(issue.title).contains(word)) ||
           (wanted("body") && ascii_lowered(issue.body.value_or("")).contains(word));
}

bool term_fits(const SearchQuery& query, const SearchQuery::Term& term, const Issue& issue) {
    const auto& [name, value, negated] = term;
    if (name.empty()) {
        return text_fits(query, issue, value);
    }
    if (name == "is" || name == "type" || name == "state") {
        return is_fits(issue, value);
    }
    if (name == "label") {
        return has_label(issue, value);
    }
    if (name == "author") {
        return ascii_lowered(issue.user) == value;
    }
    if (name == "assignee") {
        return std::ranges::find(issue.assignees, value) != issue.assignees.end();
    }
    if (name == "no") {
        return no_fits(issue, value);
    }
    if (name == "created") {
        return time_fits(value, issue.created);
    }
    if (name == "updated") {
        return time_fits(value, issue.updated);
    }
    return name != "closed" || (!issue.closed.empty() && time_fits(value, issue.closed));
}

}  // namespace

std::vector<std::string> SearchQuery::values(std::string_view qualifier) const {
    std::vector<std::string> out;
    for (const auto& term : terms) {
        if (term.qualifier == qualifier && !term.negated) {
            out.push_back(term.value);
        }
    }
    return out;
}

SearchQuery parse_search(std::string_view q) {
    SearchQuery query;
    while (!q.empty()) {
        auto word = ascii_lowered(next_word(q));
        if (word.empty() || word == "and") {
            continue;
        }
        const bool negated = word.size() > 1 && word.front() == '-';
        word = negated ? word.substr(1) : word;
        const auto colon = word.find(':');
        const auto name = word.substr(0, colon == std::string::npos ? 0 : colon);
        if (known(name)) {
            query.terms.push_back(
                {.qualifier = name, .value = word.substr(colon + 1), .negated = negated});
        } else {
            query.terms.push_back({.qualifier = {}, .value = word, .negated = negated});
        }
    }
    return query;
}

bool in_scope(const SearchQuery& query, std::string_view repository) {
    const auto name = ascii_lowered(repository);
    const auto owner = name.substr(0, name.find('/'));
    bool asked = false;
    bool meant = false;
    for (const auto& term : query.terms) {
        const bool by_name = term.qualifier == "repo";
        if (!by_name && term.qualifier != "user" && term.qualifier != "org") {
            continue;
        }
        const bool fits = term.value == (by_name ? name : owner);
        if (term.negated && fits) {
            return false;
        }
        asked = asked || !term.negated;
        meant = meant || (fits && !term.negated);
    }
    return !asked || meant;
}

bool time_fits(std::string_view range, std::string_view time) {
    const auto cut = [&](std::string_view to) { return time.substr(0, to.size()); };
    if (const auto dots = range.find(".."); dots != std::string_view::npos) {
        const auto from = range.substr(0, dots);
        const auto to = range.substr(dots + 2);
        return (from == "*" || cut(from) >= from) && (to == "*" || cut(to) <= to);
    }
    if (range.starts_with(">=")) {
        return cut(range.substr(2)) >= range.substr(2);
    }
    if (range.starts_with("<=")) {
        return cut(range.substr(2)) <= range.substr(2);
    }
    if (range.starts_with(">")) {
        return cut(range.substr(1)) > range.substr(1);
    }
    if (range.starts_with("<")) {
        return cut(range.substr(1)) < range.substr(1);
    }
    return cut(range) == range;
}

bool issue_matches(const SearchQuery& query, const Issue& issue) {
    return std::ranges::all_of(query.terms, [&](const SearchQuery::Term& term) {
        const auto& name = term.qualifier;
        const bool elsewhere = name == "repo" || name == "user" || name == "org" || name == "in";
        return elsewhere || term_fits(query, term, issue) != term.negated;
    });
}

}  // namespace apilab::sandbox::github
